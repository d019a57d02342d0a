package e2e

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// The rules of the house: what is small can be read.
const (
	maxFields  = 15  // of a struct
	maxParams  = 6   // of a function
	maxLines   = 60  // of a function
	maxFile    = 400 // lines of a file
	minComment = 3   // lines of a package comment: what goes in, what comes out, what always holds
)

// exceptions are what breaks a rule, and why it may. An entry goes when its reason does.
var exceptions = map[string]string{
	"main.go: package comment": "it only hands over to internal/cli",

	"internal/appsock/wire/wire.go: struct Message": "one JSON object whose fields are public to other languages",
}

// Every file outside tests is small and made of small parts, and every package says what
// it is for in the file that is named after it.
func TestHouse(t *testing.T) {
	t.Parallel()
	h := house{t: t, used: map[string]bool{}, documented: map[string]bool{}}
	err := filepath.WalkDir(repository(), func(name string, entry fs.DirEntry, err error) error {
		switch base := entry.Name(); {
		case err != nil:
			return err
		case entry.IsDir() && (base == "testdata" || base == "examples" || strings.HasPrefix(base, "_") || strings.HasPrefix(base, ".")):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(base, ".go") || strings.HasSuffix(base, "_test.go"):
			return nil
		}
		return h.file(name)
	})
	if err != nil {
		t.Fatal(err)
	}
	for folder, is := range h.documented {
		if !is {
			t.Errorf("%s has no %s.go or doc.go that says what the package is for", folder, path.Base(folder))
		}
	}
	for key := range exceptions {
		if !h.used[key] {
			t.Errorf("%q breaks no rule any more: delete the exception", key)
		}
	}
}

// house is what was seen of it.
type house struct {
	t          *testing.T
	used       map[string]bool // exceptions
	documented map[string]bool // folders -> whether a file of the right name was found
}

// breaks reports that something breaks a rule, unless it may.
func (h house) breaks(file, what, format string, args ...any) {
	key := file + ": " + what
	h.used[key] = true
	if exceptions[key] == "" {
		h.t.Errorf("%s: %s %s", file, what, fmt.Sprintf(format, args...))
	}
}

// file checks one file.
func (h house) file(name string) error {
	file, err := filepath.Rel(repository(), name)
	if err != nil {
		return err
	}
	file = filepath.ToSlash(file)
	fset := token.NewFileSet()
	syntax, err := parser.ParseFile(fset, name, nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	lines := func(n ast.Node) int { return fset.Position(n.End()).Line - fset.Position(n.Pos()).Line + 1 }
	if n := fset.File(syntax.Pos()).LineCount(); n > maxFile {
		h.breaks(file, "file", "has %d lines", n)
	}
	ast.Inspect(syntax, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.TypeSpec:
			if s, ok := n.Type.(*ast.StructType); ok && s.Fields.NumFields() > maxFields {
				h.breaks(file, "struct "+n.Name.Name, "has %d fields", s.Fields.NumFields())
			}
		case *ast.FuncDecl:
			if lines(n) > maxLines {
				h.breaks(file, "func "+n.Name.Name, "has %d lines", lines(n))
			}
			if n.Type.Params.NumFields() > maxParams {
				h.breaks(file, "func "+n.Name.Name, "has %d parameters", n.Type.Params.NumFields())
			}
		}
		return true
	})
	folder := path.Dir(file)
	switch path.Base(file) {
	case path.Base(folder) + ".go", "doc.go", "main.go":
		h.documented[folder] = true
		if syntax.Doc == nil || lines(syntax.Doc) < minComment {
			h.breaks(file, "package comment", "says too little")
		}
	default:
		h.documented[folder] = h.documented[folder] || false
	}
	return nil
}
