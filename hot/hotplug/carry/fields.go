package carry

import "reflect"

// plan says which field of a struct becomes which field of another one.
type plan struct {
	moves []move
	added []move   // fields of the new one that have no counterpart
	gone  []string // fields of the old one that have no counterpart
}

// move is one field.
type move struct {
	to, from int
	path     string // relative to the struct's
}

func (c *carrier) planOf(to, from reflect.Type) *plan {
	key := pair{to, from}
	p, ok := c.plans[key]
	if !ok {
		p = newPlan(to, from)
		c.plans[key] = p
	}
	return p
}

func newPlan(to, from reflect.Type) *plan {
	p := &plan{}
	used := map[string]bool{}
	for i := range to.NumField() {
		f := to.Field(i)
		if f.Name == "_" {
			continue
		}
		name, ok := sourceName(f, from)
		switch {
		case ok:
			used[name] = true
			source, _ := from.FieldByName(name)
			p.moves = append(p.moves, move{i, source.Index[0], fieldPath(to == from, f)})
		case f.Tag.Get("hot") != "-":
			p.added = append(p.added, move{to: i, path: "." + f.Name})
		}
	}
	for i := range from.NumField() {
		if name := from.Field(i).Name; name != "_" && !used[name] {
			p.gone = append(p.gone, name)
		}
	}
	return p
}

// fieldPath is what a field adds to the path of its struct. Within types that both versions
// share, only locks have paths of their own.
func fieldPath(same bool, f reflect.StructField) string {
	if same && !isSync(f.Type) {
		return ""
	}
	return "." + f.Name
}

// sourceName is the field's name in the old version: that of its hot tag, or its own. A field
// with the tag "-" is not carried.
func sourceName(f reflect.StructField, from reflect.Type) (string, bool) {
	tag := f.Tag.Get("hot")
	if tag == "-" {
		return "", false
	}
	for _, name := range []string{tag, f.Name} {
		if name != "" && hasField(from, name) {
			return name, true
		}
	}
	return "", false
}

// hasField reports whether a struct has a field, apart from those of embedded structs.
func hasField(t reflect.Type, name string) bool {
	f, ok := t.FieldByName(name)
	return ok && len(f.Index) == 1
}
