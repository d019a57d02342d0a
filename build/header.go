package build

import (
	"bytes"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"os"
	"strings"
)

// header is what of a Go file decides the package graph: its package name, its
// imports, its build constraints, embed patterns and debug settings. Two equal
// headers mean that go list would say the same. Empty when the file cannot be read.
func header(file string) string {
	source, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	var h strings.Builder
	parsed, err := parser.ParseFile(token.NewFileSet(), "", source, parser.ImportsOnly|parser.SkipObjectResolution)
	if err != nil {
		return "unparsable\n" + string(source)
	}
	h.WriteString(parsed.Name.Name)
	for _, spec := range parsed.Imports {
		h.WriteString("\n" + spec.Path.Value)
	}
	for line := range bytes.Lines(bytes.TrimPrefix(source, []byte("\ufeff"))) {
		line := string(bytes.TrimSpace(line))
		if constraint.IsGoBuild(line) || constraint.IsPlusBuild(line) || strings.HasPrefix(line, "//go:embed") || strings.HasPrefix(line, "//go:debug") {
			h.WriteString("\n" + line)
		}
	}
	return h.String()
}
