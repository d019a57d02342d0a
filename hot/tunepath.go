package hot

import (
	"cmp"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// input is a new value: text that the user typed, or JSON.
type input struct {
	text string
	json bool
}

func typed(text string) input { return input{text: text} }

// decoded reads JSON into a copy of a value.
func decoded(old reflect.Value, data json.RawMessage) (reflect.Value, error) {
	return with(old, "", "", input{string(data), true})
}

// with returns a copy of a value in which the part at a path, such as ".Burst.Max", or all
// of it is replaced. The original is not changed, because the app may be reading it.
func with(v reflect.Value, name, path string, in input) (reflect.Value, error) {
	if path == "" {
		return parsed(v, name, in)
	}
	part, rest, nested := strings.Cut(path[1:], ".")
	if nested {
		rest = "." + rest
	}
	next := reflect.New(v.Type()).Elem()
	next.Set(v)
	switch v.Kind() {
	case reflect.Struct:
		i, err := fieldNamed(v.Type(), name, part)
		if err != nil {
			return v, err
		}
		f, err := with(v.Field(i), name+"."+v.Type().Field(i).Name, rest, in)
		if err == nil {
			next.Field(i).Set(f)
		}
		return next, err
	case reflect.Map:
		return withEntry(v, name, path[1:], in)
	case reflect.Pointer:
		pointee := reflect.New(v.Type().Elem())
		if !v.IsNil() {
			pointee.Elem().Set(v.Elem())
		}
		elem, err := with(pointee.Elem(), name, path, in)
		if err == nil {
			pointee.Elem().Set(elem)
			next.Set(pointee)
		}
		return next, err
	case reflect.Slice, reflect.Array:
		return withElement(v, name, part, rest, in)
	}
	return v, fmt.Errorf("%s has no part %s: its type is %s", name, part, v.Type())
}

// fieldNamed finds an exported field by its name, in any case, or by its name in JSON.
func fieldNamed(t reflect.Type, name, part string) (int, error) {
	var all []string
	found := -1
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() {
			continue
		}
		inJSON, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Name == part:
			return i, nil
		case found < 0 && (strings.EqualFold(f.Name, part) || inJSON != "" && inJSON == part):
			found = i
		}
		all = append(all, f.Name)
	}
	switch {
	case found >= 0:
		return found, nil
	case len(all) == 0:
		return 0, fmt.Errorf("%s has no exported fields to set: its type is %s", cmp.Or(name, "it"), t)
	}
	if part == "" {
		return 0, fmt.Errorf("%s. names no field; the fields of %s are %s", name, t, strings.Join(all, ", "))
	}
	return 0, fmt.Errorf("%s has no field %s; the fields of %s are %s", cmp.Or(name, "it"), part, t, strings.Join(all, ", "))
}

// withEntry sets an entry of a map. A key may contain dots: the whole path is the key,
// unless the map has a key that is a part of it.
func withEntry(v reflect.Value, name, path string, in input) (reflect.Value, error) {
	all := reflect.MakeMapWithSize(v.Type(), v.Len()+1)
	for entries := v.MapRange(); entries.Next(); {
		all.SetMapIndex(entries.Key(), entries.Value())
	}
	elem := v.Type().Elem()
	keyText, rest := path, ""
	key, err := parsed(reflect.Zero(v.Type().Key()), name+"'s key", typed(keyText))
	for cut := strings.LastIndexByte(path, '.'); cut > 0 && (err != nil || !all.MapIndex(key).IsValid()); cut = strings.LastIndexByte(path[:cut], '.') {
		shorter, failed := parsed(reflect.Zero(v.Type().Key()), name+"'s key", typed(path[:cut]))
		if failed == nil && all.MapIndex(shorter).IsValid() {
			key, keyText, rest, err = shorter, path[:cut], path[cut:], nil
		}
	}
	if err != nil {
		return v, err
	}
	old := all.MapIndex(key)
	if !old.IsValid() {
		old = reflect.Zero(elem)
	}
	entry, err := with(old, name+"."+keyText, rest, in)
	if err == nil {
		all.SetMapIndex(key, entry)
	}
	return all, err
}

