package carry

import "reflect"

// pointer makes to point at the counterpart of what from points at. If there is none yet,
// that is carried into what to points at, or into something new.
func (c *carrier) pointer(to, from reflect.Value, way trail) {
	if there, ok := c.seen[placeOf(from.Elem())]; ok {
		if !there.CanConvert(to.Type()) {
			c.drop(way)
			return
		}
		to.Set(there.Convert(to.Type()))
		c.carried[way.text] = true
		return
	}
	if to.Type() == from.Type() && to.Pointer() == from.Pointer() {
		c.carried[way.text] = true
		return
	}
	target := to
	if to.IsNil() || c.taken[placeOf(to.Elem())] {
		target = reflect.New(to.Type().Elem()).Convert(to.Type())
	}
	c.stands(target.Elem(), from.Elem())
	to.Set(target)
	c.value(target.Elem(), from.Elem(), way)
}

// list carries slices and arrays, also one into the other.
func (c *carrier) list(to, from reflect.Value, way trail) {
	if from.Kind() == reflect.Slice && from.IsNil() {
		to.SetZero()
		c.carried[way.text] = true
		return
	}
	n := from.Len()
	switch {
	case to.Kind() == reflect.Slice && from.Kind() == reflect.Slice:
		if there, ok := c.sliceSeen(to.Type(), from); ok {
			to.Set(there)
			return
		}
		to.Set(reflect.MakeSlice(to.Type(), n, n))
		c.noteSlice(to, from)
	case to.Kind() == reflect.Slice:
		to.Set(reflect.MakeSlice(to.Type(), n, n))
	case n > to.Len():
		if !allZero(from, to.Len()) {
			c.drop(way)
			return
		}
		n = to.Len()
	}
	if n == 0 {
		c.carried[way.text] = true
	}
	elements := elementPath(way, to.Type().Elem())
	for i := range n {
		c.value(to.Index(i), from.Index(i), elements)
	}
	if to.Kind() == reflect.Array {
		for i := n; i < to.Len(); i++ {
			to.Index(i).SetZero()
		}
	}
}

// allZero reports whether a list has only zero values from an index on.
func allZero(list reflect.Value, i int) bool {
	for ; i < list.Len(); i++ {
		if !list.Index(i).IsZero() {
			return false
		}
	}
	return true
}

// sliceSeen is the counterpart of the array behind a slice, if it is long enough.
func (c *carrier) sliceSeen(to reflect.Type, from reflect.Value) (reflect.Value, bool) {
	there, ok := c.seen[place{from.UnsafePointer(), from.Type()}]
	if !ok || there.Type() != to || there.Len() < from.Len() || from.Len() == 0 {
		return reflect.Value{}, false
	}
	return there.Slice(0, from.Len()), true
}

func (c *carrier) noteSlice(to, from reflect.Value) {
	c.seen[place{from.UnsafePointer(), from.Type()}] = to.Slice(0, to.Len())
	c.keep = append(c.keep, from)
}

// elementPath is the path of the elements of a list or a map: its own, unless they have fields.
func elementPath(way trail, elem reflect.Type) trail {
	for elem.Kind() == reflect.Pointer {
		elem = elem.Elem()
	}
	if elem.Kind() == reflect.Struct || elem.Kind() == reflect.Interface {
		return way.field("[]")
	}
	return way
}

// mapping carries a map's entries into a map that has no others. If entries hold code of the
// old version, the new version's own entries stay.
func (c *carrier) mapping(to, from reflect.Value, way trail) {
	at := place{from.UnsafePointer(), from.Type()}
	if there, ok := c.seen[at]; ok && there.Type() == to.Type() {
		to.Set(there)
		return
	}
	all, own := reflect.MakeMapWithSize(to.Type(), from.Len()), reflect.ValueOf(to.Interface())
	c.seen[at] = all
	c.keep = append(c.keep, from)
	to.Set(all)
	if from.Len() == 0 {
		c.carried[way.text] = true
	}
	for entries := from.MapRange(); entries.Next(); {
		c.entry(all, own, entries.Key(), entries.Value(), way)
	}
	if mayBeCode(to.Type().Elem()) && c.scan(from).code {
		c.later = append(c.later, func() { fill(all, own) })
	}
}

// entry carries one entry of a map.
func (c *carrier) entry(all, own, oldKey, oldValue reflect.Value, way trail) {
	key, value := reflect.New(all.Type().Key()).Elem(), reflect.New(all.Type().Elem()).Elem()
	told := c.outcome
	c.outcome = newOutcome()
	c.value(key, addressable(oldKey), way)
	fits := len(c.dropped) == 0 // an entry that fits only in part is dropped
	c.outcome = told
	if !fits {
		c.drop(way)
		return
	}
	code := mayBeCode(value.Type())
	if code {
		if v := own.MapIndex(key); v.IsValid() {
			value.Set(v)
		}
	}
	c.value(value, addressable(oldValue), elementPath(way, value.Type()))
	c.later = append(c.later, func() { // once the pointers in them are set
		if !code || !value.IsZero() || oldValue.IsZero() {
			all.SetMapIndex(key, value)
		}
	})
}

// fill adds the entries that a map does not have.
func fill(all, own reflect.Value) {
	for entries := own.MapRange(); entries.Next(); {
		if !all.MapIndex(entries.Key()).IsValid() {
			all.SetMapIndex(entries.Key(), entries.Value())
		}
	}
}

// mayBeCode reports whether values of a type may be nothing but code.
func mayBeCode(t reflect.Type) bool {
	return t.Kind() == reflect.Func || t.Kind() == reflect.Interface
}
