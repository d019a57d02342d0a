package hot

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"hotreload/hot/internal/process"
	"hotreload/internal/appsock/wire"
)

// Tunable is a value that can be set while the app runs.
type Tunable[T any] struct {
	now atomic.Pointer[T]
}

// Load returns the current value. Any goroutine may call it at any time. If the value is a
// map, a slice or a pointer, do not write to it.
func (t *Tunable[T]) Load() T { return *t.now.Load() }

// Tune makes a value that the user can set while the app runs under hotreload:
//
//	var limits = hot.Tune("limits", Limits{Rate: 10, Burst: 20})
//	…
//	if rate > limits.Load().Rate { … }
//
// and in a terminal `hotreload set limits.Rate 25`. A struct, a map or a slice can be set as
// JSON; fields that the JSON does not name keep their values. A method Validate() error, on T
// or *T, can refuse a new value.
//
// A value that was set stays set in the processes that follow, until the session ends or its
// default in the code changes; for a struct this holds field by field. Without hotreload the
// value is always the default.
//
// The same name with the same type is the same value, with the newer default. With another
// type Tune panics, unless the type is another version of the same type, in a plugin: then the
// value is set in all versions that have a place for it.
func Tune[T any](name string, def T) *Tunable[T] { return tune(theApp(), name, def) }

// tuning has all tunables.
type tuning struct {
	sets process.Queue

	mu    sync.Mutex
	asked bool                 // hotreload was asked for hands
	hands map[string]wire.Hand // set in earlier processes, and not claimed by Tune
	all   map[string]*tunable
}

// tunable is a Tunable of any type.
type tunable struct {
	is    any // the Tunable
	of    reflect.Type
	def   reflect.Value
	load  func() reflect.Value
	store func(reflect.Value)

	older []*tunable // the same name with other versions of the type: they may still serve, or serve again
}

func tune[T any](a *app, name string, def T) *Tunable[T] {
	hands := a.hands()
	t := &a.tuning
	t.mu.Lock()
	there := t.all[name]
	is, older := versions[T](there)
	if there != nil {
		if want := reflect.TypeFor[T](); there.of.String() != want.String() {
			t.mu.Unlock()
			panic(fmt.Sprintf("hot.Tune: %s has type %s, and cannot have type %s as well", name, there.of, want))
		}
		hands = map[string]wire.Hand{name: {Default: shown(there.def), Value: shown(there.load())}}
	}
	hand, set := hands[name]
	delete(hands, name)
	next := newTunable(is, def)
	next.older = older
	if !set || !next.takeOver(hand) {
		next.store(next.def)
	}
	t.all[name] = next
	t.mu.Unlock()
	a.tellTunables()
	return is
}

// versions returns the Tunable with the type T among those of a name, or a new one, and the
// others.
func versions[T any](there *tunable) (is *Tunable[T], others []*tunable) {
	is = &Tunable[T]{}
	if there == nil {
		return is, nil
	}
	for _, one := range append(slices.Clone(there.older), there) {
		if known, same := one.is.(*Tunable[T]); same {
			is = known
		} else {
			others = append(others, one)
		}
	}
	return is, others
}

func newTunable[T any](is *Tunable[T], def T) *tunable {
	return &tunable{
		is: is, of: reflect.TypeFor[T](), def: reflect.ValueOf(&def).Elem(),
		load:  func() reflect.Value { return reflect.ValueOf(is.now.Load()).Elem() },
		store: func(v reflect.Value) { value := v.Interface().(T); is.now.Store(&value) },
	}
}

// takeOver sets what was set in an earlier process, and reports whether it could.
func (t *tunable) takeOver(hand wire.Hand) bool {
	value, err := decoded(t.def, merged(hand.Default, hand.Value, shown(t.def)))
	if err != nil || validate(value) != nil {
		return false
	}
	t.store(value)
	return true
}

// hands is what was set in earlier processes, asked for once.
func (a *app) hands() map[string]wire.Hand {
	a.tuning.mu.Lock()
	defer a.tuning.mu.Unlock()
	if !a.tuning.asked {
		a.tuning.asked = true
		if answer, err := a.process.Ask(wire.Message{Tuned: &struct{}{}}); err == nil {
			a.tuning.hands = answer.Tuned
		}
	}
	return a.tuning.hands
}

// tellTunables lists all tunables for hotreload.
func (a *app) tellTunables() {
	t := &a.tuning
	t.mu.Lock()
	list := make([]wire.Tunable, 0, len(t.all))
	for _, name := range slices.Sorted(maps.Keys(t.all)) {
		one := t.all[name]
		list = append(list, wire.Tunable{
			Name: name, Type: one.of.String(), Default: shown(one.def), Value: shown(one.load()),
		})
	}
	defer t.mu.Unlock() // after the message, so that the newest list is the last one
	a.tell(wire.Message{Tunables: &wire.Tunables{List: list}})
}

// set sets a tunable for hotreload.
func (a *app) set(s wire.Set) {
	value, err := a.tuning.set(s.Name, s.Value)
	done := wire.SetDone{ID: s.ID}
	if err != nil {
		done.Error = err.Error()
	} else {
		a.process.Changed(process.Change{Kind: process.TunableSet, Name: s.Name, Value: value})
		a.tellTunables()
	}
	a.tell(wire.Message{SetDone: &done})
}

// set sets a tunable or a part of one, and returns the whole value.
func (t *tuning) set(name, text string) (any, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	one, path := t.find(name)
	if one == nil {
		return nil, fmt.Errorf("there is no tunable %s; the app has %s",
			name, strings.Join(slices.Sorted(maps.Keys(t.all)), ", "))
	}
	whole := name[:len(name)-len(path)]
	value, err := one.set(whole, path, text)
	if err != nil {
		return nil, err
	}
	for _, older := range one.older {
		_, _ = older.set(whole, path, text) // it may have no place for that
	}
	return value.Interface(), nil
}

// set sets the part at a path.
func (t *tunable) set(name, path, text string) (reflect.Value, error) {
	value, err := with(t.load(), name, path, typed(text))
	if err != nil {
		return value, err
	}
	if err := validate(value); err != nil {
		return value, fmt.Errorf("%s: %w", name, err)
	}
	t.store(value)
	return value, nil
}

// find returns the tunable with the longest name that is a prefix of a name, and the rest.
func (t *tuning) find(name string) (*tunable, string) {
	for known := name; ; {
		if one, ok := t.all[known]; ok {
			return one, name[len(known):]
		}
		i := strings.LastIndexByte(known, '.')
		if i < 0 {
			return nil, ""
		}
		known = known[:i]
	}
}

// validate calls the value's own Validate.
func validate(v reflect.Value) (err error) {
	p := reflect.New(v.Type())
	p.Elem().Set(v)
	of, ok := p.Interface().(interface{ Validate() error })
	if !ok {
		return nil
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("its Validate panicked: %v", r)
		}
	}()
	return of.Validate()
}
