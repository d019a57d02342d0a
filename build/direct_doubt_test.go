//go:build unix

package build

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hotreload/build/gocmd"
	"hotreload/build/internal/modtest"
)

// In doubt, the go command builds. These are the things that a recipe cannot know, or
// no longer knows. Each case only asks for the same program that go build makes.

// sayings is what the program that go build makes prints.
func (w *workshop) sayings() string {
	w.Helper()
	return w.sayingsOf(w.config.Flags...)
}

// sayingsOf is what the program prints that go build makes with some flags.
func (w *workshop) sayingsOf(flags ...string) string {
	w.Helper()
	program := filepath.Join(w.TempDir(), "app")
	cmd := exec.Command("go", slices.Concat([]string{"build", "-buildvcs=false"}, flags, []string{"-o", program, "."})...)
	cmd.Dir, cmd.Env = w.root, gocmd.Environ(w.root, w.config.Env)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "it does not compile: " + string(out)
	}
	out, err := exec.Command(program).CombinedOutput()
	if err != nil {
		w.Fatal(err)
	}
	return string(out)
}

// same builds, and checks that the program is the one that go build makes.
func (w *workshop) same(changed ...string) Artifact {
	w.Helper()
	want := w.sayings()
	a, err := w.try(changed...)
	if err != nil {
		if !strings.HasPrefix(want, "it does not compile") {
			w.Errorf("error %v; go build's prints %q", err, want)
		}
		return a
	}
	if out, _ := exec.Command(a.Path).CombinedOutput(); string(out) != want {
		w.Errorf("it prints %q, direct %v, same %v; go build's %q", out, a.Direct, a.Same, want)
	}
	return a
}

// leftOut has a file that a constraint leaves out, and that would not compile.
const leftOut = library + `
-- word/extra.go --
//go:build never

package word

func init() { print("extra ", Extra) }
`

const embedding = `
-- go.mod --
module example.com/app

go 1.26
-- main.go --
package main

import (
	"embed"
	"io/fs"
)

//go:embed all:static
var files embed.FS

func main() {
	fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if !d.IsDir() {
			print(path, " ")
		}
		return nil
	})
	print("a")
}
-- static/a/x.txt --
x
`

// above has a package inside a directory that is not a package.
const above = `
-- go.mod --
module example.com/app

go 1.26
-- main.go --
package main

import "example.com/app/lib/word"

func main() { print(word.Word, "world") }
-- lib/word/word.go --
package word

const Word = "hello"
`

// rewrite edits a file in place, and keeps its size and time.
func (w *workshop) rewrite(name, old, new string) {
	w.Helper()
	info, err := os.Stat(w.at(name))
	if err != nil {
		w.Fatal(err)
	}
	text, err := os.ReadFile(w.at(name))
	if err != nil {
		w.Fatal(err)
	}
	changed := strings.Replace(string(text), old, new, 1)
	if len(changed) != len(text) || changed == string(text) {
		w.Fatalf("%s for %s is no edit of %s that keeps its size", new, old, name)
	}
	if err := errors.Join(os.WriteFile(w.at(name), []byte(changed), 0o644), os.Chtimes(w.at(name), info.ModTime(), info.ModTime())); err != nil {
		w.Fatal(err)
	}
}

// A recipe that could not build a change is dropped, even if the go command fails, too.
func TestRefusalForgetsTheRecipe(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t, library)
	w.build()
	w.learn()
	w.add("word/new.go", "package word\n\nfunc init() { nothing() }\n")
	if _, err := w.try("word/new.go"); err == nil {
		t.Fatal("it compiles")
	}
	if w.builder.learned != nil {
		t.Error("a recipe that does not cover new.go was kept")
	}
}

