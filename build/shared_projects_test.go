//go:build linux && amd64

package build

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"hotreload/build/internal/modtest"
	"hotreload/build/shared"
)

// plain is an app with a module beside it, from which it has the word that it prints.
const plain = `
-- go.mod --
module example.com/app

go 1.26

require example.com/lib v1.0.0

replace example.com/lib => ./mod/lib
-- main.go --
package main

import (
	"fmt"
	_ "os/user"

	"example.com/lib"
)

func main() {
	fmt.Println("one", lib.Word(), more())
}
-- more.go --
package main

func more() any { return "more" }
-- mod/lib/go.mod --
module example.com/lib

go 1.26
-- mod/lib/lib.go --
package lib

func Word() string { return "word" }
`

// project is a kind of project: files beside those of the plain one, or instead.
type project struct {
	name  string
	files string
	want  string // why it cannot be linked alone; empty: it is
}

var projects = []project{
	{"vendor", `
-- vendor/modules.txt --
# example.com/lib v1.0.0 => ./mod/lib
## explicit; go 1.26
example.com/lib
# example.com/lib => ./mod/lib
-- vendor/example.com/lib/lib.go --
package lib

func Word() string { return "vendored" }
`, ""},
	{"a workspace", `
-- go.work --
go 1.26

use (
	.
	./beside
)
-- beside/go.mod --
module example.com/beside

go 1.26
-- beside/beside.go --
package beside

import "example.com/lib"

func Beside() string { return "beside " + lib.Word() }
-- more.go --
package main

import "example.com/beside"

func more() any { return beside.Beside() }
`, ""},
	{"a profile", "-- default.pgo --\n", "the compiler gets -pgoprofile"},
	{"C code of its own", `
-- more.go --
package main

// static int more(void) { return 7; }
import "C"

func more() any { return C.more() }
`, "package example.com/app has C code or assembly"},
	{"assembly of its own", `
-- more.go --
package main

func answer() int
func more() any { return answer() }
-- more_amd64.s --
TEXT ·answer(SB), 4, $0-8
	MOVQ $42, ret+0(FP)
	RET
`, "package example.com/app has C code or assembly"},
	{"a function that the library wants", `
-- mod/lib/lib.go --
package lib

import _ "unsafe"

func Word() string { return word() }

//go:linkname word
func word() string
-- more.go --
package main

import _ "unsafe"

//go:linkname more2 example.com/lib.word
func more2() string { return "linked" }

func more() any { return more2() }
`, "link the library"},
}

// An app is the one of go build in all kinds of projects.
func TestSharedProjects(t *testing.T) {
	modtest.Slow(t)
	t.Parallel()
	for _, p := range projects {
		t.Run(p.name, func(t *testing.T) {
			if p.want == "" && *edits == 0 {
				t.Skip("a library of its own: set -direct.edits to run it")
			}
			t.Parallel()
			w := newWorkshop(t, plain+p.files)
			w.config.Env = map[string]string{"GOMODCACHE": w.at("mod")}
			w.config.Shared = true
			if p.want != "" {
				w.refuses(p.want)
				return
			}
			w.build()
			w.learn()
			w.share()
			w.edit("main.go", `"one"`, `"two"`)
			if a := w.same("main.go"); !a.Shared {
				t.Errorf("it was built by %s: %s", a.How(), a.Why)
			}
		})
	}
}

// refuses checks that the app is linked as a whole, and why.
func (w *workshop) refuses(want string) {
	w.Helper()
	w.build()
	w.builder.Libraries = w.TempDir()
	if err := w.tryToLearn(); err == nil {
		graph, err := w.builder.Graph(w.Context(), w.config, ".")
		if err != nil {
			w.Fatal(err)
		}
		if _, err = w.builder.Share(w.Context(), w.request(), graph, true); err == nil || !strings.Contains(err.Error(), want) {
			w.Errorf("error %v, want %s", err, want)
		}
	}
	w.edit("main.go", `"one"`, `"two"`)
	if a := w.same("main.go"); a.Shared {
		w.Error("it was linked against a library")
	}
}

// borrower uses what its library does not export.
const borrower = plain + `
-- mod/lib/lib.go --
package lib

import _ "unsafe"

//go:linkname word
var word = "word"

//go:linkname empty
var empty string

//go:linkname secret
func secret() {}

func Word() string { return word + empty }
-- more.go --
package main

import (
	"runtime"
	_ "unsafe"
)

//go:linkname word example.com/lib.word
var word string

//go:linkname empty example.com/lib.empty
var empty = "not empty"

//go:linkname secret example.com/lib.secret
func secret()

//go:linkname exit os.runtime_beforeExit
func exit(code int)

func more() any {
	word += "!"
	_, _, line, _ := runtime.Caller(0)
	secret()
	exit(0)
	return line
}
`

// A variable without a value that has the name of one of the library's is the library's.
func TestSharedNames(t *testing.T) {
	modtest.Slow(t)
	t.Parallel()
	w := newWorkshop(t, borrower)
	w.config.Env = map[string]string{"GOMODCACHE": w.at("mod")}
	w.config.Shared = true
	w.build()
	w.learn()
	w.share()
	w.edit("main.go", `"one"`, `"two"`)
	if a := w.same("main.go"); !a.Shared {
		t.Errorf("it was built by %s: %s", a.How(), a.Why)
	}
	w.edit("more.go", "var word string", `var word = "another"`)
	if _, err := w.try("more.go"); err == nil || !strings.Contains(err.Error(), "duplicated definition of symbol example.com/lib.word") {
		t.Errorf("error %v, want go's linker to refuse a second value", err)
	}
	w.edit("more.go", `var word = "another"`, "var word string")
	w.edit("more.go", "os.runtime_beforeExit", "os.sigpipe")
	w.edit("more.go", "func exit(code int)", "func exit()")
	w.edit("more.go", "exit(0)", "if line < 0 {\n\t\texit()\n\t}")
	w.build()
	w.learn()
	w.share()
	w.edit("more.go", "os.sigpipe", "runtime.schedule")
	if a, err := w.try("more.go"); err == nil || !strings.Contains(err.Error(), "invalid reference to runtime.schedule") {
		t.Errorf("built by %s, error %v; want go's linker to refuse what it does not let others use", a.How(), err)
	}
}

// Without a C compiler, nobody links with one.
func TestSharedWithoutCompiler(t *testing.T) {
	modtest.Slow(t)
	path, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(path, filepath.Join(dir, "go")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	w := newWorkshop(t, sharedApp)
	w.config.Shared = true
	w.build()
	w.learn()
	w.builder.Libraries = t.TempDir()
	graph, err := w.builder.Graph(w.Context(), w.config, ".")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.builder.Share(w.Context(), w.request(), graph, true); !errors.Is(err, shared.ErrUnfit) || !strings.HasSuffix(err.Error(), "CGO_ENABLED is 0") {
		t.Errorf("error %v", err)
	}
	if err := w.builder.Sharable(w.Context(), w.config, false); err == nil {
		t.Error("it can be linked without a compiler")
	}
	w.edit("word/word.go", `"hello"`, `"good day"`)
	w.expect(true, "good day example.com/app\n", "word/word.go")
}
