package hotcopy

import (
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Copies lists the directories in a module that hold a copy of package hot, below its own and
// with slashes, sorted. It skips vendored code, test data, hidden directories and nested modules.
func (m Module) Copies() ([]string, error) {
	var found []string
	err := filepath.WalkDir(m.Dir, func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil // unreadable, or gone
		case entry.IsDir() && file != m.Dir && isOutside(file, entry.Name()):
			return fs.SkipDir
		case !entry.Type().IsRegular() || filepath.Ext(file) != ".go" || !isOfHot(file):
			return nil
		}
		rel, err := filepath.Rel(m.Dir, filepath.Dir(file))
		if rel = filepath.ToSlash(rel); !slices.Contains(found, rel) {
			found = append(found, rel)
		}
		return err
	})
	slices.Sort(found)
	return found, err
}

// isOutside reports whether a directory holds no packages of the module.
func isOutside(dir, name string) bool {
	if strings.HasPrefix(name, ".") || name == "node_modules" || isIgnored(name) {
		return true
	}
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}

// isOfHot reports whether a Go file is marked as one of package hot. It reads little more than
// the first line.
func isOfHot(file string) bool {
	f, err := os.Open(file)
	if err != nil {
		return false
	}
	defer f.Close()
	head, err := io.ReadAll(io.LimitReader(f, longestHeader))
	p := parsePresent(path.Base(file), head)
	return err == nil && p.isOurs()
}

// Choose returns the directory, absolute, of the module's copy, or the usual one if there is
// none yet.
func (m Module) Choose() (string, error) {
	copies, err := m.Copies()
	if err != nil {
		return "", err
	}
	dir := DefaultDir
	switch {
	case len(copies) > 1:
		return "", &Refusal{"the module has several copies of package hot: " + strings.Join(copies, ", ") + "; choose with --to DIR"}
	case len(copies) == 1:
		dir = copies[0]
	}
	return filepath.Join(m.Dir, filepath.FromSlash(dir)), nil
}

// RefuseSecond is for a plan that would give the module one more copy than it has.
func (m Module) RefuseSecond(p *Plan) error {
	copies, err := m.Copies()
	if err == nil && len(copies) > 0 && !slices.Contains(copies, p.Dir) {
		err = &Refusal{"the module has a copy of package hot in " + strings.Join(copies, ", ") + "; update it without --to, or delete it first"}
	}
	return err
}
