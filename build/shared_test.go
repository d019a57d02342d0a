//go:build linux && amd64

package build

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"hotreload/build/internal/modtest"
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
	w.builder.Libraries = filepath.Join(os.TempDir(), "hotreload-test-lib")
	graph, err := w.builder.Graph(w.Context(), w.config, ".")
	if err != nil {
		w.Fatal(err)
	}
	if _, err := w.builder.Share(w.Context(), w.request(), graph); err != nil {
		w.Fatal(err)
	}
}

// rebuilt is what the app prints when the go command builds it.
func (w *workshop) rebuilt() string {
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
	return string(out)
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
	a, printed := w.build("word/word.go")
	t.Log(printed, a.Shared, a.Why)
}

// borders is an app that looks at everything that could differ where its own packages
// and those of the library meet.
const borders = `
-- go.mod --
module example.com/b

go 1.26

require example.com/lib v1.0.0

replace example.com/lib => ./mod/lib
-- hello.txt --
hello
-- main.go --
//go:debug panicnil=1
package main

import (
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"runtime"
	"runtime/debug"
	"strings"
	"debug/buildinfo"
	"os"
	"weak"
	"example.com/b/aa"
	"example.com/b/zz"
	"example.com/lib/c"
	"example.com/lib"
	_ "embed"
)

type own struct{ lib.S }

func (own) M() string { return "own" }

var global [3]lib.S
var gl2 struct{ a [2]lib.Pair[*int]; b lib.S }

//go:embed hello.txt
var hello string

var version = "none"

func main() {
	info, ok := debug.ReadBuildInfo()
	fmt.Println(strings.Join(lib.Log, " "), aa.X, zz.X, hello, version, runtime.Version(), runtime.GOROOT() != "")
	fmt.Println(ok, info)
	defer func() {
		fmt.Println(recover())
		trace := strings.Split(string(debug.Stack()), "\n")
		for _, line := range trace {
			if before, _, ok := strings.Cut(line, " +0x"); ok { line = before }
			if at := strings.LastIndex(line, "/"); strings.HasPrefix(line, "\t") { line = line[at:] }
			if name, _, ok := strings.Cut(line, "("); ok && !strings.HasPrefix(line, "\t") { line = name }
			fmt.Println(line)
		}
	}()
	identities()
	collected()
	fmt.Println(c.Twice(21), lib.Version)
	func() {
		defer func() { fmt.Println("recovered", recover()) }()
		panic(nil)
	}()
	self, err := os.Executable()
	fmt.Println(self != "", err, os.Args[0] == self)
	read, err := buildinfo.ReadFile(self)
	fmt.Println(read, err)
	pc, file, line, _ := runtime.Caller(0)
	fmt.Println(runtime.FuncForPC(pc).Name(), file[strings.LastIndex(file, "/"):], line)
	zz.Fail()
}

// Pointers that only variables of the library's types hold.
var kept [3]lib.S
var nested struct {
	n int
	a [2]struct { i int; p lib.Pair[*[64]int] }
}
var direct lib.Pair[*[64]int]
var held = map[lib.Pair[string]]*[64]int{}

func collected() {
	var all []weak.Pointer[[64]int]
	object := func() *[64]int {
		p := new([64]int)
		all = append(all, weak.Make(p))
		return p
	}
	nested.a[1].p.B, nested.a[0].p.A, direct.A, direct.B = object(), object(), object(), object()
	held[lib.Pair[string]{"a", "b"}] = object()
	kept[2].Q = object()
	for range 3 {
		runtime.GC()
	}
	for _, p := range all {
		fmt.Print(p.Value() != nil, " ")
	}
	fmt.Println()
}

func identities() {
	t := lib.Types()
	mine := map[string]reflect.Type{
		"map": reflect.TypeOf(map[string][]int{}),
		"chan": reflect.TypeOf(make(chan lib.S)),
		"fn": reflect.TypeOf(func(lib.S) error { return nil }),
		"struct": reflect.TypeOf(struct{ X lib.S }{}),
		"pair": reflect.TypeOf(lib.Pair[int8]{}),
		"ppair": reflect.TypeOf(&lib.Pair[int8]{}),
		"slS": reflect.TypeOf([]lib.S{}),
		"arr": reflect.TypeOf([3]lib.S{}),
		"pS": reflect.TypeOf(&lib.S{}),
		"S": reflect.TypeOf(lib.S{}),
		"anon": reflect.TypeOf((*interface{ Foo(lib.S) })(nil)),
	}
	for k := range mine {
		if t[k] != mine[k] { fmt.Println("DIFFERENT", k, t[k], mine[k]) }
	}
	cmp := func(n string, a, b reflect.Type) { if a != b { fmt.Printf("DIFFERENT %s %v %p %p\n", n, a, a, b) } }
	for _, x := range []map[string]reflect.Type{t, mine} {
		S := x["S"]
		cmp("MapOf", reflect.MapOf(reflect.TypeOf(""), reflect.TypeOf([]int{})), x["map"])
		cmp("ChanOf", reflect.ChanOf(reflect.BothDir, S), x["chan"])
		cmp("FuncOf", reflect.FuncOf([]reflect.Type{S}, []reflect.Type{reflect.TypeFor[error]()}, false), x["fn"])
		cmp("SliceOf", reflect.SliceOf(S), x["slS"])
		cmp("ArrayOf", reflect.ArrayOf(3, S), x["arr"])
		cmp("PtrTo", reflect.PointerTo(S), x["pS"])
		cmp("PtrToPair", reflect.PointerTo(x["pair"]), x["ppair"])
		cmp("Elem", x["ppair"].Elem(), x["pair"])
		cmp("Field", S.Field(0).Type, x["map"])
		cmp("Field1", S.Field(1).Type, x["pair"])
	}
	_, ok := lib.MakeMap().(map[string][]int)
	_, ok2 := lib.Pairs().(lib.Pair[int8])
	_, ok3 := lib.PtrS().(*lib.S)
	fmt.Println(ok, ok2, ok3, lib.IsMap(map[string][]int{}))
	i, ok4 := lib.AsI(lib.Pair[int8]{1, 2})
	var j lib.I = lib.Pair[int8]{1, 2}
	fmt.Println(ok4, i == j, lib.MakeI() == j, i.M(), any(lib.Pairs()) == any(lib.Pair[int8]{1, 2}))
	var k lib.I = own{}
	l, _ := lib.AsI(own{})
	fmt.Println(reflect.TypeOf(k) == reflect.TypeOf(l), l.M())
	m, ok5 := reflect.TypeOf(own{}).MethodByName("M")
	fmt.Println(ok5, m.Type)
	err := error(&fs.PathError{Op: "x", Err: fs.ErrNotExist})
	var pe *fs.PathError
	fmt.Println(errors.As(err, &pe), errors.Is(err, fs.ErrNotExist))
	global[1].N = map[string][]int{"x": {1}}
	gl2.a[1].B = new(int)
	fmt.Println(global[1], *gl2.a[1].B)
	f := func(S lib.S) error { return nil }
	cmp("fm", reflect.TypeOf(f).In(0), t["S"])
	mt := t["pair"].Method(0)
	cmp("method", mt.Type, mine["pair"].Method(0).Type)
}

-- aa/aa.go --
package aa

import "example.com/lib"

var X = func() int { lib.Log = append(lib.Log, "aa"); return 1 }()
-- zz/zz.go --
package zz

import "example.com/lib"

var X = func() int { lib.Log = append(lib.Log, "zz"); return 2 }()

func Fail() {
	var p *int
	*p = 1
}
-- mod/lib/go.mod --
module example.com/lib

go 1.26
-- mod/lib/c/c.go --
package c

/*
int twice(int n);
*/
import "C"

//export back
func back(n C.int) C.int { return n }

func Twice(n int) int { return int(C.twice(C.int(n))) }
-- mod/lib/c/twice.c --
#include "_cgo_export.h"

int twice(int n) { return back(n) * 2; }
-- mod/lib/lib.go --
package lib

import ("reflect"; "os/user"; "fmt")

var _ = user.Current

type Pair[T any] struct{ A, B T }
type S struct {
	N map[string][]int
	P Pair[int8]
	Q *[64]int
}

var Version = "none"

type I interface{ M() string }

func (p Pair[T]) M() string { return fmt.Sprint(p.A, p.B) }
var Log []string

func init() { Log = append(Log, "lib") }

func MakeMap() any { return map[string][]int{"a": {1}} }
func Pairs() any { return Pair[int8]{1, 2} }
func PtrS() any { return &S{} }
func Types() map[string]reflect.Type {
	return map[string]reflect.Type{
		"map": reflect.TypeOf(map[string][]int{}),
		"chan": reflect.TypeOf(make(chan S)),
		"fn": reflect.TypeOf(func(S) error { return nil }),
		"struct": reflect.TypeOf(struct{ X S }{}),
		"pair": reflect.TypeOf(Pair[int8]{}),
		"ppair": reflect.TypeOf(&Pair[int8]{}),
		"slS": reflect.TypeOf([]S{}),
		"arr": reflect.TypeOf([3]S{}),
		"pS": reflect.TypeOf(&S{}),
		"S": reflect.TypeOf(S{}),
		"anon": reflect.TypeOf((*interface{ Foo(S) })(nil)),
	}
}
func IsMap(v any) bool { _, ok := v.(map[string][]int); return ok }
func AsI(v any) (I, bool) { i, ok := v.(I); return i, ok }
func MakeI() I { return Pair[int8]{1, 2} }
`

