package carry

import (
	"reflect"
	"runtime"
)

// reach is a type with all types that its values can contain, except within interfaces.
func (c *carrier) reach(t reflect.Type) map[reflect.Type]bool {
	if known, ok := c.reaches[t]; ok {
		return known
	}
	all := map[reflect.Type]bool{}
	for todo := []reflect.Type{t}; len(todo) > 0; {
		t := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if all[t] {
			continue
		}
		all[t] = true
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Chan:
			todo = append(todo, t.Elem())
		case reflect.Map:
			todo = append(todo, t.Key(), t.Elem())
		case reflect.Struct:
			for i := range t.NumField() {
				todo = append(todo, t.Field(i).Type)
			}
		case reflect.Func:
			for i := range t.NumIn() {
				todo = append(todo, t.In(i))
			}
			for i := range t.NumOut() {
				todo = append(todo, t.Out(i))
			}
		}
	}
	c.reaches[t] = all
	return all
}

// inPlace reports whether values of a type can simply be assigned: they have no locks, and
// cannot point into themselves.
func (c *carrier) inPlace(t reflect.Type) bool {
	ok, known := c.placed[t]
	if !known {
		ok = inPlace(t)
		c.placed[t] = ok
	}
	return ok
}

func inPlace(t reflect.Type) bool {
	parts, targets := map[reflect.Type]bool{}, []reflect.Type{}
	for todo := []reflect.Type{t}; len(todo) > 0; {
		t := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if isSync(t) || isAtomic(t) {
			return false
		}
		switch t.Kind() {
		case reflect.Array:
			parts[t.Elem()] = true
			todo = append(todo, t.Elem())
		case reflect.Struct:
			parts[t] = true
			for i := range t.NumField() {
				f := t.Field(i).Type
				parts[f] = true
				todo = append(todo, f)
			}
		case reflect.Pointer:
			targets = append(targets, t.Elem())
		}
	}
	for _, target := range targets {
		if parts[target] {
			return false
		}
	}
	return true
}

// walk shows everything reachable from a value, each once: a value before its parts, which
// follow if show returns true.
func (c *carrier) walk(v reflect.Value, show func(reflect.Value) (more bool)) {
	shown := map[place]bool{}
	var keep []reflect.Value // keeps places from being reused
	for todo := []reflect.Value{addressable(v)}; len(todo) > 0; {
		v := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if at := placeOf(v); !shown[at] {
			shown[at] = true
			keep = append(keep, v)
			if show(v) {
				todo = append(todo, parts(v)...)
			}
		}
	}
	runtime.KeepAlive(keep)
}

// parts are the parts of a value, in place or as copies.
func parts(v reflect.Value) []reflect.Value {
	var all []reflect.Value
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			all = append(all, v.Elem())
		}
	case reflect.Interface:
		if !v.IsNil() {
			all = append(all, addressable(v.Elem()))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			all = append(all, field(v, i))
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			all = append(all, v.Index(i))
		}
	case reflect.Map:
		for entries := v.MapRange(); entries.Next(); {
			all = append(all, addressable(entries.Key()), addressable(entries.Value()))
		}
	}
	return all
}
