package carry

import (
	"context"
	"io"
	"math"
	"reflect"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A number is carried if the other type can hold it exactly.
func TestNumbers(t *testing.T) {
	for _, test := range []struct {
		from, to any
		ok       bool
	}{
		{int8(-5), int64(-5), true},
		{int64(127), int8(127), true},
		{int64(128), int8(0), false},
		{int64(-1), uint64(0), false},
		{uint64(math.MaxUint64), int64(0), false},
		{uint64(math.MaxUint64), float64(0), false},
		{int64(math.MaxInt64), float64(0), false},
		{int64(math.MinInt64), float64(math.MinInt64), true},
		{int64(1<<53 + 1), float64(0), false},
		{3, 3.0, true},
		{3.0, 3, true},
		{3.5, 0, false},
		{1e300, int64(0), false},
		{1e300, float32(0), false},
		{0.5, float32(0.5), true},
		{math.Inf(1), float32(math.Inf(1)), true},
		{math.Inf(1), 0, false},
		{time.Second, int64(time.Second), true},
	} {
		got, report := Into(reflect.Zero(reflect.TypeOf(test.to)).Interface(), test.from, Options{})
		if got != test.to || len(report.Dropped) == 0 != test.ok {
			t.Errorf("%T %v became %T %v; report %+v", test.from, test.from, got, got, report)
		}
	}
}

func TestTags(t *testing.T) {
	type old struct{ A, B, C int }
	type next struct {
		A int `hot:"-"`
		D int `hot:"B"`
		C int `hot:"Before"` // as it was called in a version before that
		E int
	}
	n := &next{A: 7}
	_, report := Into(n, &old{1, 2, 3}, Options{})
	if *n != (next{A: 7, D: 2, C: 3}) {
		t.Errorf("it is %+v", *n)
	}
	want := Report{Carried: []string{"next.C", "next.D"}, Converted: []string{}, Dropped: []string{"next.A"}, Zeroed: []string{"next.E"}}
	if diff := cmp.Diff(want, report); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Of a value that is closed later what its Close ends stays with it.
func TestClosed(t *testing.T) {
	type fields struct {
		Quit   chan bool
		Ctx    context.Context
		Cancel func()
		Log    io.Closer
		Hits   map[string]int
	}
	type later struct {
		Quit   chan bool
		Ctx    context.Context
		Cancel func()
		Log    io.Closer
		Hits   map[string]int
		mu     sync.Mutex
	}
	old := &fields{Quit: make(chan bool), Log: io.NopCloser(strings.NewReader("")), Hits: map[string]int{"a": 3}}
	old.Ctx, old.Cancel = context.WithCancel(context.Background())
	next := &later{Quit: make(chan bool), Log: io.NopCloser(strings.NewReader("x"))}
	next.Ctx, next.Cancel = context.WithCancel(context.Background())
	quit, ctx, log := next.Quit, next.Ctx, next.Log
	_, report := Into(next, old, Options{Closed: true})
	if next.Quit != quit || next.Ctx != ctx || next.Log != log || next.Hits["a"] != 3 {
		t.Errorf("it is %+v", next)
	}
	if !next.mu.TryLock() {
		t.Error("the lock is locked")
	}
	next.Cancel()
	if old.Ctx.Err() != nil || next.Ctx.Err() == nil {
		t.Error("the new version cancels the old one's context")
	}
	want := Report{
		Carried: []string{"later.Hits"}, Converted: []string{},
		Dropped: []string{"later.Cancel", "later.Ctx", "later.Log", "later.Quit"}, Zeroed: []string{"later.mu"},
	}
	if diff := cmp.Diff(want, report); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// link is a list of its own.
type link struct {
	next *link
	n    int32
}

type link2 struct {
	n    int64
	next *link2
}

// A long list does not recurse deeply.
func TestLongList(t *testing.T) {
	const length = 20_000
	defer debug.SetMaxStack(debug.SetMaxStack(4 << 20))
	var old *link
	for i := range length {
		old = &link{old, int32(i)}
	}
	got, _ := Into(&link2{}, old, Options{})
	n := 0
	for l := got.(*link2); l != nil; l = l.next {
		if n++; l.n != int64(length-n) {
			t.Fatalf("number %d is %d", n, l.n)
		}
	}
	if n != length {
		t.Errorf("there are %d, want %d", n, length)
	}
}

// Slices of one array are slices of one array again.
func TestSlicesOfOneArray(t *testing.T) {
	type old struct{ All, First []int32 }
	type next struct{ All, First []int64 }
	all := []int32{1, 2, 3}
	n := &next{}
	Into(n, &old{all, all[:1]}, Options{})
	n.First[0] = 7
	if n.All[0] != 7 || len(n.All) != 3 || len(n.First) != 1 {
		t.Errorf("they are %v and %v", n.All, n.First)
	}
}

// What was nil stays what New has made of it: the new version may rely on that.
func TestNil(t *testing.T) {
	type old struct {
		M map[string]int
		P *int
		F func() int
	}
	type next struct {
		M map[string]int
		P *int
		F func() int
		G int
	}
	n := &next{M: map[string]int{}, P: new(int), F: func() int { return 1 }}
	Into(n, &old{}, Options{})
	if n.M == nil || n.P == nil || n.F == nil {
		t.Errorf("it is %+v", n)
	}
}

func BenchmarkItems(b *testing.B) {
	type item struct {
		Name string
		Tags []string
		N    int32
	}
	type item2 struct {
		Name string
		Tags []string
		N    int64
	}
	type old struct{ Items map[int]*item }
	type next struct{ Items map[int]*item2 }
	o := &old{map[int]*item{}}
	for i := range 10_000 {
		o.Items[i] = &item{"name", []string{"a", "b"}, int32(i)}
	}
	for b.Loop() {
		Into(&next{}, o, Options{})
	}
}

// What the new version has made by itself stays as it is; what it has not made is dropped.
func TestFresh(t *testing.T) {
	type oldLimit struct{ Rate int }
	type newLimit struct{ Rate int }
	type oldState struct{ Limit, Gone *oldLimit }
	type newState struct{ Limit, Gone *newLimit }
	next := &newState{Limit: &newLimit{2}}
	fresh := func(t reflect.Type) bool { return t == reflect.TypeFor[*newLimit]() }
	_, report := Into(next, &oldState{&oldLimit{1}, &oldLimit{1}}, Options{Fresh: fresh})
	if next.Limit.Rate != 2 || next.Gone != nil {
		t.Errorf("the limit is %v, the other one %v", next.Limit, next.Gone)
	}
	want := Report{Carried: []string{"newState.Limit"}, Converted: []string{}, Dropped: []string{"newState.Gone"}, Zeroed: []string{}}
	if diff := cmp.Diff(want, report); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
