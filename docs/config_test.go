package docs

import (
	"strings"
	"testing"

	configs "hotreload/internal/config"
)

// config documents the keys, a table for each table of the file.
func config(*testing.T) string {
	var out strings.Builder
	var rows [][]string
	of := ""
	flush := func() {
		if len(rows) > 0 {
			out.WriteString("### [" + of + "]\n\n" + table([]string{"key", "type", "default", "meaning"}, rows) + "\n")
		}
		rows = nil
	}
	for _, f := range configs.Fields() {
		name, key, _ := strings.Cut(f.Key, ".")
		if name != of {
			flush()
			of = name
		}
		rows = append(rows, []string{code(key), f.Type, code(f.Default), strings.ReplaceAll(f.Doc, "*", `\*`)})
	}
	flush()
	return out.String()
}
