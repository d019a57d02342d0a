package graph

import (
	"bytes"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"os"
	"strings"
)

// header is the part of a Go file that decides the package graph: its package
// name, imports, build constraints, embed patterns and debug settings. If two
// headers are equal, go list says the same. Empty: the file cannot be read.
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
