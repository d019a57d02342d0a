//go:build unix

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A save that leaves the files as they were causes no event: the next one is of the save
// after it.
func TestSameBytes(t *testing.T) {
	slow(t)
	t.Parallel()
	for _, poll := range []string{"auto", "50ms"} {
		t.Run(poll, func(t *testing.T) {
			t.Parallel()
			dir := module(t, map[string]string{"go.mod": goMod, "main.go": server, "page.html": "one"})
			h := start(t, dir, "--set", "watch.poll="+poll, "--", reserve(t))
			want := "inotify"
			if poll != "auto" {
				want = "poll"
			}
			h.await("watch.ready").want(with("backend", want))
			h.await("cycle", with("result", "ok"))
			h.save("page.html", "one")
			if err := os.Chmod(filepath.Join(dir, "page.html"), 0o600); err != nil {
				t.Fatal(err)
			}
			h.save("main.go", strings.Replace(server, "one", "two", 1))
			h.await("change").want(with("paths", []string{"main.go"}))
			h.await("cycle", with("result", "ok"))
		})
	}
}

// A project that is moved away and back is watched as before.
func TestRootComesBack(t *testing.T) {
	slow(t)
	t.Parallel()
	dir := module(t, map[string]string{"go.mod": goMod, "main.go": server})
	address := reserve(t)
	h := start(t, dir, "--", address)
	h.await("cycle", with("result", "ok"))
	h.mark()
	away := dir + ".away"
	if err := os.Rename(dir, away); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(away, "main.go"), strings.Replace(server, "one", "two", 1))
	if err := os.Rename(away, dir); err != nil {
		t.Fatal(err)
	}
	h.await("cycle", with("result", "ok"))
	if got := get(address, "/"); got != "two" {
		t.Errorf("answer %q, want two", got)
	}
}

// A project that is removed and cloned again is watched again, although the app still works
// in the removed directory.
func TestRootClonedAgain(t *testing.T) {
	t.Parallel()
	slow(t)
	dir := module(t, map[string]string{"go.mod": goMod, "main.go": server})
	origin := filepath.Join(t.TempDir(), "origin")
	if err := os.CopyFS(origin, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	address := reserve(t)
	h := start(t, dir, "--", address)
	h.await("cycle", with("result", "ok"))
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, os.DirFS(origin)); err != nil {
		t.Fatal(err)
	}
	// The first edit may still be seen by what the end of the former one told of.
	for _, answer := range []string{"two", "three"} {
		h.save("main.go", strings.Replace(server, "one", answer, 1))
		for get(address, "/") != answer { // the clone may be a batch of its own
			h.await("cycle", with("result", "ok"))
		}
	}
}

// An edit of a file that the project only links to is built.
func TestLinkedFile(t *testing.T) {
	slow(t)
	t.Parallel()
	dir := module(t, map[string]string{"go.mod": goMod})
	shared := filepath.Join(t.TempDir(), "shared.txt")
	write(t, shared, server)
	if err := os.Symlink(shared, filepath.Join(dir, "main.go")); err != nil {
		t.Fatal(err)
	}
	address := reserve(t)
	h := start(t, dir, "--", address)
	h.await("cycle", with("result", "ok"))
	for _, answer := range []string{"two", "three"} {
		h.mark()
		write(t, shared, strings.Replace(server, "one", answer, 1))
		h.await("cycle", with("result", "ok"))
		if got := get(address, "/"); got != answer {
			t.Errorf("answer %q, want %s", got, answer)
		}
	}
}