func TestDirectBuildInDoubt(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		slow    bool // much like another case
		archive string
		do      func(w *workshop)
	}{
		// A change is reported once; the next build is about another one.
		"a constraint flips, and main is edited": {false, leftOut, func(w *workshop) {
			w.edit("word/word.go", "package word", "package word\n\nconst Extra = 1")
			w.edit("word/extra.go", "never", "!never")
			w.same("word/word.go", "word/extra.go")
			w.edit("main.go", `"world"`, `"you"`)
			w.same("main.go")
		}},
		"a constraint flips to what does not compile": {true, leftOut, func(w *workshop) {
			w.edit("word/extra.go", "never", "!never")
			w.same("word/extra.go")
			w.same()
			w.edit("word/word.go", "package word", "package word\n\nconst Extra = 1")
			w.same("word/word.go")
		}},
		"a file is embedded, and main is edited": {true, embedding, func(w *workshop) {
			w.add("static/b/y.txt", "y")
			w.same("static/b/y.txt")
			w.edit("main.go", `"a"`, `"b"`)
			w.same("main.go")
		}},
		"a module above a package": {true, above, func(w *workshop) {
			w.add("lib/go.mod", "module example.com/app/lib\n")
			w.same("lib/go.mod")
			w.edit("main.go", `"world"`, `"you"`)
			w.same("main.go")
		}},
		"a module above a package, unreported": {true, above, func(w *workshop) {
			w.add("lib/go.mod", "module example.com/app/lib\n")
			w.edit("main.go", `"world"`, `"you"`)
			w.same("main.go")
		}},
		"an edit that keeps size and time, and its build fails": {true, library, func(w *workshop) {
			w.rewrite("word/word.go", `"hello"`, `"howdy"`)
			w.edit("main.go", "print(", "printt(")
			w.same("main.go", "word/word.go")
			w.edit("main.go", "printt(", "print(")
			w.same("main.go")
		}},
		"an edit that keeps size and time, unreported": {false, library, func(w *workshop) {
			w.rewrite("word/word.go", `"hello"`, `"howdy"`)
			w.edit("main.go", `"world"`, `"you"`)
			w.same("main.go")
		}},
		"a module in a subdirectory": {true, library, func(w *workshop) {
			w.add("word/go.mod", "module example.com/app/word\n")
			w.same("word/go.mod")
			w.edit("main.go", `"world"`, `"you"`)
			w.same("main.go")
		}},
		// These are not reported.
		"a constraint flips, unreported": {true, leftOut, func(w *workshop) {
			w.edit("word/word.go", "package word", "package word\n\nconst Extra = 1")
			w.edit("word/extra.go", "never", "!never")
			w.same("word/word.go")
		}},
		"a file is embedded, unreported": {true, embedding, func(w *workshop) {
			w.add("static/b/y.txt", "y")
			w.edit("main.go", `"a"`, `"b"`)
			w.same("main.go")
		}},
		"a module in a subdirectory, unreported": {false, library, func(w *workshop) {
			w.add("word/go.mod", "module example.com/app/word\n")
			w.edit("main.go", `"world"`, `"you"`)
			w.same("main.go")
		}},
		"an embedded file that becomes a link": {false, library, func(w *workshop) {
			w.add("other.txt", "other\n")
			if err := errors.Join(os.Remove(w.at("page/page.txt")), os.Symlink(w.at("other.txt"), w.at("page/page.txt"))); err != nil {
				w.Fatal(err)
			}
			w.same("page/page.txt")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			if test.slow {
				modtest.Slow(t)
			}
			t.Parallel()
			w := newWorkshop(t, test.archive)
			w.build()
			w.learn()
			t.Cleanup(func() { os.RemoveAll(w.at("static/b")) })
			test.do(w)
		})
	}
}

// A build that the user requests trusts nothing that is known.
func TestFullBuild(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t, library)
	w.build()
	w.learn()
	w.id++
	q := w.request()
	q.Full = true
	a, err := w.builder.Build(t.Context(), q)
	if err != nil || a.Direct || a.Why == "" {
		t.Errorf("artifact %+v, error %v; want one by the go command, and why", a, err)
	}
}
