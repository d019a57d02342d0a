package carry

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"reflect"
	"testing"
)

// generator makes types, changes them, and makes values of them.
type generator struct{ *rand.Rand }

// scalars are what leaves of types are.
var scalars = []reflect.Type{
	reflect.TypeFor[bool](), reflect.TypeFor[string](), reflect.TypeFor[int8](), reflect.TypeFor[int32](), reflect.TypeFor[int](),
	reflect.TypeFor[uint8](), reflect.TypeFor[uint64](), reflect.TypeFor[float32](), reflect.TypeFor[float64](),
}

// shape is a type as the generator changes it.
type shape struct {
	kind   reflect.Kind // Invalid: a scalar
	scalar reflect.Type
	elem   *shape
	fields []member
}

type member struct {
	name, was string
	of        *shape
}

func (g generator) shape(depth int) *shape {
	kinds := []reflect.Kind{reflect.Invalid, reflect.Invalid, reflect.Invalid, reflect.Slice, reflect.Map, reflect.Pointer, reflect.Array, reflect.Struct}
	s := &shape{kind: kinds[g.IntN(len(kinds))], scalar: scalars[g.IntN(len(scalars))]}
	if depth == 0 {
		s.kind = reflect.Invalid
	}
	switch s.kind {
	case reflect.Invalid:
	case reflect.Struct:
		return g.structure(depth)
	default:
		s.elem = g.shape(depth - 1)
	}
	return s
}

func (g generator) structure(depth int) *shape {
	s := &shape{kind: reflect.Struct}
	for i := range 1 + g.IntN(4) {
		s.fields = append(s.fields, member{name: fmt.Sprintf("f%d", i), of: g.shape(depth - 1)})
	}
	return s
}

// changed is a newer version of a shape.
func (g generator) changed(s *shape) *shape {
	next := &shape{kind: s.kind, scalar: s.scalar}
	if s.elem != nil {
		next.elem = g.changed(s.elem)
	}
	if s.kind == reflect.Invalid && g.IntN(3) == 0 {
		next.scalar = scalars[g.IntN(len(scalars))]
	}
	if (s.kind == reflect.Slice || s.kind == reflect.Array) && g.IntN(4) == 0 {
		next.kind = []reflect.Kind{reflect.Slice, reflect.Array}[g.IntN(2)]
	}
	for _, f := range s.fields {
		switch g.IntN(8) {
		case 0: // it is gone
		case 1:
			next.fields = append(next.fields, member{"renamed" + f.name, f.name, g.changed(f.of)})
		case 2:
			next.fields = append(next.fields, member{name: f.name, of: g.shape(1)}, member{name: "added" + f.name, of: g.shape(1)})
		default:
			next.fields = append(next.fields, member{name: f.name, of: g.changed(f.of)})
		}
	}
	g.Shuffle(len(next.fields), func(i, j int) { next.fields[i], next.fields[j] = next.fields[j], next.fields[i] })
	return next
}

// of is the type. Its fields are not exported.
func (s *shape) of() reflect.Type {
	switch s.kind {
	case reflect.Slice:
		return reflect.SliceOf(s.elem.of())
	case reflect.Array:
		return reflect.ArrayOf(3, s.elem.of())
	case reflect.Map:
		return reflect.MapOf(reflect.TypeFor[string](), s.elem.of())
	case reflect.Pointer:
		return reflect.PointerTo(s.elem.of())
	case reflect.Struct:
		var fields []reflect.StructField
		for _, m := range s.fields {
			f := reflect.StructField{Name: m.name, PkgPath: "example.com/fuzz", Type: m.of.of()}
			if m.was != "" {
				f.Tag = reflect.StructTag(fmt.Sprintf("hot:%q", m.was))
			}
			fields = append(fields, f)
		}
		return reflect.StructOf(fields)
	}
	return s.scalar
}

// fill makes a value.
func (g generator) fill(v reflect.Value) {
	switch k := v.Kind(); {
	case k == reflect.Bool:
		v.SetBool(g.IntN(2) == 0)
	case k == reflect.String:
		v.SetString(fmt.Sprint(g.IntN(1000)))
	case v.CanInt():
		v.SetInt(int64(g.Uint64() >> g.IntN(64)))
	case v.CanUint():
		v.SetUint(g.Uint64() >> g.IntN(64))
	case v.CanFloat():
		v.SetFloat([]float64{1.5, -3, 1e300, math.MaxUint32, math.Inf(1), 0.1, 7}[g.IntN(7)])
	case k == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), g.IntN(5), 8))
		g.fillAll(v)
	case k == reflect.Array:
		g.fillAll(v)
	case k == reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for i := range g.IntN(4) {
			elem := reflect.New(v.Type().Elem()).Elem()
			g.fill(elem)
			v.SetMapIndex(reflect.ValueOf(fmt.Sprint(i)), elem)
		}
	case k == reflect.Pointer && g.IntN(4) > 0:
		v.Set(reflect.New(v.Type().Elem()))
		g.fill(v.Elem())
	case k == reflect.Struct:
		for i := range v.NumField() {
			g.fill(field(v, i))
		}
	}
}

func (g generator) fillAll(v reflect.Value) {
	for i := range v.Len() {
		g.fill(v.Index(i))
	}
}

