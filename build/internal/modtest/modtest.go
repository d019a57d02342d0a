// Package modtest gives tests small modules to build.
//
// In go txtar archives; out come directories. What always holds: after Offline, the
// go command neither reaches the network nor reads the developer's settings.
package modtest

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// Offline isolates the go command from the network and from the settings of whoever
// runs the tests. A TestMain calls it, so that tests can run in parallel.
func Offline() {
	for key, value := range map[string]string{
		"GOPROXY": "off", "GOFLAGS": "", "GOWORK": "", "GOENV": "off", "GOTOOLCHAIN": "local",
	} {
		_ = os.Setenv(key, value)
	}
}

// Eager puts a command nice that does not give way in front of PATH: on a machine that is busy with
// other tests, one would wait for ever for what has low priority. restore removes it.
func Eager() (restore func(), err error) {
	dir, err := os.MkdirTemp("", "eager")
	if err != nil {
		return nil, err
	}
	err = errors.Join(
		os.WriteFile(filepath.Join(dir, "nice"), []byte("#!/bin/sh\nshift 2\nexec \"$@\"\n"), 0o755),
		os.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH")),
	)
	return func() { _ = os.RemoveAll(dir) }, err
}

// Slow skips a test that takes long with an empty build cache, unless the environment
// asks for such tests, as .ci/run does.
func Slow(t *testing.T) {
	t.Helper()
	if os.Getenv("HOTRELOAD_SLOW_TESTS") == "" {
		t.Skip("slow: set HOTRELOAD_SLOW_TESTS=1 to run it")
	}
}

// Unpack writes a txtar archive to a new directory and returns that.
func Unpack(t *testing.T, archive string) string {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	UnpackIn(t, root, archive)
	return root
}

// UnpackIn writes a txtar archive to a directory.
func UnpackIn(t *testing.T, dir, archive string) {
	t.Helper()
	for _, file := range txtar.Parse([]byte(archive)).Files {
		Write(t, filepath.Join(dir, filepath.FromSlash(file.Name)), string(file.Data))
	}
}

// Write writes a file, and creates its directory.
func Write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
