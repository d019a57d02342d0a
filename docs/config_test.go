package docs

import (
	"reflect"
	"strings"
	"testing"

	configs "hotreload/internal/config"
)

// config documents the keys, a section for each table of the file, and for each list of tables.
func config(t *testing.T) string {
	var tables, lists strings.Builder
	rows := map[string][][]string{}
	var names []string
	for _, f := range configs.Fields() {
		name, key, _ := strings.Cut(f.Key, ".")
		if rows[name] == nil {
			names = append(names, name)
		}
		rows[name] = append(rows[name], []string{code(key), f.Type, code(f.Default), plain(f.Doc)})
		if f.Type == "list of tables" {
			lists.WriteString("### [[" + f.Key + "]]\n\n" + table([]string{"key", "meaning"}, item(t, name, key)) + "\n")
		}
	}
	for _, name := range names {
		tables.WriteString("### [" + name + "]\n\n" + table([]string{"key", "type", "default", "meaning"}, rows[name]) + "\n")
	}
	return tables.String() + lists.String()
}

// item is the rows for the keys of a table in a list.
func item(t *testing.T, path ...string) (rows [][]string) {
	typ := reflect.TypeFor[configs.Config]()
	for _, name := range path {
		field, ok := tagged(typ, name)
		if !ok {
			t.Fatalf("the config has no %s", strings.Join(path, "."))
		}
		typ = field.Type
	}
	for field := range typ.Elem().Fields() {
		rows = append(rows, []string{code(field.Tag.Get("toml")), plain(field.Tag.Get("doc"))})
	}
	return rows
}

// tagged finds the field with a key.
func tagged(typ reflect.Type, key string) (reflect.StructField, bool) {
	for field := range typ.Fields() {
		if field.Tag.Get("toml") == key {
			return field, true
		}
	}
	return reflect.StructField{}, false
}

// plain is a text in which Markdown finds nothing to emphasise.
func plain(text string) string { return strings.ReplaceAll(text, "*", `\*`) }
