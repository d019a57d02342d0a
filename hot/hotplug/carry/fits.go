package carry

import "reflect"

// pair is two types that are compared.
type pair struct{ to, from reflect.Type }

// fits reports whether a value of one type can become one of another.
func (c *carrier) fits(to, from reflect.Type) bool {
	if to == from {
		return true
	}
	p := pair{to, from}
	ok, known := c.fitting[p]
	if !known {
		ok = fits(to, from, map[pair]bool{})
		c.fitting[p] = ok
	}
	return ok
}

// fits is told which pairs are being compared already, because types may be recursive.
func fits(to, from reflect.Type, under map[pair]bool) bool {
	p := pair{to, from}
	if to == from || under[p] {
		return true
	}
	under[p] = true
	a, b := to.Kind(), from.Kind()
	switch {
	case a == reflect.Interface || b == reflect.Interface:
		return true // the value in it decides
	case isNumber(a) && isNumber(b), isComplex(a) && isComplex(b):
		return true
	case a == reflect.String && isBytes(from), b == reflect.String && isBytes(to):
		return true
	case isList(a) && isList(b):
		return fits(to.Elem(), from.Elem(), under)
	case a != b:
		return false
	case a == reflect.Pointer:
		return fits(to.Elem(), from.Elem(), under)
	case a == reflect.Map:
		return fits(to.Key(), from.Key(), under) && fits(to.Elem(), from.Elem(), under)
	case a == reflect.Struct:
		return true // field by field
	}
	return a == reflect.Bool || a == reflect.String
}

func isList(k reflect.Kind) bool { return k == reflect.Slice || k == reflect.Array }

func isBytes(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8
}
