//go:build unix

package build

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"hotreload/build/internal/modtest"
)

const library = `
-- go.mod --
module example.com/app

go 1.26
-- main.go --
package main

import (
	"example.com/app/greet"
	"example.com/app/page"
)

func main() { print(greet.Hello("world"), " ", page.Text()) }
-- greet/greet.go --
package greet

import "example.com/app/word"

func Hello(who string) string { return word.Word() + " " + who }
-- word/word.go --
package word

const text = "hello"

//go:noinline
func Word() string { return text }
-- page/page.go --
package page

import _ "embed"

//go:embed page.txt
var text string

func Text() string { return text }
-- page/page.txt --
page
-- other/other.go --
package other
`

// workshop builds an app repeatedly, as a session does.
type workshop struct {
	*testing.T
	root     string
	builder  *Builder
	config   Config
	inject   bool
	included map[string]Included
	id       int
	prev     Artifact
	ran      []string // import paths of the packages for which the compiler ran
	mu       sync.Mutex
}

func newWorkshop(t *testing.T, archive string) *workshop {
	root := modtest.Unpack(t, archive)
	w := &workshop{T: t, root: root, builder: newBuilder(t, root), config: DefaultConfig()}
	w.listen()
	return w
}

// listen notes for which packages the builder calls the compiler.
func (w *workshop) listen() {
	w.builder.note = func(pkg string) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.ran = append(w.ran, pkg)
	}
}

// compiled checks for which packages the compiler ran since the last check, without
// the go command.
func (w *workshop) compiled(want ...string) {
	w.Helper()
	slices.Sort(w.ran)
	if !slices.Equal(w.ran, want) {
		w.Errorf("compiled %q, want %q", w.ran, want)
	}
	w.ran = nil
}

func (w *workshop) at(name string) string { return filepath.Join(w.root, filepath.FromSlash(name)) }

// build builds the app, and returns what it prints.
func (w *workshop) build(changed ...string) (a Artifact, printed string) {
	w.Helper()
	a, err := w.try(changed...)
	if err != nil {
		w.Fatal(err)
	}
	out, err := exec.Command(a.Path).CombinedOutput()
	if err != nil {
		w.Fatal(err)
	}
	return a, string(out)
}

func (w *workshop) try(changed ...string) (Artifact, error) {
	w.Helper()
	w.id++
	q := w.request(changed...)
	a, err := w.builder.Build(w.Context(), q)
	if err == nil {
		w.prev = a
	}
	return a, err
}

func (w *workshop) request(changed ...string) Request {
	q := Request{
		Config: w.config, Package: ".", ID: w.id, Prev: w.prev, Inject: w.inject, Included: w.included,
	}
	for _, name := range changed {
		q.Changed = append(q.Changed, w.at(name))
	}
	return q
}

// learn makes the builder learn from the last build.
func (w *workshop) learn() {
	w.Helper()
	if err := w.tryToLearn(); err != nil {
		w.Fatal(err)
	}
}

func (w *workshop) tryToLearn() error {
	w.Helper()
	graph, err := w.builder.Graph(w.Context(), w.config, ".")
	if err != nil {
		w.Fatal(err)
	}
	return w.builder.Learn(w.Context(), w.request(), w.prev, graph)
}

// edit replaces a text in a file.
func (w *workshop) edit(name, old, new string) {
	w.Helper()
	text := read(w.T, w.at(name))
	if !strings.Contains(text, old) {
		w.Fatalf("%s has no %q", name, old)
	}
	modtest.Write(w.T, w.at(name), strings.Replace(text, old, new, 1))
}

// add adds a file for the rest of the test.
func (w *workshop) add(name, text string) {
	w.Helper()
	modtest.Write(w.T, w.at(name), text)
	w.Cleanup(func() { os.Remove(w.at(name)) })
}

// expect builds, and checks how that was done and what the app prints.
func (w *workshop) expect(direct bool, want string, changed ...string) {
	w.Helper()
	a, printed := w.build(changed...)
	if a.Direct != direct || printed != want {
		w.Fatalf("direct %v (%s), prints %q; want %v, %q", a.Direct, a.Why, printed, direct, want)
	}
}

func TestDirectBuild(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t, library)
	w.expect(false, "hello world page\n")
	w.expect(false, "hello world page\n") // nothing was learned yet
	w.learn()

	w.edit("word/word.go", `"hello"`, `"good day"`)
	w.expect(true, "good day world page\n", "word/word.go")
	w.edit("main.go", `"world"`, `"you"`)
	w.expect(true, "good day you page\n", "main.go")
	w.edit("page/page.txt", "page", "leaf")
	w.expect(true, "good day you leaf\n", "page/page.txt")

	// These changes are not reported, as when watch.exclude hides them.
	w.edit("greet/greet.go", `" " +`, `", " +`)
	w.edit("word/word.go", `"good day"`, `"hi"`)
	w.expect(true, "hi, you leaf\n")
}

