package carry

import (
	"reflect"
	"sync"
	"unicode"
)

// This file holds what must not be copied: locks, and values that are read and written
// atomically.

// isSync reports whether a type is one of package sync.
func isSync(t reflect.Type) bool {
	return t.PkgPath() == "sync" && t.Kind() == reflect.Struct && unicode.IsUpper(rune(t.Name()[0]))
}

func isAtomic(t reflect.Type) bool {
	return t.PkgPath() == "sync/atomic" && t.Kind() == reflect.Struct && unicode.IsUpper(rune(t.Name()[0]))
}

// sync leaves a lock as New made it. The entries of a sync.Map are carried.
func (c *carrier) sync(to, from reflect.Value, way trail) {
	into, ok := to.Addr().Interface().(*sync.Map)
	of, both := from.Addr().Interface().(*sync.Map)
	switch {
	case !isSync(to.Type()):
		c.drop(way)
	case ok && both:
		c.syncMap(into, of, way)
	default:
		c.zeroed[way.text] = true
		if to.Type() != from.Type() {
			c.drop(way)
		}
	}
}

// syncMap carries the entries through a map[any]any.
func (c *carrier) syncMap(to, from *sync.Map, way trail) {
	entries, own := map[any]any{}, map[any]any{}
	from.Range(func(key, value any) bool { entries[key] = value; return true })
	to.Range(func(key, value any) bool { own[key] = value; return true })
	carried := reflect.ValueOf(&own).Elem()
	c.mapping(carried, reflect.ValueOf(&entries).Elem(), way)
	c.later = append(c.later, func() {
		to.Clear()
		for key, value := range carried.Interface().(map[any]any) {
			to.Store(key, value)
		}
	})
}

// atomic carries the value in an atomic, also from or into a plain one.
func (c *carrier) atomic(to, from reflect.Value, way trail) {
	both := isAtomic(to.Type()) && isAtomic(from.Type())
	if isAtomic(from.Type()) {
		loaded := from.Addr().MethodByName("Load").Call(nil)[0]
		if from.Type().Name() == "Value" && loaded.IsNil() {
			c.carried[way.text] = true
			return
		}
		from = addressable(loaded)
		c.aimAt(from.Type())
	}
	if !isAtomic(to.Type()) {
		c.value(to, from, way)
		c.turned(way)
		return
	}
	held := reflect.New(to.Addr().MethodByName("Load").Type().Out(0)).Elem()
	held.Set(to.Addr().MethodByName("Load").Call(nil)[0])
	c.value(held, from, way)
	if !both {
		c.turned(way)
	}
	c.later = append(c.later, func() {
		if held.Kind() != reflect.Interface || !held.IsNil() {
			to.Addr().MethodByName("Store").Call([]reflect.Value{held})
		}
	})
}

// turned reports a value as converted that is atomic in one of the versions only.
func (c *carrier) turned(way trail) {
	if c.carried[way.text] {
		c.converted[way.text] = true
	}
}
