//go:build unix

package build

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// In doubt the go command builds: here is what a recipe cannot know, or knows no
// more. Each case asks for no more than that the program be go build's.

// sayings is what the program of go build prints.
func (w *workshop) sayings() string {
	w.Helper()
	program := filepath.Join(w.TempDir(), "app")
	cmd := exec.Command("go", append(append([]string{"build", "-buildvcs=false"}, w.config.Flags...), "-o", program, ".")...)
	cmd.Dir, cmd.Env = w.root, environ(w.root, w.config.Env)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "it does not compile: " + string(out)
	}
	out, err := exec.Command(program).CombinedOutput()
	if err != nil {
		w.Fatal(err)
	}
	return string(out)
}

// same builds, and checks that it is what go build makes of the files.
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

// leftOut has a file that its constraint leaves out, and that does not compile.
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
	"fmt"
	"io/fs"
)

//go:embed all:static
var files embed.FS

func main() {
	fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if !d.IsDir() {
			fmt.Print(path, " ")
		}
		return nil
	})
	fmt.Print("a")
}
-- static/a/x.txt --
x
`

// above has a package in a directory that holds none.
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

// rewrite edits a file in place, so that it has the size and time that it had.
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

// What a recipe has refused to build it knows nothing of any more, also if the go
// command refuses, too.
func TestRefusalForgetsTheRecipe(t *testing.T) {
	w := newWorkshop(t, library)
	w.build()
	w.learn()
	w.add("word/new.go", "package word\n\nfunc init() { nothing() }\n")
	if _, err := w.try("word/new.go"); err == nil {
		t.Fatal("it compiles")
	}
	if w.builder.recipe != nil {
		t.Error("a recipe that knows nothing of new.go is kept")
	}
}

func TestDirectBuildInDoubt(t *testing.T) {
	for name, test := range map[string]struct {
		archive string
		do      func(w *workshop)
	}{
		// What was told once, the go command has built or refused; the next build is told of something else.
		"a constraint flips, and main is edited": {leftOut, func(w *workshop) {
			w.edit("word/word.go", "package word", "package word\n\nconst Extra = 1")
			w.edit("word/extra.go", "never", "!never")
			w.same("word/word.go", "word/extra.go")
			w.edit("main.go", `"world"`, `"you"`)
			w.same("main.go")
		}},
		"a constraint flips to what does not compile": {leftOut, func(w *workshop) {
			w.edit("word/extra.go", "never", "!never")
			w.same("word/extra.go")
			w.same()
			w.edit("word/word.go", "package word", "package word\n\nconst Extra = 1")
			w.same("word/word.go")
		}},
		"a file is embedded, and main is edited": {embedding, func(w *workshop) {
			w.add("static/b/y.txt", "y")
			w.same("static/b/y.txt")
			w.edit("main.go", `"a"`, `"b"`)
			w.same("main.go")
		}},
		"a module above a package": {above, func(w *workshop) {
			w.add("lib/go.mod", "module example.com/app/lib\n")
			w.same("lib/go.mod")
			w.edit("main.go", `"world"`, `"you"`)
			w.same("main.go")
		}},
		"a module above a package unseen": {above, func(w *workshop) {
			w.add("lib/go.mod", "module example.com/app/lib\n")
			w.edit("main.go", `"world"`, `"you"`)
			w.same("main.go")
		}},
		"an edit that keeps size and time, and its build fails": {library, func(w *workshop) {
			w.rewrite("word/word.go", `"hello"`, `"howdy"`)
			w.edit("main.go", "fmt.Print(", "fmt.Printt(")
			w.same("main.go", "word/word.go")
			w.edit("main.go", "fmt.Printt(", "fmt.Print(")
			w.same("main.go")
		}},
		"an edit that keeps size and time unseen": {library, func(w *workshop) {
			w.rewrite("word/word.go", `"hello"`, `"howdy"`)
			w.edit("main.go", `"world"`, `"you"`)
			w.same("main.go")
		}},
		"a module in the midst": {library, func(w *workshop) {
			w.add("word/go.mod", "module example.com/app/word\n")
			w.same("word/go.mod")
			w.edit("main.go", `"world"`, `"you"`)
			w.same("main.go")
		}},
		// Nobody tells of these.
		"a constraint that flips unseen": {leftOut, func(w *workshop) {
			w.edit("word/word.go", "package word", "package word\n\nconst Extra = 1")
			w.edit("word/extra.go", "never", "!never")
			w.same("word/word.go")
		}},
		"an embedded file unseen": {embedding, func(w *workshop) {
			w.add("static/b/y.txt", "y")
			w.edit("main.go", `"a"`, `"b"`)
			w.same("main.go")
		}},
		"a module in the midst unseen": {library, func(w *workshop) {
			w.add("word/go.mod", "module example.com/app/word\n")
			w.edit("main.go", `"world"`, `"you"`)
			w.same("main.go")
		}},
		"an embedded file that becomes a link": {library, func(w *workshop) {
			w.add("other.txt", "other\n")
			if err := errors.Join(os.Remove(w.at("page/page.txt")), os.Symlink(w.at("other.txt"), w.at("page/page.txt"))); err != nil {
				w.Fatal(err)
			}
			w.same("page/page.txt")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorkshop(t, test.archive)
			w.build()
			w.learn()
			t.Cleanup(func() { os.RemoveAll(w.at("static/b")) })
			test.do(w)
		})
	}
}

// All forms in which a constraint may be written count.
func TestDirectBuildConstraints(t *testing.T) {
	for name, constraint := range map[string]string{
		"go:build":            "//go:build never\n\n",
		"after a BOM":         "\ufeff//go:build never\n\n",
		"old":                 "// +build never\n\n",
		"old without a blank": "//+build never\n\n",
		"old with a tab":      "//\t+build never\n\n",
		"carriage return":     "//go:build never\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorkshop(t, library+"\n-- word/extra.go --\npackage word\n\nfunc init() { print(\"extra \") }\n")
			w.edit("go.mod", "go 1.26", "go 1.16") // from 1.18 on the old form is none
			w.build()
			w.learn()
			w.edit("word/extra.go", "package word", constraint+"package word")
			w.same("word/extra.go")
		})
	}
}

// What steers the go command from outside the app.
func TestDirectBuildSurroundings(t *testing.T) {
	t.Run("a profile appears", func(t *testing.T) {
		w := newWorkshop(t, library)
		w.build()
		w.learn()
		w.add("default.pgo", "none that can be read")
		w.edit("main.go", `"world"`, `"you"`)
		if a, err := w.try("main.go"); err == nil {
			t.Errorf("it was built without its profile, direct %v", a.Direct)
		}
	})
	t.Run("a workspace appears above", func(t *testing.T) {
		offline(t)
		top := t.TempDir()
		root := filepath.Join(top, "app")
		unpackIn(t, root, library)
		unpackIn(t, root, "-- lib/go.mod --\nmodule example.com/lib\n\ngo 1.26\n-- lib/lib.go --\npackage lib\n\nvar Name = \"old\"\n")
		unpackIn(t, filepath.Join(top, "lib"), "-- go.mod --\nmodule example.com/lib\n\ngo 1.26\n-- lib.go --\npackage lib\n\nvar Name = \"new\"\n")
		w := &workshop{T: t, root: root, builder: newBuilder(t, root), config: DefaultConfig()}
		w.edit("go.mod", "go 1.26", "go 1.26\n\nrequire example.com/lib v0.0.0\n\nreplace example.com/lib => ./lib")
		w.edit("word/word.go", "const text = \"hello\"", "import \"example.com/lib\"\n\nvar text = lib.Name")
		w.build()
		w.learn()
		write(t, filepath.Join(top, "go.work"), "go 1.26\n\nuse ./app\nuse ./lib\n")
		w.edit("main.go", `"world"`, `"you"`)
		w.same("main.go")
	})
	t.Run("settings of go env -w", func(t *testing.T) {
		w := newWorkshop(t, leftOut)
		settings := filepath.Join(t.TempDir(), "env")
		write(t, settings, "GOFLAGS=-tags=dev\n")
		t.Setenv("GOENV", settings)
		os.Unsetenv("GOFLAGS")
		w.build()
		w.learn()
		w.edit("word/word.go", "package word", "package word\n\nconst Extra = 1")
		w.edit("word/extra.go", "never", "dev")
		w.same("word/word.go", "word/extra.go")
		write(t, settings, "GOFLAGS=-overlay=o.json\n")
		w.add("o.json", "{}")
		if err := w.tryToLearn(); !errors.Is(err, ErrCannotLearn) {
			t.Errorf("error %v, want ErrCannotLearn", err)
		}
	})
	t.Run("another go command", func(t *testing.T) {
		w := newWorkshop(t, library)
		bin := t.TempDir()
		program, err := exec.LookPath("go")
		if err != nil {
			t.Fatal(err)
		}
		link := filepath.Join(bin, "go")
		if err := os.Symlink(program, link); err != nil {
			t.Fatal(err)
		}
		t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
		w.build()
		w.learn()
		if err := os.Remove(link); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(link, []byte("#!/bin/sh\nexec "+program+" \"$@\"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
		w.edit("main.go", `"world"`, `"you"`)
		if a, _ := w.build("main.go"); a.Direct {
			t.Error("it was built by the former toolchain")
		}
	})
}

// A recipe is made of a graph that has all that the go command compiles.
func TestLearnFromOldGraph(t *testing.T) {
	w := newWorkshop(t, library)
	w.build()
	graph, err := w.builder.Graph(t.Context(), w.config, ".")
	if err != nil {
		t.Fatal(err)
	}
	w.add("word/more.go", "package word\n\nfunc init() { print(\"more \") }\n")
	w.build("word/more.go")
	if err := w.builder.Learn(t.Context(), w.request(), w.prev, graph); !errors.Is(err, ErrOutdated) {
		t.Errorf("error %v, want ErrOutdated", err)
	}
}

// A file that is saved while the go command lists the graph may be another than
// the one that it has read.
func TestLearnFromGraphThatWasOvertaken(t *testing.T) {
	w := newWorkshop(t, library)
	w.build()
	bin := t.TempDir()
	program, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(bin, "main.go"), strings.Replace(read(t, w.at("main.go")), `"fmt"`, "\"fmt\"\n\n\t_ \"example.com/app/other\"", 1))
	script := "#!/bin/sh\n" + program + " \"$@\"; status=$?\n[ \"$1\" = list ] && cp " + bin + "/main.go " + w.at("main.go") + "\nexit $status\n"
	if err := os.WriteFile(filepath.Join(bin, "go"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	path := os.Getenv("PATH")
	t.Setenv("PATH", bin+string(os.PathListSeparator)+path)
	graph, err := w.builder.Graph(t.Context(), w.config, ".")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", path)
	if v := graph.Of(w.at("main.go")); !v.Relist {
		t.Error("the save would not have the graph listed again")
	}
	w.build("main.go")
	if err := w.builder.Learn(t.Context(), w.request(), w.prev, graph); !errors.Is(err, ErrOutdated) {
		t.Errorf("error %v, want ErrOutdated", err)
	}
}

// A rebuild that somebody asks for trusts in nothing.
func TestBuildAnew(t *testing.T) {
	w := newWorkshop(t, library)
	w.build()
	w.learn()
	w.id++
	q := w.request()
	q.Anew = true
	a, err := w.builder.Build(t.Context(), q)
	if err != nil || a.Direct || a.Why == "" {
		t.Errorf("artifact %+v, error %v; want one by the go command, and why", a, err)
	}
}

// Compiled packages that are needed no more are removed.
func TestDirectBuildLeavesNothing(t *testing.T) {
	w := newWorkshop(t, library)
	w.build()
	w.learn()
	objects := func() (n int) {
		for _, path := range names(t, filepath.Join(w.builder.cache, "obj")) {
			if path != filepath.Join(w.builder.cache, "obj") {
				n++
			}
		}
		return n
	}
	for range 3 {
		w.edit("main.go", "main() {", "main()  {")
		w.build("main.go")
		w.edit("main.go", "main()  {", "main() {")
		w.build("main.go")
	}
	if n := objects(); n != 0 {
		t.Errorf("builds of nothing leave %d files and directories", n)
	}
	for _, word := range []string{"a", "b", "c"} {
		w.edit("word/word.go", `"`, `"`+word)
		w.build("word/word.go")
	}
	if n := objects(); n != 2 {
		t.Errorf("one compiled package and its directory are %d files and directories", n)
	}
	w.edit("go.mod", "go 1.26", "go 1.26\n")
	w.build("go.mod")
	w.learn()
	if n := objects(); n != 0 {
		t.Errorf("%d files and directories of the former recipe are left", n)
	}
}

// What a Go program may print besides, and what is none of the go command's, is
// no recipe and no panic.
func TestDryRunOfNoise(t *testing.T) {
	for _, text := range []string{
		"SCHED 0ms: gomaxprocs=2\n  P0: status=1 schedtick=0\n", " \n", "cat\n", "cat >x << 'EOF' # internal\n", "echo\n", "\"\n", "A='\n", "cd\n",
	} {
		if d, err := parseDryRun(text, "/"); err == nil && d.link != nil {
			t.Errorf("%q has a link", text)
		}
	}
}
