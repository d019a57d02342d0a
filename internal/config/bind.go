package config

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// binder writes the values of its sources into a config and checks each one.
type binder struct {
	root   *node
	target reflect.Value
	marks  map[string]mark // for each key that a source sets, and each entry
}

// mark is where a key was set.
type mark struct {
	src    *source
	offset int // of the key
	value  int // offset of the value
}

// newBinder fills the struct that target points to, whose fields carry toml
// tags and which holds the defaults.
func newBinder(target any) *binder {
	v := reflect.ValueOf(target).Elem()
	return &binder{root: schema(v.Type()), target: v, marks: make(map[string]mark)}
}

func (b *binder) bind(src *source, statements []statement) *Error {
	for _, s := range statements {
		bind := b.bindHeader
		if s.kind == unstable.KeyValue {
			bind = b.bindValue
		}
		if err := bind(src, s); err != nil {
			return err
		}
	}
	return nil
}

// bindHeader checks a [table] line. The statements below it carry its path.
func (b *binder) bindHeader(src *source, s statement) *Error {
	n, rest := b.root.find(s.path)
	switch {
	case (n.isTable() || n.isTables()) && len(rest) > 0:
		return b.unknown(src, s)
	case n.isTables():
		return b.bindItemHeader(src, n, s)
	case n.isMap() && len(rest) > 0:
		return src.badValue(s.offset, dotted(s.path), wrongType("string", value{kind: unstable.InlineTable}))
	case !n.isTable() && !n.isMap():
		return src.badValue(s.offset, n.path, wrongType(n.typeName(), value{kind: unstable.InlineTable}))
	case s.kind == unstable.ArrayTable:
		return src.errorAt(s.offset, n.path, fmt.Sprintf("there is only one table %s; write [%s]", n.path, n.path))
	case n.isMap():
		b.marks[n.path] = mark{src: src, offset: s.offset}
	}
	return nil
}

// bindValue applies `path = value`.
func (b *binder) bindValue(src *source, s statement) *Error {
	n, rest := b.root.find(s.path)
	switch {
	case (n.isTable() || n.isTables()) && len(rest) > 0:
		return b.unknown(src, s)
	case n.list != nil && !s.item:
		return src.errorAt(s.offset, n.path, fmt.Sprintf("%s is a key of a table in a list; write [[%s]] above it", n.path, n.list.path))
	case n.isTable():
		return b.bindTable(src, n, s)
	case n.isTables():
		return b.bindTables(src, n, s)
	case n.isMap() && len(rest) > 0:
		return b.bindEntry(src, n, s, rest)
	case n.isMap():
		return b.bindMap(src, n, s)
	case len(rest) > 0:
		return src.badValue(s.offset, n.path, wrongType(n.typeName(), value{kind: unstable.InlineTable}))
	}
	v, err := decode(src, n, s.value)
	if err != nil {
		return err
	}
	b.field(n).Set(v)
	b.marks[b.key(n)] = mark{src, s.offset, s.value.offset}
	return nil
}

// bindTable applies `watch = { quiet = "50ms" }`.
func (b *binder) bindTable(src *source, n *node, s statement) *Error {
	if s.value.kind != unstable.InlineTable {
		return src.badValue(s.value.offset, n.path, fmt.Sprintf(
			"%s is not a table; set its keys, such as %s", show(s.value), n.keys()[0].path))
	}
	return b.bindPairs(src, s)
}

// bindMap applies `env = { PORT = "8080" }`, which replaces all entries.
func (b *binder) bindMap(src *source, n *node, s statement) *Error {
	if s.value.kind != unstable.InlineTable {
		return src.badValue(s.value.offset, n.path, wrongType(n.typeName(), s.value))
	}
	b.field(n).SetZero()
	for key := range b.marks {
		if strings.HasPrefix(key, n.path+".") {
			delete(b.marks, key)
		}
	}
	b.marks[n.path] = mark{src, s.offset, s.value.offset}
	return b.bindPairs(src, s)
}

func (b *binder) bindPairs(src *source, s statement) *Error {
	for _, pair := range s.value.pairs {
		pair.path, pair.item = slices.Concat(s.path, pair.path), s.item
		if err := b.bindValue(src, pair); err != nil {
			return err
		}
	}
	return nil
}