func TestDirectBuildOfNothing(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t, library)
	w.build()
	w.learn()
	w.edit("word/word.go", "//go:noinline", "//go:noinline ")
	if a, _ := w.build("word/word.go"); !a.Same || !a.Direct {
		t.Errorf("a change of blanks made %+v", a)
	}
	w.edit("word/word.go", `"hello"`, `"hi"`)
	w.build("word/word.go")
	w.edit("word/word.go", `"hi"`, `"hello" `)
	if a, printed := w.build("word/word.go"); a.Same || printed != "hello world page\n" {
		t.Errorf("a change back to the first version made %+v, which prints %q", a, printed)
	}
	left(t, w.builder, "1", "3", "4")
}

// Importers are compiled again only if they see a difference.
func TestDirectBuildOfImporters(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t, library)
	w.build()
	w.learn()
	w.edit("word/word.go", `"hello"`, `"hi"`)
	w.build("word/word.go")
	w.compiled("example.com/app/word") // importers see nothing of the change
	w.edit("word/word.go", "//go:noinline\n", "")
	w.edit("word/word.go", "func Word() string { return text }", "func Word(more ...int) int { return len(text) + len(more) }")
	w.edit("greet/greet.go", `word.Word() + " " + who`, `string(rune('0' + word.Word(1, 2, 3))) + who`)
	w.expect(true, "5world page\n", "word/word.go", "greet/greet.go")
	w.edit("word/word.go", `len(text)`, `1 + len(text)`) // inlined where it is called
	w.expect(true, "6world page\n", "word/word.go")
}

// The go command builds when the package graph may have changed.
func TestIndirectBuild(t *testing.T) {
	modtest.Slow(t)
	t.Parallel()
	w := newWorkshop(t, library)
	w.build()
	for _, test := range []struct {
		name string
		edit func() (changed []string)
		want string
	}{
		{"an import", func() []string {
			w.edit("word/word.go", "package word", "package word\n\nimport _ \"example.com/app/other\"")
			return []string{"word/word.go"}
		}, "hello world page\n"},
		{"a new file", func() []string {
			w.add("word/init.go", "package word\n\nfunc init() { print(\"init \") }\n")
			return []string{"word/init.go"}
		}, "init hello world page\n"},
		{"a new file that is not reported", func() []string {
			w.add("word/more.go", "package word\n\nfunc init() { print(\"more \") }\n")
			return nil
		}, "init more hello world page\n"},
		{"go.mod", func() []string {
			w.edit("go.mod", "go 1.26", "go 1.25")
			return []string{"go.mod"}
		}, "init more hello world page\n"},
		{"a debug setting", func() []string {
			w.edit("main.go", "package main", "//go:debug panicnil=1\npackage main")
			return []string{"main.go"}
		}, "init more hello world page\n"},
		{"an embed pattern", func() []string {
			w.edit("page/page.go", "page.txt", "*.txt")
			return []string{"page/page.go"}
		}, "init more hello world page\n"},
	} {
		w.learn()
		a, printed := w.build(test.edit()...)
		if a.Direct || a.Why == "" || printed != test.want {
			t.Errorf("%s: direct %v because %q, prints %q; want %q", test.name, a.Direct, a.Why, printed, test.want)
		}
	}
	w.learn()
	w.edit("main.go", `"world"`, `"you"`)
	w.expect(true, "init more hello you page\n", "main.go")
}

// The go command explains errors of the compiler. The fix is built directly.
func TestDirectBuildAfterError(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t, library)
	w.build()
	w.learn()
	w.edit("greet/greet.go", "who }", "person }")
	var failed *Error
	if _, err := w.try("greet/greet.go"); !errors.As(err, &failed) {
		t.Fatalf("error %v, want diagnostics", err)
	} else if d := failed.Diagnostics[0]; !strings.HasSuffix(d.File, "greet.go") || d.Message != "undefined: person" {
		t.Errorf("diagnostic %+v", d)
	}
	w.edit("greet/greet.go", "person }", "who + who }")
	w.expect(true, "hello worldworld page\n", "greet/greet.go")
}

// Nothing is learned if the sources have changed since the build.
func TestLearnOutOfDate(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t, library)
	w.build()
	w.edit("main.go", `"world"`, `"you"`)
	if err := w.tryToLearn(); err == nil {
		t.Error("an artifact was learned from other sources")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.builder.Learn(ctx, w.request(), w.prev, nil); err == nil {
		t.Error("something was learned although the context had ended")
	}
	w.expect(false, "hello you page\n", "main.go")
}

func TestCannotLearn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]Config{
		"not wanted":        {},
		"a build command":   {Direct: true, Command: []string{"true"}, Output: "x"},
		"version control":   {Direct: true, Flags: []string{"-buildvcs=true"}},
		"an overlay":        {Direct: true, Flags: []string{"-overlay", "o.json"}},
		"GOFLAGS":           {Direct: true, Env: map[string]string{"GOFLAGS": "-modfile=other.mod"}},
		"a tool in between": {Direct: true, Flags: []string{"--toolexec=garble"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkshop(t, library)
			if err := w.builder.Learn(t.Context(), Request{Config: c, Package: "."}, Artifact{}, nil); !errors.Is(err, ErrCannotLearn) {
				t.Errorf("error %v, want ErrCannotLearn", err)
			}
		})
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
