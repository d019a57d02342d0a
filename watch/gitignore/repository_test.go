package gitignore

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// quietGit keeps the user's own settings out of a test.
func quietGit(t *testing.T) {
	t.Helper()
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	t.Setenv("GIT_ALLOW_PROTOCOL", "file")
	for _, who := range []string{"AUTHOR", "COMMITTER"} {
		t.Setenv("GIT_"+who+"_NAME", "A")
		t.Setenv("GIT_"+who+"_EMAIL", "a@example.com")
	}
}

// repository makes one with a commit.
func repository(t *testing.T, top string) {
	t.Helper()
	write(t, filepath.Join(top, "readme"), "")
	run(t, top, "", "init", "-q")
	run(t, top, "", "add", "readme")
	run(t, top, "", "commit", "-q", "-m", "first")
}

// sameIn compares the decisions about paths below top with what git says when
// it is asked in the repository there. git names a file from there on.
func sameIn(t *testing.T, m *Matcher, top string, paths ...string) {
	t.Helper()
	for i, want := range askGit(t, top, paths) {
		got := describe(top, m.Decide(filepath.Join(top, paths[i]), false))
		if filepath.Base(got) != filepath.Base(want) {
			t.Errorf("%s in %s is decided by %q, by git's lights %q", paths[i], top, got, want)
		}
	}
}

func TestLinkedWorkingTree(t *testing.T) {
	quietGit(t)
	main, linked := filepath.Join(t.TempDir(), "main"), filepath.Join(t.TempDir(), "linked")
	repository(t, main)
	write(t, filepath.Join(main, ".git/info/exclude"), "*.local\ntop\n")
	run(t, main, "", "worktree", "add", "-q", linked)
	write(t, filepath.Join(linked, ".gitignore"), "*.log\n!keep.local\n")
	m := New(Settings{}, linked)
	sameIn(t, m, linked, "a.local", "keep.local", "a.log", "top", "sub/top", "readme")
	if want := filepath.Join(main, ".git/info/exclude"); !slices.Contains(m.Above(linked), want) {
		t.Errorf("Above does not name %s: %q", want, m.Above(linked))
	}
}

func TestSubmodule(t *testing.T) {
	quietGit(t)
	lib, app := filepath.Join(t.TempDir(), "lib"), filepath.Join(t.TempDir(), "app")
	repository(t, lib)
	repository(t, app)
	run(t, app, "", "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", lib, "lib")
	write(t, filepath.Join(app, ".gitignore"), "*.log\n")
	write(t, filepath.Join(app, ".git/info/exclude"), "*.app\n")
	write(t, filepath.Join(app, ".git/modules/lib/info/exclude"), "*.lib\nx\n")
	write(t, filepath.Join(app, "lib/.gitignore"), "*.sub\n")
	paths := []string{"a.log", "a.app", "a.lib", "a.sub", "x", "sub/x", "readme"}
	m := New(Settings{}, app)
	sameIn(t, m, app, "a.log", "a.app", "a.lib", "a.sub", "x")
	sameIn(t, m, filepath.Join(app, "lib"), paths...)
	sameIn(t, New(Settings{}, filepath.Join(app, "lib")), filepath.Join(app, "lib"), paths...)
}

// TestNestedRepositories decides about what is in a repository by its own rules,
// and about the repository itself by those around it.
func TestNestedRepositories(t *testing.T) {
	quietGit(t)
	top := t.TempDir()
	run(t, top, "", "init", "-q")
	write(t, filepath.Join(top, ".gitignore"), "*.log\n/away\n")
	for _, dir := range []string{"in", "away"} {
		run(t, top, "", "init", "-q", dir)
		write(t, filepath.Join(top, dir, ".gitignore"), "*.txt\n")
	}
	if err := os.MkdirAll(filepath.Join(top, "no/.git"), 0o755); err != nil { // the name alone makes no repository
		t.Fatal(err)
	}
	write(t, filepath.Join(top, "file/.git"), "not what git writes\n")
	m := New(Settings{}, top)
	sameIn(t, m, filepath.Join(top, "in"), "a.log", "a.txt", "sub/b.txt")
	sameIn(t, m, top, "a.log", "a.txt", "no/a.log")
	for path, want := range map[string]bool{
		"away": true, "away/a.txt": true, "away/main.go": true, "in": false, "file/a.log": true, "file/a.txt": false,
	} {
		if d := m.Decide(filepath.Join(top, path), path == "away" || path == "in"); d.Ignored != want {
			t.Errorf("Decide(%s) returned %+v", path, d)
		}
	}
}

