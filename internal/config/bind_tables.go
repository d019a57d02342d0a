package config

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// This file binds lists of tables, in either of TOML's notations:
//
//	[[build.generate]]                  generate = [
//	match   = ["**/*.templ"]              { match = ["**/*.templ"], command = ["templ", "generate"] },
//	command = ["templ", "generate"]     ]

// item names the table at index i of a list.
func (n *node) item(i int) string { return n.path + "[" + strconv.Itoa(i) + "]" }

// bindItemHeader applies a [[list]] line, which adds a table to the list.
func (b *binder) bindItemHeader(src *source, n *node, s statement) *Error {
	if s.kind != unstable.ArrayTable {
		return src.errorAt(s.offset, n.path, fmt.Sprintf("%s is a list of tables; write [[%s]] for each", n.path, n.path))
	}
	b.addItem(src, n, s.offset)
	return nil
}

// bindTables applies `list = [{ … }, { … }]`, which replaces the whole list.
func (b *binder) bindTables(src *source, n *node, s statement) *Error {
	if s.value.kind != unstable.Array {
		return src.badValue(s.value.offset, n.path, wrongType(n.typeName(), s.value))
	}
	b.field(n).SetZero()
	for key := range b.marks {
		if strings.HasPrefix(key, n.path+"[") {
			delete(b.marks, key)
		}
	}
	b.marks[n.path] = mark{src, s.offset, s.value.offset}
	for _, item := range s.value.items {
		if item.kind != unstable.InlineTable {
			return src.badValue(item.offset, n.path, show(item)+" is not a table; write "+n.example())
		}
		b.addItem(src, n, item.offset)
		if err := b.bindPairs(src, statement{path: s.path, value: item, item: true}); err != nil {
			return err
		}
	}
	return nil
}

// addItem appends an empty table to a list. Its keys follow.
func (b *binder) addItem(src *source, n *node, offset int) {
	list := b.field(n)
	list.Set(reflect.Append(list, reflect.Zero(n.typ.Elem())))
	m := mark{src: src, offset: offset}
	b.marks[n.path], b.marks[n.item(list.Len()-1)] = m, m
}

// example shows how to write a table of the list on one line.
func (n *node) example() string {
	var pairs []string
	for _, c := range n.children {
		pairs = append(pairs, c.name+" = …")
	}
	return "{ " + strings.Join(pairs, ", ") + " }"
}
