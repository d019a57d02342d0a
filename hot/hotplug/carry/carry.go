// Package carry carries a value's state into another value whose type is a newer version
// of the first one's.
//
// In go the old value and the new one; out come the new one with the old one's state,
// and a report by the paths of fields. What always holds: the old value is only read;
// nothing that is carried calls code of the old version, as far as that can be seen;
// pointers to one thing are pointers to one thing again, and cycles stay closed; what
// cannot be carried stays as it is in the new value, and is told.
//
// Both values must be at rest. What both versions know by the same type is passed on and
// not copied: the two share it.
package carry

import (
	"maps"
	"reflect"
	"slices"
	"unsafe"
)

// Report tells what became of the state. A path is that of a field, such as
// "Counter.hits"; "[]" in it stands for all elements of a slice, an array or a map.
type Report struct {
	Carried   []string // is in the new value
	Converted []string // is in the new value, as another type of number or text, or from and to an atomic one
	Dropped   []string // is not in the new value
	Zeroed    []string // of the new value, begins anew: locks and the like, and fields that the old one had not
}

// Options say what is particular about two values.
type Options struct {
	// Closed says that the old value is closed later: what its Close may end, channels,
	// contexts and what can be closed itself, stays with it.
	Closed bool
	// Fresh reports types whose values the new version has made complete by itself: they
	// stay as it made them, and count as carried. Nil: there are none.
	Fresh func(reflect.Type) bool
}

// Into carries old's state into next, and returns next. That is another value than was given if next
// is no pointer, or if old's type is the same and can be passed on.
func Into(next, old any, o Options) (any, Report) {
	c := &carrier{
		Options: o,
		seen:    map[place]reflect.Value{}, taken: map[place]bool{},
		known: map[string]reflect.Type{}, reaches: map[reflect.Type]map[reflect.Type]bool{}, moved: map[reflect.Type]bool{}, aims: map[reflect.Type]bool{},
		plans: map[pair]*plan{}, fitting: map[pair]bool{}, placed: map[reflect.Type]bool{},
		outcome: newOutcome(),
	}
	if next == nil || old == nil {
		return next, c.report()
	}
	to, from := reflect.New(reflect.TypeOf(next)).Elem(), addressable(reflect.ValueOf(old))
	to.Set(reflect.ValueOf(next))
	c.tellApart(to, from)
	c.learn(to)
	c.aimAt(from.Type())
	c.root(to, from, trail{text: rootName(to.Type())})
	for len(c.later) > 0 {
		do := c.later[0]
		c.later = c.later[1:]
		do()
	}
	return to.Interface(), c.report()
}

// carrier is one carrying.
type carrier struct {
	Options
	seen    map[place]reflect.Value // of the old value -> pointers to what stands for it in the new one
	taken   map[place]bool          // of the new value: stands for something
	later   []func()                // what pointers point at, and what waits for that
	keep    []reflect.Value         // so that no address in seen is used again
	known   map[string]reflect.Type // types of the new version, by the names that they have in any
	reaches map[reflect.Type]map[reflect.Type]bool
	moved   map[reflect.Type]bool // types of what has an address in seen
	plans   map[pair]*plan
	fitting map[pair]bool
	placed  map[reflect.Type]bool
	aims    map[reflect.Type]bool // types that pointers of the old value point at
	oldPkg  string                // the package of the old value, if it is another one

	outcome
}

// outcome is a Report in the making.
type outcome struct{ carried, converted, dropped, zeroed set }

func newOutcome() outcome { return outcome{set{}, set{}, set{}, set{}} }

// place is where a value lies.
type place struct {
	at unsafe.Pointer
	of reflect.Type
}

func placeOf(v reflect.Value) place { return place{v.Addr().UnsafePointer(), v.Type()} }

type set map[string]bool

func (s set) sorted() []string {
	if len(s) == 0 {
		return []string{}
	}
	return slices.Sorted(maps.Keys(s))
}

func (c *carrier) report() Report {
	for way := range c.converted {
		delete(c.carried, way) // of some elements it is so
	}
	return Report{
		Carried: c.carried.sorted(), Converted: c.converted.sorted(),
		Dropped: c.dropped.sorted(), Zeroed: c.zeroed.sorted(),
	}
}

func rootName(t reflect.Type) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Name() != "" {
		return t.Name()
	}
	return t.String()
}

// addressable is v where it lies, or a copy that lies somewhere.
func addressable(v reflect.Value) reflect.Value {
	if v.CanAddr() {
		return v
	}
	copied := reflect.New(v.Type()).Elem()
	copied.Set(v)
	return copied
}

// field is a struct's field, also when it is not exported.
func field(v reflect.Value, i int) reflect.Value {
	f := v.Field(i)
	return reflect.NewAt(f.Type(), unsafe.Pointer(f.UnsafeAddr())).Elem()
}
