//go:build unix

package build

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hotreload/build/internal/modtest"
)

// runInstalled installs an artifact and runs it as a runner would.
func runInstalled(t *testing.T, a Artifact) (path, printed string) {
	t.Helper()
	installed, err := a.Install()
	if err != nil {
		t.Fatal(err)
	}
	defer installed.Release()
	cmd := exec.CommandContext(t.Context(), installed.Path)
	cmd.Args[0] = installed.Name
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("run %s: %v", installed.Path, err)
	}
	return installed.Path, string(out)
}

func inode(t *testing.T, path string) fs.FileInfo {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func wantContent(t *testing.T, file, want string) {
	t.Helper()
	if got, err := os.ReadFile(file); err != nil || string(got) != want {
		t.Errorf("%s has %q, %v; want %q", file, got, err, want)
	}
}

// All versions run from one path, in all sessions, and what the app keeps there stays.
func TestHomeInCache(t *testing.T) {
	root := modtest.Unpack(t, hello)
	cache := filepath.Join(t.TempDir(), "cache")
	var home string
	for session := range 2 {
		b := New(root, cache)
		if err := b.Open(); err != nil {
			t.Fatal(err)
		}
		var before Artifact
		for id, who := range []string{"one", "two"} {
			a, err := b.Build(t.Context(), Request{ID: id + 1, Package: ".", Config: Config{Flags: []string{"-ldflags=-X=main.who=" + who}}})
			if err != nil {
				t.Fatal(err)
			}
			path, printed := runInstalled(t, a)
			if home == "" {
				home = path
				modtest.Write(t, filepath.Join(filepath.Dir(home), "db"), "data")
			}
			if path != home || printed != "hello "+who {
				t.Errorf("session %d, %s: %s prints %q; the first ran from %s", session, who, path, printed, home)
			}
			if before.Path != "" {
				if path, printed := runInstalled(t, before); path != home || printed != "hello one" {
					t.Errorf("rolled back, %s prints %q", path, printed)
				}
				b.Forget(before)
			}
			before = a
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		dir := filepath.Dir(home)
		if got := names(t, cache); !slices.Equal(got, []string{cache, filepath.Dir(dir), dir, filepath.Join(dir, "db")}) {
			t.Errorf("after session %d the cache has %q", session, got)
		}
	}
	wantContent(t, filepath.Join(filepath.Dir(home), "db"), "data")
}

// makeScript is a build.command: it writes a script that prints a word and where it runs,
// in the way that it is told.
const makeScript = `set -e
printf '#!/bin/sh\nprintf "%%s from %%s" %s "$0"\n' "$1" >new
chmod 755 new
case $2 in
move) mv new out/app ;;
overwrite) cat new >out/app; chmod 755 out/app ;;
link) mv new out/app-$1; ln -sf app-$1 out/app ;;
nothing) rm new ;;
fail) rm new; exit 1 ;;
break) mv new out/app; exit 1 ;;
mark) rm new; chmod 700 out/app ;;
esac
`

// commandBuilder opens a builder for a project with makeScript and a file of the app's beside
// its executable, and returns how to build by it.
func commandBuilder(t *testing.T) (b *Builder, out string, make func(id int, prev Artifact, word, how string) (Artifact, error)) {
	root := t.TempDir()
	out = filepath.Join(root, "out")
	modtest.Write(t, filepath.Join(root, "make.sh"), makeScript)
	modtest.Write(t, filepath.Join(out, "db"), "data")
	b = New(root, filepath.Join(t.TempDir(), "cache"))
	if err := b.Open(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		wantContent(t, filepath.Join(out, "db"), "data")
		for _, name := range names(t, out) {
			if strings.HasSuffix(name, "~") {
				t.Errorf("it leaves %s", name)
			}
		}
		if _, err := os.Stat(b.cache); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the cache is left: %v", err)
		}
	})
	return b, out, func(id int, prev Artifact, word, how string) (Artifact, error) {
		c := Config{Command: []string{"sh", "make.sh", word, how}, Output: filepath.Join("out", "app")}
		return b.Build(t.Context(), Request{ID: id, Package: ".", Config: c, Prev: prev})
	}
}

func wantRuns(t *testing.T, a Artifact, path, word string) {
	t.Helper()
	if at, printed := runInstalled(t, a); at != path || printed != word+" from "+path {
		t.Errorf("from %s it prints %q, want %s from %s", at, printed, word, path)
	}
}

