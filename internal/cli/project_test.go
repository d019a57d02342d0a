//go:build unix

package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCacheOfAnotherUser refuses a cache in which another user could replace what is run.
func TestCacheOfAnotherUser(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can give a directory away")
	}
	const other = 12345
	cases := map[string]func(dir string) error{
		"a directory": func(dir string) error { return os.MkdirAll(dir, 0o777) },
		"a link":      func(dir string) error { return os.Symlink(t.TempDir(), dir) },
	}
	for name, plant := range cases {
		for _, fallback := range []bool{true, false} {
			for _, below := range []string{"", "hotreload", "hotreload/inject"} {
				if !fallback && below == "" {
					continue // XDG_CACHE_HOME itself is the user's choice
				}
				t.Setenv("TMPDIR", t.TempDir())
				t.Setenv("HOME", "")
				t.Setenv("XDG_CACHE_HOME", "")
				base := fallbackCache()
				if !fallback {
					base = t.TempDir()
					t.Setenv("XDG_CACHE_HOME", base)
				}
				dir := filepath.Join(base, below)
				if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := plant(dir); err != nil {
					t.Fatal(err)
				}
				if err := os.Lchown(dir, other, other); err != nil {
					t.Fatal(err)
				}
				err := checkCache(cacheDir("/some/project"))
				if err == nil || !strings.Contains(err.Error(), dir+" is not a directory that you own") {
					t.Errorf("%s at %s: %v", name, dir, err)
				}
			}
		}
	}
}

// TestCacheOfOurs is used, also through a link of ours, and closed to others.
func TestCacheOfOurs(t *testing.T) {
	base, elsewhere := t.TempDir(), t.TempDir()
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_CACHE_HOME", base)
	if err := os.Chmod(elsewhere, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(elsewhere, filepath.Join(base, "hotreload")); err != nil {
		t.Fatal(err)
	}
	cache := cacheDir("/some/project")
	if filepath.Dir(filepath.Dir(cache)) != base {
		t.Skip("the system has its own place for caches")
	}
	if err := checkCache(cache); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(elsewhere); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the directory is %v, %v; want 0700", info.Mode(), err)
	}
}