// fitting is the oracle: whether values of types fit in each other at all.
func fitting(to, from reflect.Type) bool {
	number := func(k reflect.Kind) bool { return k >= reflect.Int && k <= reflect.Float64 }
	list := func(k reflect.Kind) bool { return k == reflect.Slice || k == reflect.Array }
	a, b := to.Kind(), from.Kind()
	bytes := func(t reflect.Type) bool { return t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8 }
	switch {
	case number(a) && number(b), a == reflect.Struct && b == reflect.Struct:
		return true
	case a == reflect.String && bytes(from), b == reflect.String && bytes(to):
		return true
	case list(a) && list(b), a == b && (a == reflect.Pointer || a == reflect.Map):
		return fitting(to.Elem(), from.Elem())
	}
	return a == b
}

// check is the oracle: what has to be in the new value, or zero. It returns whether
// the new one is as it has to be.
func check(to, from reflect.Value) bool {
	if !fitting(to.Type(), from.Type()) {
		return to.IsZero()
	}
	switch to.Kind() {
	case reflect.Struct:
		for i := range to.NumField() {
			f := to.Type().Field(i)
			name := f.Name
			if was := f.Tag.Get("hot"); was != "" {
				name = was
			}
			source, ok := from.Type().FieldByName(name)
			if !ok && !field(to, i).IsZero() || ok && !check(field(to, i), field(from, source.Index[0])) {
				return false
			}
		}
		return true
	case reflect.Pointer:
		return to.IsNil() == from.IsNil() && (to.IsNil() || check(to.Elem(), from.Elem()))
	case reflect.Map:
		if to.Len() != from.Len() || to.IsNil() != from.IsNil() {
			return false
		}
		for entries := from.MapRange(); entries.Next(); {
			there := to.MapIndex(entries.Key())
			if !there.IsValid() || !check(addressable(there), addressable(entries.Value())) {
				return false
			}
		}
		return true
	case reflect.Slice, reflect.Array:
		if from.Kind() == reflect.String {
			return string(to.Bytes()) == from.String()
		}
		return checkList(to, from)
	case reflect.String:
		return to.Interface() == from.Convert(to.Type()).Interface()
	case reflect.Bool:
		return to.Bool() == from.Bool()
	}
	a, b := exact(to), exact(from)
	return a == b || to.IsZero() && exact(from.Convert(to.Type())) != b || to.IsZero() && back(to.Type(), from)
}

func checkList(to, from reflect.Value) bool {
	n := from.Len()
	if to.Kind() == reflect.Slice && to.Len() != n {
		return false
	}
	if to.Kind() == reflect.Array && n > to.Len() {
		for i := to.Len(); i < n; i++ {
			if !from.Index(i).IsZero() {
				return to.IsZero()
			}
		}
		n = to.Len()
	}
	for i := range n {
		if !check(to.Index(i), from.Index(i)) {
			return false
		}
	}
	return true
}

// exact is a number as text.
func exact(v reflect.Value) string {
	switch {
	case v.CanInt():
		return big.NewInt(v.Int()).String()
	case v.CanUint():
		return new(big.Int).SetUint64(v.Uint()).String()
	case math.IsInf(v.Float(), 0) || math.IsNaN(v.Float()):
		return fmt.Sprint(v.Float())
	}
	return new(big.Rat).SetFloat64(v.Float()).RatString()
}

// back reports whether a number is not exactly one of another type.
func back(to reflect.Type, from reflect.Value) bool {
	v := reflect.New(to).Elem()
	v.Set(from.Convert(to))
	return exact(v) != exact(from)
}

// Whatever the types are: the new value has what of the old one fits, exactly, and is zero
// elsewhere; the old value is as before. The same holds for two versions of one type.
func FuzzInto(f *testing.F) {
	for seed := range uint64(300) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		g := generator{rand.New(rand.NewPCG(seed, 1))}
		before := g.structure(4)
		after := g.changed(before)
		old := reflect.New(before.of())
		g.fill(old.Elem())
		if old.Type() == reflect.PointerTo(after.of()) {
			return // nothing has changed
		}
		was := fmt.Sprintf("%#v", flat(old.Elem()))
		next := reflect.New(after.of())
		got, report := Into(next.Interface(), old.Interface(), Options{})
		if got != next.Interface() {
			t.Fatal("it is another pointer")
		}
		if now := fmt.Sprintf("%#v", flat(old.Elem())); now != was {
			t.Errorf("the old value was %s\nand is %s", was, now)
		}
		if !check(next.Elem(), old.Elem()) {
			t.Errorf("of  %v %v\nbecame %v %v\nreport %+v", old.Type(), flat(old.Elem()), next.Type(), flat(next.Elem()), report)
		}
	})
}

// flat is a value without addresses, to print.
func flat(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return []any{flat(v.Elem())}
	case reflect.Struct:
		var all []any
		for i := range v.NumField() {
			all = append(all, flat(field(v, i)))
		}
		return all
	case reflect.Slice, reflect.Array:
		var all []any
		for i := range v.Len() {
			all = append(all, flat(v.Index(i)))
		}
		return all
	case reflect.Map:
		all := map[string]any{}
		for entries := v.MapRange(); entries.Next(); {
			all[entries.Key().String()] = flat(addressable(entries.Value()))
		}
		return all
	}
	return v.Interface()
}