// What build.command writes runs where it is, however that is written, and the version
// before it is there to return to.
func TestHomeOfOutput(t *testing.T) {
	for _, how := range []string{"move", "overwrite", "link"} {
		t.Run(how, func(t *testing.T) {
			_, out, make := commandBuilder(t)
			path := filepath.Join(out, "app")
			one, err := make(1, Artifact{}, "one", how)
			if err != nil {
				t.Fatal(err)
			}
			file := inode(t, path)
			wantRuns(t, one, one.at, "one")
			two, err := make(2, one, "two", how)
			if err != nil || two.Same {
				t.Fatalf("the second build is %+v, %v", two, err)
			}
			wantRuns(t, two, two.at, "two")
			wantRuns(t, one, one.at, "one")
			if !os.SameFile(inode(t, one.at), file) {
				t.Error("the version before is another file now")
			}
			wantRuns(t, two, two.at, "two")
			if how != "link" && (one.at != path || two.at != path) {
				t.Errorf("they run at %s and %s, want %s", one.at, two.at, path)
			}
		})
	}
}

// A build that writes nothing leaves the very file in its place, with all that is on it.
func TestHomeAfterABuildOfNothing(t *testing.T) {
	_, out, make := commandBuilder(t)
	path := filepath.Join(out, "app")
	one, err := make(1, Artifact{}, "one", "move")
	if err != nil {
		t.Fatal(err)
	}
	old := time.Unix(1e9, 0)
	if err := os.Chtimes(path, old, old); err != nil {
		t.Fatal(err)
	}
	file := inode(t, path)
	if a, err := make(2, one, "two", "fail"); err == nil {
		t.Fatalf("a command that fails makes %+v", a)
	}
	if now := inode(t, path); !os.SameFile(now, file) || !now.ModTime().Equal(old) {
		t.Error("after a failed build, it is another file")
	}
	same, err := make(3, one, "two", "nothing")
	if err != nil || !same.Same || same.Path != one.Path || !os.SameFile(inode(t, path), file) {
		t.Errorf("a build of nothing makes %+v, %v", same, err)
	}
	same, err = make(4, one, "one", "move") // another file, but the same
	if err != nil || !same.Same {
		t.Fatalf("a build of the same makes %+v, %v", same, err)
	}
	wantRuns(t, same, path, "one")
	if a, err := make(5, one, "two", "break"); err == nil {
		t.Fatalf("a command that fails makes %+v", a)
	}
	wantRuns(t, one, path, "one") // as after a crash
	marked, err := make(6, one, "one", "mark")
	if err != nil || marked.Same {
		t.Errorf("other attributes make %+v, %v", marked, err)
	}
	if now := inode(t, marked.at); now.Mode().Perm() != 0o700 {
		t.Errorf("the mode is %v", now.Mode())
	}
}

// While build.command runs, the path is its alone.
func TestInstallDuringABuild(t *testing.T) {
	_, out, make := commandBuilder(t)
	one, err := make(1, Artifact{}, "one", "move")
	if err != nil {
		t.Fatal(err)
	}
	one.home.busy.Lock()
	if err := os.Remove(one.at); err != nil {
		t.Fatal(err)
	}
	modtest.Write(t, one.at, "half written")
	path, printed := runInstalled(t, one)
	if filepath.Dir(path) != out || !strings.HasPrefix(printed, "one from ") {
		t.Errorf("from %s it prints %q", path, printed)
	}
	wantContent(t, one.at, "half written")
	one.home.busy.Unlock()
	two, err := make(2, one, "two", "move")
	if err != nil {
		t.Fatal(err)
	}
	wantRuns(t, two, filepath.Join(out, "app"), "two")
}

// An app may remove the directory that it runs in.
func TestInstallWithoutADirectory(t *testing.T) {
	_, out, make := commandBuilder(t)
	one, err := make(1, Artifact{}, "one", "move")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(out); err != nil {
		t.Fatal(err)
	}
	wantRuns(t, one, filepath.Join(out, "app"), "one")
	modtest.Write(t, filepath.Join(out, "db"), "data")
}

// Attributes of an output stay with it, also in a copy as far as the system allows that.
func TestAttributes(t *testing.T) {
	dir := t.TempDir()
	from, to := filepath.Join(dir, "from"), filepath.Join(dir, "to")
	modtest.Write(t, from, "text")
	want := attributes{mode: 0o751, time: time.Unix(1e9, 0), owner: ownerOf(inode(t, from)), extended: map[string]string{"user.of": "the test"}}
	if os.Getuid() == 0 {
		want.owner = owner{12345, 12345}
		want.mode |= fs.ModeSetuid
	}
	if err := want.give(from); err != nil {
		t.Fatal(err)
	}
	if readExtended(from) == nil {
		t.Log("there are no extended attributes here")
		want.extended = nil
	}
	if err := copyFile(from, to); err != nil {
		t.Fatal(err)
	}
	if got := readAttributes(to); !got.equal(want) || !got.time.Equal(want.time) {
		t.Errorf("the copy has %+v, want %+v", got, want)
	}
	wantContent(t, to, "text")
}
