package overlay

import (
	"bytes"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"strconv"
)

// source is a Go file whose imports can be given other paths. Nothing else in it
// changes, so every line and column stays the same.
type source struct {
	text    []byte
	imports []importSpec // in their order
}

// importSpec is the quoted path of an import, and its position.
type importSpec struct {
	path       string
	begin, end int
}

// readSource reads a Go file. If it does not parse, the imports are those that
// could be read: the compiler will say what is wrong with it.
func readSource(file string) (*source, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	s := &source{text: bytes.TrimPrefix(text, []byte("\ufeff"))} // which is invalid inside a file
	files := token.NewFileSet()
	parsed, _ := parser.ParseFile(files, "", s.text, parser.ImportsOnly|parser.SkipObjectResolution)
	if parsed == nil {
		return s, nil
	}
	for _, spec := range parsed.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		s.imports = append(s.imports, importSpec{
			// In the file itself, whatever a line directive says.
			path: path, begin: files.File(spec.Path.Pos()).Offset(spec.Path.Pos()), end: files.File(spec.Path.Pos()).Offset(spec.Path.End()),
		})
	}
	return s, nil
}

// renamed is the text with other imports, positioned in the real file.
func (s *source) renamed(file string, paths map[string]string) []byte {
	out := fmt.Appendf(nil, "//line %s:1:1\n", file)
	at := 0
	for _, spec := range s.imports {
		path, ok := paths[spec.path]
		if !ok {
			continue
		}
		out = append(out, s.text[at:spec.begin]...)
		out = strconv.AppendQuote(out, path)
		at = spec.end
	}
	return append(out, s.text[at:]...)
}
