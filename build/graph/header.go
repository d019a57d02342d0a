package graph

import (
	"bytes"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// directiveNames are those of a header's directives beside constraints.
var directiveNames = []string{"embed", "debug", "linkname"}

// header is the part of a Go file that decides the package graph: its package
// name, imports, build constraints, embed patterns and debug settings. If two
// headers are equal, go list says the same. It has the directives go:linkname, too: which
// symbols of others a package may use is not checked if those are in a shared library.
// That of a file in C, or with C, has what decides what it includes. Empty: the file
// cannot be read.
func header(file string) string {
	source, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	if filepath.Ext(file) != ".go" {
		return "C" + directives(source)
	}
	var h strings.Builder
	parsed, err := parser.ParseFile(token.NewFileSet(), "", source, parser.ImportsOnly|parser.SkipObjectResolution)
	if err != nil {
		return "unparsable\n" + string(source)
	}
	h.WriteString(parsed.Name.Name)
	for _, spec := range parsed.Imports {
		h.WriteString("\n" + spec.Path.Value)
		if spec.Path.Value == `"C"` {
			h.WriteString(directives(source))
		}
	}
	for line := range bytes.Lines(bytes.TrimPrefix(source, []byte("\ufeff"))) {
		line := string(bytes.TrimSpace(line))
		decides := func(directive string) bool { return strings.HasPrefix(line, "//go:"+directive) }
		if constraint.IsGoBuild(line) || constraint.IsPlusBuild(line) || slices.ContainsFunc(directiveNames, decides) {
			h.WriteString("\n" + line)
		}
	}
	return h.String()
}