// withElement sets an element of a slice or array.
func withElement(v reflect.Value, name, part, rest string, in input) (reflect.Value, error) {
	i, err := strconv.Atoi(part)
	if err != nil || i < 0 || i >= v.Len() {
		return v, fmt.Errorf("%s has no element %s; it has %d, numbered from 0", name, part, v.Len())
	}
	next := reflect.New(v.Type()).Elem()
	if v.Kind() == reflect.Slice {
		next.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
	}
	reflect.Copy(next, v)
	elem, err := with(v.Index(i), name+"."+part, rest, in)
	if err == nil {
		next.Index(i).Set(elem)
	}
	return next, err
}

// parsed reads an input as a value of the type of another one.
func parsed(old reflect.Value, name string, in input) (value reflect.Value, err error) {
	defer func() { // in the app's own UnmarshalText or UnmarshalJSON
		if r := recover(); r != nil {
			value, err = old, fmt.Errorf("reading %s as %s panicked: %v", cmp.Or(name, "it"), old.Type(), r)
		}
	}()
	t := old.Type()
	next := reflect.New(t)
	u, isText := next.Interface().(encoding.TextUnmarshaler)
	if in.json && !isText && t.Kind() != reflect.String && !isComposite(t) {
		var text string
		if json.Unmarshal([]byte(in.text), &text) == nil && in.text != "null" {
			in = typed(text) // a duration, or NaN
		}
	}
	if isText && !in.json {
		if err := u.UnmarshalText([]byte(in.text)); err != nil {
			return old, wrong(name, t, in.text, err)
		}
		return next.Elem(), nil
	}
	switch {
	case t.Kind() == reflect.Pointer:
		return pointer(old, name, in)
	case (in.json || isComposite(t)) && in.isNull() && !hasNil(t):
		return fromNull(old, name)
	case in.json, isComposite(t):
		return composite(old, name, in)
	}
	return next.Elem(), scalar(next.Elem(), name, in.text)
}

// isNull reports whether the input is JSON's null, where it is read as JSON.
func (in input) isNull() bool { return strings.TrimSpace(in.text) == "null" }

// hasNil reports whether null stands for a value of a type.
func hasNil(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Interface:
		return true
	}
	return false
}

// fromNull reads null as a value of a type without nil, which only the type's own UnmarshalJSON
// can: encoding/json would say nothing, and leave the zero value.
func fromNull(old reflect.Value, name string) (reflect.Value, error) {
	next := reflect.New(old.Type())
	next.Elem().Set(old)
	if own, ok := next.Interface().(json.Unmarshaler); ok {
		if err := own.UnmarshalJSON([]byte("null")); err != nil {
			return old, wrong(name, old.Type(), "null", err)
		}
		if string(shown(next.Elem())) == "null" || !reflect.DeepEqual(next.Elem().Interface(), old.Interface()) {
			return next.Elem(), nil
		}
	}
	return old, wrong(name, old.Type(), "null", errors.New("it cannot be null"))
}

// pointer makes a pointer to something new.
func pointer(old reflect.Value, name string, in input) (reflect.Value, error) {
	if in.isNull() {
		return reflect.Zero(old.Type()), nil
	}
	pointee := reflect.New(old.Type().Elem())
	if !old.IsNil() {
		pointee.Elem().Set(old.Elem())
	}
	elem, err := parsed(pointee.Elem(), name, in)
	if err != nil {
		return old, err
	}
	pointee.Elem().Set(elem)
	return pointee.Convert(old.Type()), nil
}

// isComposite reports whether values of a type are typed as JSON.
func isComposite(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Struct, reflect.Map, reflect.Slice, reflect.Array, reflect.Interface:
		return true
	}
	return false
}

