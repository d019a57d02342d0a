package hotcopy

import (
	"errors"
	"fmt"
	"go/version"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
)

// minGo is the version of the language that package hot is written in.
const minGo = "1.22"

// Module is the one that a copy is for.
type Module struct {
	Dir  string // absolute
	Path string
}

// FindModule finds the module that a directory belongs to, which need not exist.
func FindModule(dir string) (Module, error) {
	root, err := moduleDir(dir)
	if err != nil {
		return Module{}, err
	}
	file := filepath.Join(root, "go.mod")
	text, err := os.ReadFile(file)
	if err != nil {
		return Module{}, err
	}
	mod, err := modfile.ParseLax(file, text, nil)
	if err != nil {
		return Module{}, &Refusal{err.Error()}
	}
	if mod.Module == nil {
		return Module{}, &Refusal{file + " names no module; run: go mod edit -module PATH"}
	}
	if mod.Go == nil || version.Compare("go"+mod.Go.Version, "go"+minGo) < 0 {
		return Module{}, &Refusal{fmt.Sprintf("%s asks for a version of Go before %s, which package hot is written in; run: go mod edit -go=%[2]s", file, minGo)}
	}
	return Module{Dir: root, Path: mod.Module.Mod.Path}, nil
}

// moduleDir is the nearest directory upwards with a go.mod.
func moduleDir(dir string) (string, error) {
	for at := dir; ; at = filepath.Dir(at) {
		_, err := os.Stat(filepath.Join(at, "go.mod"))
		switch {
		case err == nil:
			return at, nil
		case !errors.Is(err, fs.ErrNotExist):
			return "", err
		case at == filepath.Dir(at):
			return "", &Refusal{"there is no go.mod in " + dir + " or above it; run: go mod init PATH"}
		}
	}
}

// place checks an absolute directory, and returns it relative to the module, with its import path.
func (m Module) place(dir string) (rel, importPath string, err error) {
	rel, err = filepath.Rel(m.Dir, dir)
	if err != nil {
		return "", "", err
	}
	if at, err := moduleDir(dir); err != nil || at != m.Dir {
		return "", "", &Refusal{fmt.Sprintf("%s is not in the module %s, which is in %s; choose a directory there with --to DIR", dir, m.Path, m.Dir)}
	}
	rel = filepath.ToSlash(rel)
	importPath = path.Join(m.Path, rel)
	if err := module.CheckImportPath(importPath); err != nil || rel == "." || isIgnored(rel) {
		return "", "", &Refusal{rel + " cannot be imported as a package; choose another directory with --to DIR"}
	}
	return rel, importPath, nil
}

// isIgnored reports whether Go passes over a directory, or takes it for something else.
func isIgnored(rel string) bool {
	for part := range strings.SplitSeq(rel, "/") {
		if strings.HasPrefix(part, "_") || part == "vendor" || part == "testdata" {
			return true
		}
	}
	return false
}
