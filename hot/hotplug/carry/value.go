package carry

import "reflect"

// root carries the values themselves. It does not matter that the old one has a Close.
func (c *carrier) root(to, from reflect.Value, way trail) {
	if !c.Closed || to.Kind() != reflect.Pointer || from.Kind() != reflect.Pointer || from.IsNil() {
		c.value(to, from, way)
		return
	}
	if found := c.scan(from); !c.fits(to.Type(), from.Type()) ||
		to.Type() == from.Type() && !c.isOurs(to.Type()) && (found.code || found.funcs) {
		c.drop(way)
		return
	}
	c.byKind(to, from, way)
}

// value carries from into to. Both are addressable.
func (c *carrier) value(to, from reflect.Value, way trail) {
	if c.aims[from.Type()] {
		c.stands(to, from)
	}
	switch {
	case isNil(from):
		c.carried[way.text] = true // New may rely on what it has put there
	case c.isLive(from):
		c.drop(way)
	case c.Fresh != nil && c.Fresh(to.Type()) && to.Type() != from.Type():
		c.fresh(to, way)
	case isSync(to.Type()) || isSync(from.Type()):
		c.sync(to, from, way)
	case isAtomic(to.Type()) || isAtomic(from.Type()):
		c.atomic(to, from, way)
	case !c.fits(to.Type(), from.Type()):
		c.drop(way)
	case to.Kind() == reflect.Interface || from.Kind() == reflect.Interface:
		c.iface(to, from, way)
	case to.Type() == from.Type() && c.inPlace(to.Type()):
		c.same(to, from, way)
	default:
		c.byKind(to, from, way)
	}
}

// isNil reports whether a reference is nil. A nil slice counts as an empty one.
func isNil(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Interface, reflect.Func, reflect.Chan, reflect.UnsafePointer:
		return v.IsNil()
	}
	return false
}

// fresh leaves a value as the new version made it, if it did.
func (c *carrier) fresh(to reflect.Value, way trail) {
	if isNil(to) {
		c.drop(way)
		return
	}
	c.carried[way.text] = true
}

// same carries a value of a type that both versions share. It is used as it is, unless
// something in it must stay with the old version, as functions must where the new version has
// its own.
func (c *carrier) same(to, from reflect.Value, way trail) {
	found := c.scan(from)
	stays := found.code || found.funcs && !to.IsZero() || found.live
	switch {
	case !stays && !found.moved:
		to.Set(from)
		c.carried[way.text] = true
	case stays && (from.Kind() == reflect.Func || !c.isOurs(from.Type())):
		c.drop(way)
	default:
		c.byKind(to, from, way)
	}
}

func (c *carrier) byKind(to, from reflect.Value, way trail) {
	switch to.Kind() {
	case reflect.Struct:
		c.structure(to, from, way)
	case reflect.Pointer:
		c.later = append(c.later, func() { c.pointer(to, from, way) })
	case reflect.Map:
		c.mapping(to, from, way)
	case reflect.Slice, reflect.Array:
		if from.Kind() == reflect.String {
			c.text(to, from, way)
			return
		}
		c.list(to, from, way)
	case reflect.String:
		c.text(to, from, way)
	case reflect.Bool:
		to.SetBool(from.Bool())
		c.carried[way.text] = true
	case reflect.Chan, reflect.Func, reflect.UnsafePointer:
		c.drop(way) // of another type, or code of the old version
	default:
		c.number(to, from, way)
	}
}

// text carries strings, also from and to bytes.
func (c *carrier) text(to, from reflect.Value, way trail) {
	to.Set(from.Convert(to.Type()))
	if to.Kind() == from.Kind() {
		c.carried[way.text] = true
	} else {
		c.converted[way.text] = true
	}
}

// drop reports that a value is not carried.
func (c *carrier) drop(way trail) { c.dropped[way.text] = true }

// structure carries the fields of a struct by their names.
func (c *carrier) structure(to, from reflect.Value, way trail) {
	p, way := c.planOf(to.Type(), from.Type()), way.into(to.Type())
	for _, m := range p.moves {
		c.value(field(to, m.to), field(from, m.from), way.field(m.path))
	}
	for _, n := range p.added {
		if to.Field(n.to).IsZero() {
			c.zeroed[way.text+n.path] = true
		}
	}
	for _, name := range p.gone {
		c.drop(way.field("." + name))
	}
}

// stands notes a value's counterpart, because something may point at the value.
func (c *carrier) stands(to, from reflect.Value) {
	at := placeOf(from)
	if _, ok := c.seen[at]; !ok {
		c.seen[at] = to.Addr()
		c.taken[placeOf(to)] = true
		c.moved[from.Type()] = true
		c.keep = append(c.keep, from)
	}
}
