package hot

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// wrong says that a text is not a value of a type, why, and what would be one.
func wrong(name string, t reflect.Type, text string, err error) error {
	if number := new(strconv.NumError); errors.As(err, &number) {
		err = number.Err
	}
	why := ""
	switch {
	case errors.Is(err, strconv.ErrRange):
		why = ": it is out of range"
	case isComposite(t):
		why = ": " + strings.TrimPrefix(err.Error(), "json: ")
	}
	return fmt.Errorf("%q is not a valid %s for %s%s; for example: hotreload set %s %s",
		text, t, name, why, name, quoted(example(t)))
}

// quoted is a text as a shell reads it.
func quoted(text string) string {
	if strings.ContainsAny(text, ` "{}[]`) {
		return "'" + text + "'"
	}
	return text
}

// example is a value of a type, as a user types it.
func example(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[time.Duration]():
		return "1m30s"
	case t == reflect.TypeFor[time.Time]():
		return "2006-01-02T15:04:05Z"
	}
	if text, ok := reflect.Zero(t).Interface().(encoding.TextMarshaler); ok && t.Kind() != reflect.Pointer {
		if b, err := text.MarshalText(); err == nil {
			return string(b)
		}
	}
	switch k := t.Kind(); {
	case k == reflect.Bool:
		return "true"
	case k == reflect.Float32 || k == reflect.Float64:
		return "2.5"
	case k >= reflect.Int && k <= reflect.Uintptr:
		return "25"
	case k == reflect.Complex64 || k == reflect.Complex128:
		return "1+2i"
	case k == reflect.Pointer:
		return example(t.Elem())
	case k == reflect.Slice || k == reflect.Array:
		return "[" + inJSON(t.Elem()) + "]"
	case k == reflect.Map:
		return "{" + inJSON(reflect.TypeFor[string]()) + ":" + inJSON(t.Elem()) + "}"
	case k == reflect.Struct:
		for i := range t.NumField() {
			if f := t.Field(i); f.IsExported() {
				return "{" + strconv.Quote(f.Name) + ":" + inJSON(f.Type) + "}"
			}
		}
		return "{}"
	}
	return "text"
}

// inJSON is an example within JSON.
func inJSON(t reflect.Type) string {
	text := example(t)
	if json.Valid([]byte(text)) && t.Kind() != reflect.String {
		return text
	}
	return strconv.Quote(text)
}

// shown is a value as JSON, with the names and the texts that `hotreload set` takes.
func shown(v reflect.Value) json.RawMessage {
	var b bytes.Buffer
	show(&b, v)
	return b.Bytes()
}

func show(b *bytes.Buffer, v reflect.Value) {
	switch {
	case v.Type() == reflect.TypeFor[time.Duration]():
		b.WriteString(strconv.Quote(time.Duration(v.Int()).String()))
	case speaks(v.Type()):
		showAsIs(b, v)
	case v.Kind() == reflect.Struct:
		showFields(b, v)
	case v.Kind() == reflect.Map && !v.IsNil():
		showEntries(b, v)
	case v.Kind() == reflect.Array, v.Kind() == reflect.Slice && !v.IsNil() && v.Type().Elem().Kind() != reflect.Uint8:
		b.WriteByte('[')
		for i := range v.Len() {
			if i > 0 {
				b.WriteByte(',')
			}
			show(b, v.Index(i))
		}
		b.WriteByte(']')
	case (v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface) && !v.IsNil():
		show(b, v.Elem())
	case v.CanFloat() && (math.IsNaN(v.Float()) || math.IsInf(v.Float(), 0)), v.CanComplex():
		b.WriteString(strconv.Quote(fmt.Sprint(v.Interface())))
	default:
		showAsIs(b, v)
	}
}

// speaks reports whether a type has a JSON or a text of its own.
func speaks(t reflect.Type) bool {
	return t.Implements(reflect.TypeFor[json.Marshaler]()) || t.Implements(reflect.TypeFor[encoding.TextMarshaler]())
}

// showAsIs uses encoding/json; a value that has no JSON is shown as fmt prints it.
func showAsIs(b *bytes.Buffer, v reflect.Value) {
	data, err := json.Marshal(v.Interface())
	if err != nil {
		data, _ = json.Marshal(fmt.Sprint(v.Interface()))
	}
	b.Write(data)
}

func showFields(b *bytes.Buffer, v reflect.Value) {
	b.WriteByte('{')
	first := true
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !f.IsExported() {
			continue
		}
		if !first {
			b.WriteByte(',')
		}
		first = false
		b.WriteString(strconv.Quote(f.Name) + ":")
		show(b, v.Field(i))
	}
	b.WriteByte('}')
}

func showEntries(b *bytes.Buffer, v reflect.Value) {
	all := map[string]reflect.Value{}
	for entries := v.MapRange(); entries.Next(); {
		// Keys are as in encoding/json: their text, or as they print.
		key := fmt.Sprint(entries.Key().Interface())
		if text, ok := entries.Key().Interface().(encoding.TextMarshaler); ok {
			if data, err := text.MarshalText(); err == nil {
				key = string(data)
			}
		}
		all[key] = entries.Value()
	}
	b.WriteByte('{')
	for i, key := range slices.Sorted(maps.Keys(all)) {
		if i > 0 {
			b.WriteByte(',')
		}
		name, _ := json.Marshal(key)
		b.Write(name)
		b.WriteByte(':')
		show(b, all[key])
	}
	b.WriteByte('}')
}

// merged is a new default with what the user has set, wherever the default has not changed
// since then.
func merged(before, set, now json.RawMessage) json.RawMessage {
	if bytes.Equal(before, now) {
		return set
	}
	old, hand, all := fields(before), fields(set), fields(now)
	if old == nil || hand == nil || all == nil {
		return now
	}
	for name, value := range all {
		if h, ok := hand[name]; ok && old[name] != nil && !bytes.Equal(h, old[name]) {
			all[name] = merged(old[name], h, value)
		}
	}
	data, err := json.Marshal(all)
	if err != nil {
		return now
	}
	return data
}

// fields are those of a JSON object; nil for other JSON.
func fields(data json.RawMessage) (all map[string]json.RawMessage) {
	if json.Unmarshal(data, &all) != nil {
		return nil
	}
	return all
}
