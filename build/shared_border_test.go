//go:build linux && amd64

package build

import (
	"strings"
	"testing"

	"hotreload/build/internal/modtest"
)

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
	inits := w.inits(a.Path)
	whole, want := w.rebuilt()
	if printed != want {
		t.Errorf("it prints\n%s\nand go build's\n%s", printed, want)
	}
	if want := w.inits(whole); inits != want || !strings.Contains(inits, "example.com/b/aa") {
		t.Errorf("it initializes\n%s\nand go build's\n%s", inits, want)
	}
}
