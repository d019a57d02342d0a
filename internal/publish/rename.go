package main

import (
	"bytes"
	"cmp"
	"fmt"
	"go/format"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
)

// rename puts the module in root, and what belongs to it, under an address. It returns the
// number of files that it changed.
func rename(root, address string) (changed int, err error) {
	if err := module.CheckPath(address); err != nil {
		return 0, fmt.Errorf("%s is not an address: %w", address, err)
	}
	text, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		return 0, err
	}
	r := renaming{from: modfile.ModulePath(text), to: address}
	err = filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() && entry.Name() == ".git" {
			return cmp.Or(err, fs.SkipDir)
		}
		edit := r.goFile
		switch {
		case entry.Name() == "go.mod":
			edit = r.modFile
		case filepath.Ext(file) != ".go":
			return nil
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		next, err := edit(file, text)
		if err != nil || bytes.Equal(next, text) {
			return err
		}
		changed++
		return os.WriteFile(file, next, 0o644)
	})
	return changed, err
}

// renaming is from one module path to another.
type renaming struct{ from, to string }

// path is a module's or package's path after the renaming.
func (r renaming) path(old string) string {
	if rest, ours := strings.CutPrefix(old, r.from); ours && (rest == "" || rest[0] == '/') {
		return r.to + rest
	}
	return old
}

// goFile renames the imports of a Go file.
func (r renaming) goFile(file string, text []byte) ([]byte, error) {
	if !bytes.Contains(text, []byte(`"`+r.from)) {
		return text, nil
	}
	fset := token.NewFileSet()
	syntax, err := parser.ParseFile(fset, file, text, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	var next []byte
	done := 0
	for _, spec := range syntax.Imports {
		old, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", fset.Position(spec.Pos()), err)
		}
		next = append(next, text[done:fset.Position(spec.Path.Pos()).Offset]...)
		next = strconv.AppendQuote(next, r.path(old))
		done = fset.Position(spec.Path.End()).Offset
	}
	if next = append(next, text[done:]...); bytes.Equal(next, text) {
		return text, nil
	}
	return format.Source(next) // the order of imports may be another one
}

// modFile renames a module, and what it requires and replaces.
func (r renaming) modFile(file string, text []byte) ([]byte, error) {
	mod, err := modfile.Parse(file, text, nil)
	if err != nil {
		return nil, err
	}
	if err := mod.AddModuleStmt(r.path(mod.Module.Mod.Path)); err != nil {
		return nil, err
	}
	_, major, _ := module.SplitPathVersion(r.to)
	version := cmp.Or(module.PathMajorPrefix(major), "v0") + ".0.0" // which a replacement stands for
	for _, q := range mod.Require {
		if q.Mod.Path != r.from || r.from == r.to {
			continue
		}
		if err := mod.DropRequire(r.from); err != nil {
			return nil, err
		}
		if err := mod.AddRequire(r.to, version); err != nil {
			return nil, err
		}
		break
	}
	for _, p := range mod.Replace {
		if p.Old.Path != r.from || r.from == r.to {
			continue
		}
		to := p.New
		if err := mod.DropReplace(r.from, p.Old.Version); err != nil {
			return nil, err
		}
		if err := mod.AddReplace(r.to, "", to.Path, to.Version); err != nil {
			return nil, err
		}
		break
	}
	mod.Cleanup()
	return mod.Format()
}
