//go:build unix

package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestForeignConfig has another user put a config above the project, and in it, which only
// root can arrange.
func TestForeignConfig(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	t.Setenv("SUDO_UID", "")
	base := t.TempDir()
	app, above := filepath.Join(base, "app"), filepath.Join(base, FileName)
	text := []byte("[build]\ntags = [\"x\"]\n")
	for _, err := range []error{
		os.Mkdir(app, 0o755), os.Chmod(base, 0o777), os.WriteFile(filepath.Join(base, "go.mod"), nil, 0o600),
		os.WriteFile(above, text, 0o600), os.Chown(above, 12345, 12345),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	refused := func(dir, file, shown string) {
		t.Helper()
		var wrong *Error
		_, err := Load(Options{Dir: dir})
		if !errors.As(err, &wrong) || wrong.File != shown || !strings.Contains(wrong.Message, "it belongs to user 12345") || !strings.HasSuffix(wrong.Message, "hotreload -c "+shown) {
			t.Errorf("in %s: %v", dir, err)
		}
		if loaded, err := Load(Options{Dir: dir, File: file}); err != nil || len(loaded.Config.Build.Tags) != 1 {
			t.Errorf("a config that the user names: %v", err)
		}
	}
	refused(app, above, above)
	refused(base, FileName, FileName)
	if err := os.Chmod(base, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(Options{Dir: app}); err != nil {
		t.Errorf("where only root can have put it: %v", err)
	}
	if err := os.Chown(base, 12345, 12345); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(Options{Dir: base}); err != nil {
		t.Errorf("root, on the files of a user: %v", err)
	}
}
