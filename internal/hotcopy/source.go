package hotcopy

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/tools/go/ast/astutil"
)

// Directories below the tool's module, and in a copy.
const (
	hotSource     = "hot"
	hotplugSource = "hot/hotplug"
	hotplugDir    = "hotplug"
)

// Sources are the packages as the tool has them.
type Sources struct {
	files   fs.FS  // the tool's module, or as much of it as is needed
	module  string // its path
	version string
}

// Open takes the files of the tool's module, with its go.mod, for the sources.
func Open(files fs.FS, version string) (*Sources, error) {
	mod, err := fs.ReadFile(files, "go.mod")
	if err != nil {
		return nil, fmt.Errorf("read the sources of package hot: %w", err)
	}
	return &Sources{files: files, module: modfile.ModulePath(mod), version: version}, nil
}

// generated is a file of a copy as it should be.
type generated struct {
	text []byte // header and body
	body []byte
	sum  string
}

// generate makes the files of a copy whose package hot has an import path, by their paths
// below its directory.
func (s *Sources) generate(importPath string, plugins bool) (map[string]generated, error) {
	all := map[string]generated{}
	todo, seen := []string{hotSource}, map[string]bool{}
	if plugins {
		todo = append(todo, hotplugSource)
	}
	for len(todo) > 0 {
		dir := todo[0]
		todo = todo[1:]
		if seen[dir] {
			continue
		}
		seen[dir] = true
		names, err := fs.Glob(s.files, dir+"/*.go")
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			body, imports, err := s.rewrite(name, importPath)
			if err != nil {
				return nil, fmt.Errorf("copy %s: %w", name, err)
			}
			todo = append(todo, imports...)
			h := header{source: name, module: s.module, version: s.version, sum: sumOf(body)}
			all[path.Join(placeOf(dir), path.Base(name))] = generated{
				text: fmt.Appendf(nil, "%s\n\n%s", h, body), body: body, sum: h.sum,
			}
		}
	}
	return all, nil
}

// rewrite is a file's text with the imports of our packages turned to those of the copy, and
// the directories of those packages in our module.
func (s *Sources) rewrite(name, importPath string) (body []byte, imports []string, err error) {
	text, err := fs.ReadFile(s.files, name)
	if err != nil {
		return nil, nil, err
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, nil, err
	}
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, nil, err
		}
		if dir, own := strings.CutPrefix(imported, s.module+"/"); own {
			imports = append(imports, dir)
			astutil.RewriteImport(fset, file, imported, path.Join(importPath, placeOf(dir)))
		}
	}
	ast.SortImports(fset, file)
	var b bytes.Buffer
	err = format.Node(&b, fset, file)
	return b.Bytes(), imports, err
}

// placeOf is where a package of ours lies below the directory of a copy: what is not below
// hot is an internal package of the copy's.
func placeOf(dir string) string {
	if dir == hotSource {
		return "."
	}
	if below, ok := strings.CutPrefix(dir, hotSource+"/"); ok {
		return below
	}
	return path.Join("internal", path.Base(dir))
}
