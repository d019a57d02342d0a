package carry

import "reflect"

// iface carries a value from or into an interface. A value whose type only the old version
// has becomes one of the type with the same name in the new version.
func (c *carrier) iface(to, from reflect.Value, way trail) {
	if from.Kind() == reflect.Interface {
		from = addressable(from.Elem())
		c.aimAt(from.Type())
	}
	if to.Kind() != reflect.Interface {
		c.value(to, from, way)
		return
	}
	t, ok := c.newType(to, from.Type())
	if !ok || !t.AssignableTo(to.Type()) {
		c.drop(way)
		return
	}
	held := reflect.New(t).Elem()
	if !to.IsNil() && to.Elem().Type() == t {
		held.Set(to.Elem())
	}
	c.value(held, from, way)
	c.later = append(c.later, func() { // once the pointers in it are set
		if !held.IsZero() || from.IsZero() {
			to.Set(held)
		}
	})
}

// newType is the type that a value of a type gets in an interface.
func (c *carrier) newType(to reflect.Value, old reflect.Type) (reflect.Type, bool) {
	if !c.isOld(old) {
		return old, true
	}
	if !to.IsNil() && lasting(to.Elem().Type()) == lasting(old) {
		return to.Elem().Type(), true
	}
	t, ok := c.known[lasting(old)]
	return t, ok
}

// learn notes the types of the new version that its value can have in it.
func (c *carrier) learn(v reflect.Value) {
	c.walk(v, func(v reflect.Value) bool {
		more := false
		for t := range c.reach(v.Type()) {
			c.known[lasting(t)] = t
			more = more || t.Kind() == reflect.Interface
		}
		return more
	})
}

// aimAt notes what the pointers in a value of a type can point at.
func (c *carrier) aimAt(t reflect.Type) {
	for t := range c.reach(t) {
		if t.Kind() == reflect.Pointer {
			c.aims[t.Elem()] = true
		}
	}
}