// bindEntry applies one entry of a map. The name is the rest of the path after
// the map's key.
func (b *binder) bindEntry(src *source, n *node, s statement, name []string) *Error {
	key := dotted(s.path)
	switch {
	case len(name) > 1:
		return src.badValue(s.offset, dotted(s.path[:len(s.path)-len(name)+1]),
			wrongType("string", value{kind: unstable.InlineTable}))
	case s.value.kind != unstable.String:
		return src.badValue(s.value.offset, key, wrongType("string", s.value))
	}
	if problem := checkName(n, name[0]); problem != "" {
		return src.badValue(s.offset, key, problem)
	}
	if problem := checkText(s.value.text); problem != "" {
		return src.badValue(s.value.offset, key, problem)
	}
	entries := b.field(n)
	if entries.IsNil() {
		entries.Set(reflect.MakeMap(entries.Type()))
	}
	entries.SetMapIndex(reflect.ValueOf(name[0]), reflect.ValueOf(s.value.text))
	m := mark{src, s.offset, s.value.offset}
	b.marks[n.path], b.marks[key] = m, m
	return nil
}

// field is where the value of n goes: for a key of a list's tables, the last table.
func (b *binder) field(n *node) reflect.Value {
	if n.list == nil {
		return b.target.FieldByIndex(n.index)
	}
	items := b.field(n.list)
	return items.Index(items.Len() - 1).FieldByIndex(n.index)
}

// key names n among the marks; in a list of tables, with the index of the table.
func (b *binder) key(n *node) string {
	if n.list == nil {
		return n.path
	}
	return n.list.item(b.field(n.list).Len()-1) + "." + n.name
}

// decode turns a TOML value into a value for the field of n.
func decode(src *source, n *node, v value) (reflect.Value, *Error) {
	bad := func(v value, problem string) (reflect.Value, *Error) {
		return reflect.Value{}, src.badValue(v.offset, n.path, problem)
	}
	switch kind := n.typ.Kind(); {
	case n.isDuration() && v.kind == unstable.String:
		d, problem := parseDuration(n.path, v.text)
		if problem != "" {
			return bad(v, problem)
		}
		return reflect.ValueOf(d), nil
	case kind == reflect.String && v.kind == unstable.String:
		text, problem := parseText(n.path, v.text)
		if problem != "" {
			return bad(v, problem)
		}
		return reflect.ValueOf(text), nil
	case kind == reflect.Bool && v.kind == unstable.Bool:
		return reflect.ValueOf(v.text == "true"), nil
	case kind == reflect.Int && v.kind == unstable.Integer:
		// Base 0 makes Go read all of TOML's notations, by their prefix.
		i, err := strconv.ParseInt(v.text, 0, strconv.IntSize)
		if err != nil {
			return bad(v, show(v)+" is out of range; write a smaller number")
		}
		return reflect.ValueOf(int(i)), nil
	case kind == reflect.Slice && v.kind == unstable.Array:
		return decodeList(src, n, v)
	}
	return bad(v, wrongType(n.typeName(), v))
}

func decodeList(src *source, n *node, v value) (reflect.Value, *Error) {
	// An empty list is nil, so that equal configs are deeply equal.
	var list []string
	for _, item := range v.items {
		problem := ""
		switch {
		case item.kind != unstable.String:
			problem = wrongType("string", item)
		case n.glob:
			problem = checkGlob(item.text)
		case n.path == "runner.listen":
			problem = checkListen(item.text)
		default:
			problem = checkText(item.text)
		}
		if problem != "" {
			return reflect.Value{}, src.badValue(item.offset, n.path, problem)
		}
		list = append(list, item.text)
	}
	return reflect.ValueOf(list), nil
}

// wrongType says that v does not have the wanted type, one of node.typeName's,
// and how to write a value that does.
func wrongType(want string, v value) string {
	article, advice := "a", ""
	switch want {
	case "boolean":
		advice = "write true or false"
	case "integer":
		article, advice = "an", "write a whole number, such as 3"
	case "duration":
		advice = durationAdvice
	case "list of tables":
		advice = "write [{ … }, { … }]"
	case "table of strings":
		advice = `write { NAME = "value" }`
	case "string":
		advice = "write text in quotes"
		if v.kind != unstable.Array && v.kind != unstable.InlineTable {
			advice = "write " + quote(shorten(v.text))
		}
	default: // a list
		advice = `write for example ["a", "b"]`
		if v.kind == unstable.String {
			advice = "write [" + quote(shorten(v.text)) + "]"
		}
	}
	return fmt.Sprintf("%s is not %s %s; %s", show(v), article, want, advice)
}

// show is a value as messages quote it.
func show(v value) string {
	switch v.kind {
	case unstable.Array:
		return "a list"
	case unstable.InlineTable:
		return "a table"
	case unstable.String:
		return quote(shorten(v.text))
	default:
		return shorten(v.text)
	}
}

// shorten keeps a message on one line, whatever it quotes.
func shorten(s string) string {
	const limit = 60
	if runes := []rune(s); len(runes) > limit {
		return string(runes[:limit]) + "…"
	}
	return s
}
