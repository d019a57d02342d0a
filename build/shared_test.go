//go:build linux && amd64

package build

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hotreload/build/internal/modtest"
	"hotreload/build/shared"
)

const sharedApp = `
-- go.mod --
module example.com/app

go 1.26
-- main.go --
package main

import (
	"fmt"
	"os/user"
	"runtime/debug"

	"example.com/app/word"
)

var _ = user.Current

func main() {
	info, _ := debug.ReadBuildInfo()
	fmt.Println(word.Word(), info.Path)
}
-- word/word.go --
package word

const text = "hello"

//go:noinline
func Word() string { return text }
`

// share makes the library of an app.
func (w *workshop) share() {
	w.Helper()
	w.config.Shared = true
	w.builder.Libraries = filepath.Join(w.TempDir(), "libraries")
	graph, err := w.builder.Graph(w.Context(), w.config, ".")
	if err != nil {
		w.Fatal(err)
	}
	if _, err := w.builder.Share(w.Context(), w.request(), graph, true); err != nil {
		w.Fatal(err)
	}
}

// date sets the time at which a file was last written.
func (w *workshop) date(name string, when time.Time) {
	w.Helper()
	if err := os.Chtimes(w.at(name), when, when); err != nil {
		w.Fatal(err)
	}
}

// inits are the packages that an executable initializes, in order.
func (w *workshop) inits(path string) string {
	w.Helper()
	cmd := exec.Command(path)
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		w.Fatalf("%v: %s", err, out)
	}
	var all []string
	for line := range strings.Lines(string(out)) {
		if name, ok := strings.CutPrefix(line, "init "); ok {
			name, _, _ = strings.Cut(name, " ")
			all = append(all, name)
		}
	}
	return strings.Join(all, " ")
}

// rebuilt is what the app prints when the go command builds it.
func (w *workshop) rebuilt() (path, printed string) {
	w.Helper()
	w.id++
	q := w.request()
	q.Full = true
	a, err := w.builder.Build(w.Context(), q)
	if err != nil {
		w.Fatal(err)
	}
	out, err := exec.Command(a.Path).CombinedOutput()
	if err != nil {
		w.Fatalf("%v: %s", err, out)
	}
	return a.Path, string(out)
}

func TestSharedBuild(t *testing.T) {
	modtest.Slow(t)
	t.Parallel()
	w := newWorkshop(t, sharedApp)
	w.config.Shared = true
	w.build()
	w.learn()
	w.share()
	w.edit("word/word.go", `"hello"`, `"good day"`)
	w.linked("good day example.com/app\n", "word/word.go")
	w.edit("main.go", "word.Word(),", "word.Word() + \"!\",")
	w.linked("good day! example.com/app\n", "main.go")

	w.edit("main.go", "word.Word()", "word.Wrod()")
	var failed *Error
	if _, err := w.try("main.go"); !errors.As(err, &failed) || failed.Diagnostics[0].Message != "undefined: word.Wrod" {
		t.Errorf("error %v", err)
	}
	w.edit("main.go", "word.Wrod()", "word.Word()")
	if a, _ := w.build("main.go"); !a.Same || !a.Shared {
		t.Errorf("what was undone came out as %+v", a)
	}
}

// linked builds, and checks that the app was linked against the library, and what it prints.
func (w *workshop) linked(want string, changed ...string) {
	w.Helper()
	a, printed := w.build(changed...)
	if !a.Shared || printed != want {
		w.Fatalf("shared %v (%s), prints %q; want %q", a.Shared, a.Why, printed, want)
	}
}

// Where a library does not fit, the app is linked as a whole, or the go command builds it.
func TestSharedBuildInDoubt(t *testing.T) {
	modtest.Slow(t)
	t.Parallel()
	w := newWorkshop(t, sharedApp)
	w.config.Shared = true
	w.build()
	w.learn()
	w.share()
	w.edit("main.go", "word.Word()", "word.Word() + \"!\"")
	w.linked("hello! example.com/app\n", "main.go")
	if err := os.RemoveAll(filepath.Join(w.builder.cache, "lib")); err != nil {
		t.Fatal(err)
	}
	w.edit("word/word.go", `"hello"`, `"hi"`)
	// As on a machine so fast that the build looks at the file as soon as it is written.
	w.date("word/word.go", time.Now().Add(time.Hour))
	a, printed := w.build("word/word.go")
	w.date("word/word.go", time.Now().Add(-time.Hour))
	if a.How() != "direct" || a.Why == "" || printed != "hi! example.com/app\n" {
		t.Errorf("without the library: %s (%s), %q", a.How(), a.Why, printed)
	}
	if err := os.Mkdir(filepath.Join(w.builder.cache, "lib"), 0o700); err != nil {
		t.Fatal(err)
	}
	w.share()
	w.edit("word/word.go", `"hi"`, `"hey"`)
	w.linked("hey! example.com/app\n", "word/word.go")

	w.edit("word/word.go", "package word", "package word\n\nimport _ \"strings\"")
	if a, printed := w.build("word/word.go"); a.How() != "go" || printed != "hey! example.com/app\n" {
		t.Errorf("with another import: %s, %q", a.How(), printed)
	}
}

// What cannot be linked alone says why, and is built as before.
func TestNotShared(t *testing.T) {
	modtest.Slow(t)
	t.Parallel()
	for name, test := range map[string]struct {
		change func(w *workshop)
		want   string
	}{
		"not wanted":           {func(w *workshop) { w.config.Shared = false }, "build.shared is false"},
		"a static app":         {func(*workshop) {}, "it is linked statically, because it uses no C library"},
		"cgo off":              {func(w *workshop) { w.config.Env = map[string]string{"CGO_ENABLED": "0"} }, "CGO_ENABLED is 0"},
		"no compiler":          {func(w *workshop) { w.config.Env = map[string]string{"CC": "no-such-cc"} }, "there is no C compiler, no-such-cc, to link with"},
		"a flag of the linker": {func(w *workshop) { w.config.Flags = []string{"-ldflags=-bindnow"} }, "the linker gets -bindnow"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkshop(t, library)
			w.config.Shared = true
			test.change(w)
			w.build()
			w.learn()
			w.builder.Libraries = t.TempDir()
			graph, err := w.builder.Graph(w.Context(), w.config, ".")
			if err != nil {
				t.Fatal(err)
			}
			_, err = w.builder.Share(w.Context(), w.request(), graph, true)
			if !errors.Is(err, shared.ErrUnfit) || !strings.HasSuffix(err.Error(), test.want) {
				t.Errorf("error %v, want %s", err, test.want)
			}
			w.edit("main.go", `"world"`, `"you"`)
			w.expect(true, "hello you page\n", "main.go")
		})
	}
}
