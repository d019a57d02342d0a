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

// Load is what it is now. It may be called from any goroutine, at any time; what it
// returns is nobody's to write into, if it is a map, a slice or a pointer.
func (t *Tunable[T]) Load() T { return *t.now.Load() }

// Tune makes a value that somebody can set by hand while hotreload runs the app:
//
//	var limits = hot.Tune("limits", Limits{Rate: 10, Burst: 20})
//	…
//	if rate > limits.Load().Rate { … }
//
// and in a terminal `hotreload set limits.Rate 25`. A whole struct, a map or a slice is set
// as JSON; what a struct's JSON does not name stays. If the value has a method Validate() error,
// on T or its pointer, that has a say.
//
// What was set by hand stays so in the processes that follow, each field for as long as its
// default in the code is the same: to change the default is to have it. It is forgotten with
// the session. Without hotreload the value is always the default.
//
// The same name with the same type is the same value, with the newer default. With another type
// Tune panics, unless it is a version of that type, in a plugin: what is set then is set in
// all versions that have a place for it.
func Tune[T any](name string, def T) *Tunable[T] { return tune(theApp(), name, def) }

// tuning are all tunables.
type tuning struct {
	sets process.Queue

	mu    sync.Mutex
	asked bool                 // what was set by hand is known
	hands map[string]wire.Hand // set in a process before, and not claimed
	all   map[string]*tunable
}

// tunable is a Tunable of any type.
type tunable struct {
	is    any // the Tunable
	of    reflect.Type
	def   reflect.Value
	load  func() reflect.Value
	store func(reflect.Value)

	older []*tunable // of other types of that name: versions of a plugin that may serve still, or again
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
			panic(fmt.Sprintf("hot.Tune: %s is there as a %s, and cannot be a %s, too", name, there.of, want))
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

// versions are the Tunable of a type among those of a name, or a new one, and the others.
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

// takeOver sets what was set by hand before, and reports whether that was possible.
func (t *tunable) takeOver(hand wire.Hand) bool {
	value, err := decoded(t.def, merged(hand.Default, hand.Value, shown(t.def)))
	if err != nil || validate(value) != nil {
		return false
	}
	t.store(value)
	return true
}

// hands is what was set by hand in the processes before, asked for once.
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

// tellTunables tells hotreload of all there are.
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
	defer t.mu.Unlock()                                                    // so that the newest list is told last
	_ = a.process.Send(wire.Message{Tunables: &wire.Tunables{List: list}}) // without hotreload nobody hears it
}

// set does what somebody asks for.
func (a *app) set(s wire.Set) {
	value, err := a.tuning.set(s.Name, s.Value)
	done := wire.SetDone{ID: s.ID}
	if err != nil {
		done.Error = err.Error()
	} else {
		a.process.Changed(process.Change{Kind: process.TunableSet, Name: s.Name, Value: value})
		a.tellTunables()
	}
	_ = a.process.Send(wire.Message{SetDone: &done}) // it may be gone: then nobody asks
}

// set sets a tunable or a part of one, and returns what the whole is then.
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

// set sets what a path leads to.
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

// find is the tunable of the longest name that a name begins with, and the rest of it.
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

// validate asks the value itself.
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