// composite reads JSON. What an object does not name of a struct stays.
func composite(old reflect.Value, name string, in input) (reflect.Value, error) {
	t := old.Type()
	data := []byte(in.text)
	var fields map[string]json.RawMessage
	_, own := reflect.New(t).Interface().(json.Unmarshaler)
	switch {
	case t.Kind() == reflect.Interface && !json.Valid(data):
		data, _ = json.Marshal(in.text) // a string needs no quotes here
	case t.Kind() == reflect.Struct && !own && json.Unmarshal(data, &fields) == nil && fields != nil:
		next := old
		for _, part := range slices.Sorted(maps.Keys(fields)) {
			i, err := fieldNamed(t, name, part)
			if err != nil {
				return old, err
			}
			if next, err = with(next, name, "."+t.Field(i).Name, input{string(fields[part]), true}); err != nil {
				return old, err
			}
		}
		return next, nil
	case t.Kind() == reflect.Map || t.Kind() == reflect.Slice || t.Kind() == reflect.Array:
		return collection(old, name, data)
	}
	next := reflect.New(t)
	if err := json.Unmarshal(data, next.Interface()); err != nil {
		return old, wrong(name, t, in.text, err)
	}
	return next.Elem(), nil
}

// collection reads a map, a slice or an array, each element as composite does.
func collection(old reflect.Value, name string, data []byte) (reflect.Value, error) {
	t := old.Type()
	next := reflect.New(t)
	if (input{text: string(data)}).isNull() || t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8 {
		if err := json.Unmarshal(data, next.Interface()); err != nil {
			return old, wrong(name, t, string(data), err)
		}
		return next.Elem(), nil
	}
	elements := reflect.New(sameShape(t))
	if err := json.Unmarshal(data, elements.Interface()); err != nil {
		return old, wrong(name, t, string(data), err)
	}
	from, to := elements.Elem(), next.Elem()
	element := func(of reflect.Value, part string) (reflect.Value, error) {
		return with(reflect.Zero(t.Elem()), name+"."+part, "", input{string(of.Bytes()), true})
	}
	if t.Kind() == reflect.Map {
		to.Set(reflect.MakeMap(t))
		for entries := from.MapRange(); entries.Next(); {
			value, err := element(entries.Value(), fmt.Sprint(entries.Key()))
			if err != nil {
				return old, err
			}
			to.SetMapIndex(entries.Key(), value)
		}
		return to, nil
	}
	if t.Kind() == reflect.Slice {
		to.Set(reflect.MakeSlice(t, from.Len(), from.Len()))
	} else if from.Len() != to.Len() {
		return old, wrong(name, t, string(data), fmt.Errorf("it has %d elements, not %d", to.Len(), from.Len()))
	}
	for i := range from.Len() {
		value, err := element(from.Index(i), strconv.Itoa(i))
		if err != nil {
			return old, err
		}
		to.Index(i).Set(value)
	}
	return to, nil
}

// sameShape is a collection of the same kind, of JSON.
func sameShape(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Map {
		return reflect.MapOf(t.Key(), reflect.TypeFor[json.RawMessage]())
	}
	return reflect.TypeFor[[]json.RawMessage]()
}

// scalar reads a value of one word.
func scalar(to reflect.Value, name, text string) (err error) {
	bits := 0
	if k := to.Kind(); k >= reflect.Int && k <= reflect.Complex128 {
		bits = to.Type().Bits()
	}
	switch {
	case to.Type() == reflect.TypeFor[time.Duration]():
		var d time.Duration
		d, err = time.ParseDuration(text)
		to.SetInt(int64(d))
	case to.Kind() == reflect.String:
		to.SetString(text)
	case to.Kind() == reflect.Bool:
		var b bool
		b, err = strconv.ParseBool(text)
		to.SetBool(b)
	case to.CanInt():
		var n int64
		n, err = strconv.ParseInt(text, 0, bits)
		to.SetInt(n)
	case to.CanUint():
		var n uint64
		n, err = strconv.ParseUint(text, 0, bits)
		to.SetUint(n)
	case to.CanFloat():
		var f float64
		f, err = strconv.ParseFloat(text, bits)
		to.SetFloat(f)
	case to.CanComplex():
		var c complex128
		c, err = strconv.ParseComplex(text, bits)
		to.SetComplex(c)
	default:
		return fmt.Errorf("%s cannot be set: its type is %s", name, to.Type())
	}
	if err != nil {
		return wrong(name, to.Type(), text, err)
	}
	return nil
}