// Whatever an app sees of itself is as in go build's executable.
func TestSharedBuildIsTheSame(t *testing.T) {
	modtest.Slow(t)
	t.Parallel()
	w := newWorkshop(t, borders)
	w.config.Env = map[string]string{"GOMODCACHE": w.at("mod")}
	w.config.Flags = []string{"-ldflags=-X main.version=1.2.3 -X example.com/lib.Version=4.5"}
	w.config.Shared = true
	w.build()
	w.learn()
	w.share()
	w.edit("zz/zz.go", "*p = 1", "*p = 2")
	a, printed := w.build("zz/zz.go")
	if !a.Shared {
		t.Fatalf("it was linked as a whole: %s", a.Why)
	}
	if want := w.rebuilt(); printed != want {
		t.Errorf("it prints\n%s\nand go build's\n%s", printed, want)
	}
}

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
	s += fmt.Sprintln(lib.Wrap(Crossed{}) == lib.I(Crossed2{}), reflect.PointerTo(t) == reflect.TypeOf(&Crossed{}), reflect.MapOf(t, t) == reflect.TypeFor[map[struct{ Crossed }]int](), t.NumMethod(), reflect.PointerTo(t).NumMethod())
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
	modtest.Slow(t)
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
	for n := range max(4, *edits) {
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
