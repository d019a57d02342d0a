package docs

import (
	"strings"
	"testing"

	configs "hotreload/internal/config"
)

// config documents the keys, a section for each table of the file, and for each list of tables.
func config(*testing.T) string {
	var tables, lists strings.Builder
	rows := map[string][][]string{} // by table, or list of tables
	var names, listed []string
	for _, f := range configs.Fields() {
		if f.List != "" {
			if rows[f.List] == nil {
				listed = append(listed, f.List)
			}
			rows[f.List] = append(rows[f.List], []string{code(strings.TrimPrefix(f.Key, f.List+".")), plain(f.Doc)})
			continue
		}
		name, key, _ := strings.Cut(f.Key, ".")
		if rows[name] == nil {
			names = append(names, name)
		}
		rows[name] = append(rows[name], []string{code(key), f.Type, code(f.Default), plain(f.Doc)})
	}
	for _, name := range names {
		tables.WriteString("### [" + name + "]\n\n" + table([]string{"key", "type", "default", "meaning"}, rows[name]) + "\n")
	}
	for _, name := range listed {
		lists.WriteString("### [[" + name + "]]\n\n" + table([]string{"key", "meaning"}, rows[name]) + "\n")
	}
	return tables.String() + lists.String()
}

// plain is a text in which Markdown finds nothing to emphasise.
func plain(text string) string { return strings.ReplaceAll(text, "*", `\*`) }
