package carry

import "reflect"

// plan is which field of a struct becomes which of another one.
type plan struct {
	moves []move
	added []move   // fields of the new one that have no counterpart
	gone  []string // fields of the old one that have none
}

// move is one field.
type move struct {
	to, from int
	path     string // to be added to the struct's
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

// fieldPath is what a field adds to its struct's path. The insides of what both versions
// know are one, but for the locks in it.
func fieldPath(same bool, f reflect.StructField) string {
	if same && !isSync(f.Type) {
		return ""
	}
	return "." + f.Name
}

// sourceName is the name that a field had in the old version: that of its hot tag, or
// its own. With the tag "-" it is not carried.
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

// hasField reports whether a struct has a field itself, not in one that is embedded.
func hasField(t reflect.Type, name string) bool {
	f, ok := t.FieldByName(name)
	return ok && len(f.Index) == 1
}
