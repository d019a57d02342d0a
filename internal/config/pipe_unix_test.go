//go:build unix

package config

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A pipe without a writer does not hold up the start.
func TestConfigIsAPipe(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, FileName), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Load(Options{Dir: dir})
	if err == nil || !strings.Contains(err.Error(), "cannot read the config: it is a named pipe; it must be a file that you may read") {
		t.Errorf("got %v", err)
	}
}
