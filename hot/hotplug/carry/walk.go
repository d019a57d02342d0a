package carry

import (
	"reflect"
	"runtime"
)

// reach is a type and all that its values can be made of, but for what is in interfaces.
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

// inPlace reports whether a value of a type can be assigned like any other: it has no
// lock in it, and nothing that can point at itself.
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

// walk shows everything that can be got at from a value, once: what something is made of
// after it, if that is wanted.
func (c *carrier) walk(v reflect.Value, show func(reflect.Value) (more bool)) {
	shown := map[place]bool{}
	var keep []reflect.Value // copies, so that no place is used again
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

// parts is what a value is made of, each where it lies or as a copy.
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
