package carry

import (
	"math"
	"reflect"
)

// number carries a number. It is dropped if the new type cannot hold it exactly.
func (c *carrier) number(to, from reflect.Value, way trail) {
	if !from.CanConvert(to.Type()) {
		c.drop(way)
		return
	}
	value := from.Convert(to.Type())
	if to.Kind() == from.Kind() {
		to.Set(value)
		c.carried[way.text] = true
		return
	}
	// Converting back shows what was lost, except for a sign, and for floats out of range.
	if back := value.Convert(from.Type()); !same(back, from) || negative(value) != negative(from) || overflows(value, from) {
		c.drop(way)
		return
	}
	to.Set(value)
	c.converted[way.text] = true
}

// same compares two numbers of one type; a NaN equals itself.
func same(a, b reflect.Value) bool {
	if a.CanFloat() && a.Float() != a.Float() {
		return b.Float() != b.Float()
	}
	return a.Equal(b)
}

func negative(v reflect.Value) bool {
	switch {
	case v.CanInt():
		return v.Int() < 0
	case v.CanFloat():
		return v.Float() < 0
	}
	return false
}

func isNumber(k reflect.Kind) bool { return k >= reflect.Int && k <= reflect.Float64 }

func isComplex(k reflect.Kind) bool { return k == reflect.Complex64 || k == reflect.Complex128 }

// overflows reports whether an integer became a float that is just too large for its type:
// the result of converting it back depends on the machine.
func overflows(value, from reflect.Value) bool {
	return value.CanFloat() && !from.CanFloat() && math.Abs(value.Float()) >= math.Ldexp(1, from.Type().Bits()-1) &&
		(from.CanInt() && value.Float() > 0 || from.CanUint() && value.Float() >= math.Ldexp(1, from.Type().Bits()))
}
