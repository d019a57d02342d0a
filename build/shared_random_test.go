//go:build linux && amd64

package build

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"hotreload/build/internal/modtest"
)

// labyrinth is the source of an app whose packages use each other, and the library, in
// every way that makes one package see what is in another.
type labyrinth struct {
	maze
	turns []turn // beside each package of the maze
}

type turn struct {
	argument, methods, kept, body int
	failing, initial, stray       bool
}

var arguments = []string{"int8", "string", "Thing", "*Thing", "map[string]Thing", "lib.S", "lib.Pair[Thing]", "error", "struct{ A Thing }"}

func (l *labyrinth) change() int {
	i := l.random.IntN(len(l.turns))
	t := &l.turns[i]
	switch l.random.IntN(9) {
	case 0:
		t.argument = l.random.IntN(len(arguments))
	case 1:
		t.methods = l.random.IntN(3)
	case 2:
		t.kept = l.random.IntN(3)
	case 3:
		t.body = l.random.IntN(100)
	case 4:
		t.failing = !t.failing
	case 5:
		t.initial = !t.initial
	case 6:
		t.stray = !t.stray
	default:
		return l.maze.change()
	}
	return i
}

func (l *labyrinth) source(i int) string {
	t := l.turns[i]
	text := strings.Replace(l.maze.source(i), "import \"fmt\"\n", "import \"fmt\"\nimport \"reflect\"\nimport \"example.com/lib\"\n", 1)
	text = strings.Replace(text, "return s + fmt.Sprintln(line)", "return s + fmt.Sprintln(line) + Crossing()", 1)
	if t.initial {
		text += fmt.Sprintf("\nfunc init() { lib.Log = append(lib.Log, \"p%d\") }\n", i)
	}
	for m := range t.methods {
		text += fmt.Sprintf("\nfunc (c Crossed) Method%d() int { return %d }\n", m, t.body)
	}
	if t.stray {
		text += "\ntype Stray[T any] struct{ lib.Pair[T] }\n\nfunc (s Stray[T]) Stray() T { return s.A }\n\nvar _ = fmt.Sprint(Stray[Thing]{}.Stray())\n"
	}
	failing := "nil"
	if t.failing {
		failing = "lib.Fail"
	}
	return text + fmt.Sprintf(`
type Crossed struct {
	lib.Pair[%[1]s]
	Thing
}

var kept [%[2]d]struct {
	n int
	c lib.Pair[*Crossed]
}

func Crossing() (s string) {
	var v any = lib.Pair[%[1]s]{}
	_, is := v.(lib.I)
	t := reflect.TypeOf(Crossed{})
	s = fmt.Sprintf("%%T %%v %%v %%v ", v, is, lib.Same[%[1]s](v), lib.TypeOf[%[1]s]() == reflect.TypeFor[lib.Pair[%[1]s]]())
	s += fmt.Sprintln(lib.Wrap(Crossed{}) == lib.I(Crossed2{}), reflect.PointerTo(t) == reflect.TypeOf(&Crossed{}), reflect.MapOf(reflect.TypeOf(""), t) == reflect.TypeFor[map[string]Crossed](), t.NumMethod(), reflect.PointerTo(t).NumMethod())
	for i := range t.NumMethod() {
		s += t.Method(i).Name + t.Method(i).Type.String() + " "
	}
	for i := range kept {
		kept[i].c.A = &Crossed{}
	}
	s += fmt.Sprint(len(kept), lib.Collect(), lib.Trace(func() { lib.Call(%[3]s); panic(%[4]d) }))
	return s
}

type Crossed2 struct{ lib.Pair[int] }
`, arguments[t.argument], 1+t.kept, failing, t.body)
}

const labyrinthLibrary = `
-- go.mod --
module example.com/maze

go 1.26

require example.com/lib v1.0.0

replace example.com/lib => ./mod/lib
-- main.go --
package main

import (
	"example.com/lib"
	"example.com/maze/p0"
	"example.com/maze/p1"
	"fmt"
)

func main() { fmt.Println(p0.All(), p1.All(), p0.New().Size(), lib.Log) }
-- mod/lib/go.mod --
module example.com/lib

go 1.26
-- mod/lib/lib.go --
package lib

import (
	"fmt"
	"os/user"
	"reflect"
	"runtime"
	"runtime/debug"
	"strings"
)

var _ = user.Current

var Log []string

type Pair[T any] struct{ A, B T }
type S struct{ N map[string][]int; P Pair[int8] }
type I interface{ M() string }

func (p Pair[T]) M() string { return fmt.Sprint(p.A, p.B) }

var Pairs = []any{Pair[int8]{}, &Pair[string]{}, Pair[S]{}, struct{ Pair[error] }{}}

func Same[T any](v any) bool { _, ok := v.(Pair[T]); return ok }

func TypeOf[T any]() reflect.Type { return reflect.TypeOf(Pair[T]{}) }

func Wrap(i I) I { return i }

func Fail() { panic("fail") }

func Call(f func()) {
	if f != nil {
		f()
	}
}

func Collect() string { runtime.GC(); return "" }

// Trace is the trace of the panic of a function, without what depends on how it is compiled.
func Trace(f func()) (s string) {
	defer func() {
		s = fmt.Sprint(recover(), "\n")
		for line := range strings.Lines(string(debug.Stack())) {
			line, _, _ = strings.Cut(line, " +0x")
			if name, _, ok := strings.Cut(line, "("); ok && !strings.HasPrefix(line, "\t") {
				line = name
			}
			s += strings.TrimSpace(line) + "\n"
		}
	}()
	f()
	return ""
}
`

// Whatever is edited, an executable that is linked against a library does what go
// build's does.
func TestRandomSharedBuilds(t *testing.T) {
	if *edits == 0 {
		t.Skip("TestRandomSharedKinds has more kinds: set -direct.edits to run this, too")
	}
	t.Parallel()
	t.Logf("seed %d", *seed)
	l := &labyrinth{maze: maze{random: rand.New(rand.NewPCG(*seed, 1)), packages: make([]mazePackage, 6)}, turns: make([]turn, 6)}
	archive := labyrinthLibrary
	name := func(i int) string { return fmt.Sprintf("p%d/p.go", i) }
	for i := range l.turns {
		archive += "-- " + name(i) + " --\n" + l.source(i)
	}
	w := newWorkshop(t, archive)
	w.config.Env = map[string]string{"GOMODCACHE": w.at("mod")}
	w.config.Shared = true
	w.build()
	w.learn()
	w.share()
	for n := range *edits {
		var changed []string
		for range 1 + l.random.IntN(2) {
			i := l.change()
			modtest.Write(t, w.at(name(i)), l.source(i))
			changed = append(changed, name(i))
		}
		a, printed := w.build(changed...)
		if !a.Shared {
			t.Fatalf("edit %d, of %s: it was linked as a whole: %s", n, changed, a.Why)
		}
		if want := w.sayings(); printed != want {
			t.Fatalf("edit %d, of %s: it prints\n%s\nand go build's\n%s", n, changed, printed, want)
		}
	}
}