// TestTreeOfItsOwn takes a tree that no repository has, or that the one around
// it ignores, for a repository.
func TestTreeOfItsOwn(t *testing.T) {
	quietGit(t)
	top := t.TempDir()
	user := filepath.Join(top, "user")
	write(t, user, "*.user\n")
	write(t, filepath.Join(top, ".gitignore"), "*.log\nscratch\n")
	write(t, filepath.Join(top, "scratch/.gitignore"), "/a\n")
	tree := filepath.Join(top, "scratch")
	check := func(m *Matcher, want string) {
		t.Helper()
		ignored := ""
		for _, name := range []string{"a", "b.log", "c.user", "main.go", "sub/a"} {
			if m.Decide(filepath.Join(tree, name), false).Ignored {
				ignored += name + " "
			}
		}
		if ignored != want {
			t.Errorf("ignored are %q, want %q", ignored, want)
		}
	}
	check(New(Settings{ExcludesFile: user}, tree), "a c.user ")
	run(t, top, "", "init", "-q")
	check(New(Settings{ExcludesFile: user}, tree), "a c.user ")
	write(t, filepath.Join(top, ".gitignore"), "*.log\n")
	check(New(Settings{ExcludesFile: user}, tree), "a b.log c.user ")
	check(New(Settings{}, tree), "a b.log ")
	if d := New(Settings{}, tree).Decide(filepath.Join(filepath.Dir(top), "x"), false); d != (Decision{}) {
		t.Errorf("outside of all there is a decision: %+v", d)
	}
}

func TestAbove(t *testing.T) {
	quietGit(t)
	top := t.TempDir()
	run(t, top, "", "init", "-q")
	m := New(Settings{}, filepath.Join(top, "a/b"))
	want := []string{filepath.Join(top, ".git/info/exclude"), filepath.Join(top, ".gitignore"), filepath.Join(top, "a/.gitignore")}
	if diff := cmp.Diff(want, slices.Sorted(slices.Values(m.Above(filepath.Join(top, "a/b"))))); diff != "" {
		t.Errorf("files above differ (-want +got):\n%s", diff)
	}
}

// TestForget reads again what lies below the directory forgotten, and no more.
func TestForget(t *testing.T) {
	top := t.TempDir()
	m := New(Settings{}, top)
	ignores := func(want string) {
		t.Helper()
		got := ""
		for _, path := range []string{"a", "sub/b", "sub/deep/c"} {
			if m.Decide(filepath.Join(top, path), false).Ignored {
				got += path + " "
			}
		}
		if got != want {
			t.Errorf("ignored are %q, want %q", got, want)
		}
	}
	ignores("")
	for dir, text := range map[string]string{".": "a\n", "sub": "b\n", "sub/deep": "c\n"} {
		write(t, filepath.Join(top, dir, ".gitignore"), text)
	}
	ignores("")
	m.Forget(filepath.Join(top, "sub"))
	ignores("sub/b sub/deep/c ")
	m.Forget(top)
	ignores("a sub/b sub/deep/c ")
}

// TestReadSettings reads them as git does, over includes and all.
func TestReadSettings(t *testing.T) {
	quietGit(t)
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CONFIG_HOME", "")
	t.Setenv("GIT_CONFIG_GLOBAL", filepath.Join(home, ".gitconfig"))
	top := t.TempDir()
	run(t, top, "", "init", "-q")
	run(t, top, "", "config", "core.ignorecase", "false")
	run(t, top, "", "config", "--unset-all", "core.ignorecase")
	check := func(want Settings) {
		t.Helper()
		if got := ReadSettings(top); got != want {
			t.Errorf("ReadSettings returned %+v, want %+v", got, want)
		}
	}
	check(Settings{ExcludesFile: filepath.Join(home, ".config/git/ignore")})
	t.Setenv("XDG_CONFIG_HOME", "/xdg")
	check(Settings{ExcludesFile: "/xdg/git/ignore"})
	write(t, filepath.Join(home, "more"), "[core]\n\texcludesFile = ~/mine\n")
	write(t, filepath.Join(home, ".gitconfig"), "[include]\n\tpath = more\n[core]\n\tignoreCase\n")
	check(Settings{ExcludesFile: filepath.Join(home, "mine"), IgnoreCase: true})
	run(t, top, "", "config", "core.ignoreCase", "off")
	run(t, top, "", "config", "core.excludesFile", "")
	check(Settings{})
	t.Setenv("PATH", home) // no git
	check(Settings{ExcludesFile: "/xdg/git/ignore"})
}
