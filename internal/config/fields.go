package config

import (
	"reflect"
	"strings"
	"time"
)

// Field describes a key, for help texts and the generated reference.
type Field struct {
	Key     string // "watch.quiet"
	Type    string // in words, "list of globs"
	Default string // as the file would have it; empty for a key of a list's tables
	Doc     string
	List    string // the list of tables that it is a key of, "build.generate"; empty: none
}

// Fields lists all keys in the order of the tables, the keys of a list's tables
// after the list.
func Fields() []Field {
	defaults := reflect.ValueOf(Default())
	var fields []Field
	for _, key := range schema(defaults.Type()).keys() {
		fields = append(fields, Field{
			Key:     key.path,
			Type:    key.typeName(),
			Default: formatValue(defaults.FieldByIndex(key.index)),
			Doc:     key.doc,
		})
		for _, c := range key.children {
			fields = append(fields, Field{Key: c.path, Type: c.typeName(), Doc: c.doc, List: key.path})
		}
	}
	return fields
}

// node is a table or a key of the config.
type node struct {
	path     string // dotted; empty: the file as a whole
	name     string // its last part
	doc      string
	glob     bool // its strings are globs
	index    []int
	typ      reflect.Type
	children []*node // of a table, or of each table in a list
	list     *node   // the list of tables that it is a key of, nil: none; index is within an item
}

// schema is the tree of tables and keys of a struct such as [Config].
func schema(t reflect.Type) *node {
	root := &node{typ: t}
	root.addFields()
	return root
}

func (n *node) addFields() {
	fields, index := n.typ, n.index
	if n.isTables() {
		fields, index = n.typ.Elem(), nil
	}
	for i := range fields.NumField() {
		f := fields.Field(i)
		name := f.Tag.Get("toml")
		if name == "-" {
			continue
		}
		child := &node{
			path:  strings.TrimPrefix(n.path+"."+name, "."),
			name:  name,
			doc:   f.Tag.Get("doc"),
			glob:  f.Tag.Get("glob") == "true",
			index: append(append([]int(nil), index...), i),
			typ:   f.Type,
		}
		if n.isTables() {
			child.list = n
		}
		if child.isTable() || child.isTables() {
			child.addFields()
		}
		n.children = append(n.children, child)
	}
}

func (n *node) isTable() bool { return n.typ.Kind() == reflect.Struct }

// isMap reports whether the user names the entries, as in [runner.env].
func (n *node) isMap() bool { return n.typ.Kind() == reflect.Map }

func (n *node) isList() bool { return n.typ.Kind() == reflect.Slice && !n.isTables() }

// isTables reports whether n is a list of tables, as [[build.generate]].
func (n *node) isTables() bool {
	return n.typ.Kind() == reflect.Slice && n.typ.Elem().Kind() == reflect.Struct
}

func (n *node) isDuration() bool { return n.typ == reflect.TypeFor[time.Duration]() }

func (n *node) child(name string) *node {
	for _, c := range n.children {
		if c.name == name {
			return c
		}
	}
	return nil
}

// find follows path as far as it exists and returns the rest.
func (n *node) find(path []string) (*node, []string) {
	for len(path) > 0 {
		c := n.child(path[0])
		if c == nil {
			break
		}
		n, path = c, path[1:]
	}
	return n, path
}

// keys are the keys at and below n, in order. A list of tables is one key.
func (n *node) keys() []*node {
	if !n.isTable() {
		return []*node{n}
	}
	var keys []*node
	for _, c := range n.children {
		keys = append(keys, c.keys()...)
	}
	return keys
}

// typeName is the type of a key in words.
func (n *node) typeName() string {
	switch {
	case n.isTable():
		return "table"
	case n.isDuration():
		return "duration"
	case n.isTables():
		return "list of tables"
	case n.isMap():
		return "table of strings"
	case n.isList() && n.glob:
		return "list of globs"
	case n.isList():
		return "list of strings"
	case n.typ.Kind() == reflect.Bool:
		return "boolean"
	case n.typ.Kind() == reflect.Int:
		return "integer"
	default:
		return "string"
	}
}

// dotted joins a path as TOML does: parts that are not bare keys are quoted.
func dotted(path []string) string {
	parts := make([]string, len(path))
	for i, part := range path {
		parts[i] = formatKey(part)
	}
	return strings.Join(parts, ".")
}

func isBare(key string) bool {
	return key != "" && !strings.ContainsFunc(key, func(r rune) bool {
		return !(r == '_' || r == '-' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z')
	})
}
