// Package carry copies the state of a value into another value, whose type is a newer
// version of the first one's type.
//
// In go the old value and the new one; out come the new value with the old one's state, and
// a report by the paths of fields.
//
// What always holds: the old value is only read; as far as reflection can see, nothing that
// is carried calls code of the old version; pointers to one thing point to one thing again,
// and cycles stay closed; what cannot be carried stays as it is in the new value, and is
// reported.
//
// Neither value may be in use meanwhile. Values whose type is the same in both versions are
// not copied: the two share them.
//
// A value whose type both versions have is passed on whole, unless a scan finds code of the old
// version in it. That is told by the import paths that the packages of a plugin are built with
// (/hr and a hash). Types of the plugin itself are carried field by field. Types of other
// packages, such as http.ServeMux, then stay as New made them: their fields must not be mixed.
package carry

import (
	"maps"
	"reflect"
	"slices"
	"unsafe"
)

// Report says what became of the state, by the paths of fields, such as "Counter.hits".
// "[]" in a path stands for all elements of a slice, an array or a map.
type Report struct {
	Carried   []string // is in the new value
	Converted []string // is in the new value, as another type of number or text, or atomic in one of them only
	Dropped   []string // is not in the new value
	Zeroed    []string // starts from zero in the new value: locks and the like, and new fields
}

// Options are what carry cannot see for itself.
type Options struct {
	// Closed says that the old value will be closed: what its Close may end (channels,
	// contexts and values that have a Close themselves) stays with it.
	Closed bool
	// Fresh reports types whose values the new version completes by itself: they stay as
	// it made them, and count as carried. Nil: there are none.
	Fresh func(reflect.Type) bool
}

// Into carries old's state into next, and returns the result. It is not next itself if next
// is not a pointer, or if old has the same type and can be used as it is.
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

// carrier is one call of Into.
type carrier struct {
	Options
	seen    map[place]reflect.Value // places in the old value -> pointers to their counterparts in the new one
	taken   map[place]bool          // places in the new value that are counterparts
	later   []func()                // what pointers point at, and what depends on it
	keep    []reflect.Value         // keeps addresses in seen from being reused
	known   map[string]reflect.Type // types of the new version, by their names in all versions
	reaches map[reflect.Type]map[reflect.Type]bool
	moved   map[reflect.Type]bool // types of the places in seen
	plans   map[pair]*plan
	fitting map[pair]bool
	placed  map[reflect.Type]bool
	aims    map[reflect.Type]bool // types that pointers in the old value point at
	oldPkg  string                // the package of the old value, if the new one's differs

	outcome
}

// outcome collects a Report.
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
		delete(c.carried, way) // some of the elements are
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

// addressable returns v, or a copy that has an address.
func addressable(v reflect.Value) reflect.Value {
	if v.CanAddr() {
		return v
	}
	copied := reflect.New(v.Type()).Elem()
	copied.Set(v)
	return copied
}

// field is a field of a struct, exported or not.
func field(v reflect.Value, i int) reflect.Value {
	f := v.Field(i)
	return reflect.NewAt(f.Type(), unsafe.Pointer(f.UnsafeAddr())).Elem()
}
