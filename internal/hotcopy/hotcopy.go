// Package hotcopy writes the packages that an app imports, hot and hotplug, into the app's
// own module.
//
// In go the tool's sources and a place in a module; out comes a Plan, which says what is
// new, changed or removed there, and writes it. What always holds: nothing is written
// before the plan is; a package that is not such a copy is never touched, and a file that
// was edited by hand is named; the copy needs the standard library alone.
//
//	Sources ─▶ generate ─▶ Make ─▶ Plan ─▶ Write
//	                        ▲
//	     Module.Choose, and what lies there
//
//go:generate go run ../.. -C ../../examples/counter add hot
//go:generate go run ../.. -C ../../examples/classic add hotplug
//go:generate go run ../.. -C ../../examples/plugin add hotplug
package hotcopy

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// DefaultDir is where a copy lies in its module unless its user wants it elsewhere.
const DefaultDir = "internal/hot"

// Refusal is an error that the user can do something about; its text says what.
type Refusal struct{ text string }

func (r *Refusal) Error() string { return r.text }

// Plan is what has to happen for a copy to be current.
type Plan struct {
	Dir     string   // of package hot, below the module's directory, with slashes
	Import  string   // its import path
	Plugins bool     // package hotplug is part of the copy
	Fresh   bool     // there was no copy before
	Changes []Change // sorted by path
	Edited  []string // files of the copy that were edited by hand, and that Write overwrites or removes

	root string
}

// Change is what happens to one file.
type Change struct {
	Kind Kind
	Path string // below the module's directory, with slashes
	Diff Diff   // from what is there
	text []byte
}

// Kind is what happens to a file.
type Kind string

// The kinds of changes.
const (
	New     Kind = "new"
	Changed Kind = "changed"
	Removed Kind = "removed"
)

// Make plans a copy of hot in a directory of a module, absolute, and with plugins one of
// hotplug below it. A copy that has hotplug already keeps it.
func Make(s *Sources, m Module, dir string, plugins bool) (*Plan, error) {
	p := &Plan{Plugins: plugins, root: m.Dir}
	var err error
	if p.Dir, p.Import, err = m.place(dir); err != nil {
		return nil, err
	}
	there, err := readCopy(os.DirFS(m.Dir), p.Dir)
	if err != nil {
		return nil, err
	}
	p.Fresh = len(there) == 0
	for at, f := range there {
		p.Plugins = p.Plugins || f.isOurs() && path.Dir(at) == hotplugDir
	}
	wanted, err := s.generate(p.Import, p.Plugins)
	if err != nil {
		return nil, err
	}
	if err := refuseForeign(p.Dir, there, wanted); err != nil {
		return nil, err
	}
	p.compare(there, wanted)
	return p, nil
}

// compare takes down what differs between the files that are there and those that are wanted.
func (p *Plan) compare(there map[string]present, wanted map[string]generated) {
	note := func(k Kind, at string, want generated) {
		name := path.Join(p.Dir, at)
		have, was := there[at]
		if was && !have.isUntouched() {
			p.Edited = append(p.Edited, name)
		}
		p.Changes = append(p.Changes, Change{k, name, diff(name, have.body, want.body), want.text})
	}
	for at, want := range wanted {
		have, ok := there[at]
		switch {
		case !ok:
			note(New, at, want)
		case !have.isUntouched() || have.sum != want.sum: // what differs in its version alone stays as it is
			note(Changed, at, want)
		}
	}
	for at, have := range there {
		if _, ok := wanted[at]; !ok && have.isOurs() {
			note(Removed, at, generated{})
		}
	}
	slices.Sort(p.Edited)
	slices.SortFunc(p.Changes, func(a, b Change) int { return strings.Compare(a.Path, b.Path) })
}

// refuseForeign is for a directory that has Go files, and none of them ours.
func refuseForeign(dir string, there map[string]present, wanted map[string]generated) error {
	ours := map[string]bool{} // directories of packages
	for at, f := range there {
		ours[path.Dir(at)] = ours[path.Dir(at)] || f.isOurs()
	}
	for at := range wanted {
		if known, has := ours[path.Dir(at)]; has && !known {
			return &Refusal{path.Join(dir, path.Dir(at)) + " holds a package that is not a copy of hotreload's; " +
				"choose another directory with --to DIR"}
		}
	}
	return nil
}

// Write does what is planned.
func (p *Plan) Write() error {
	root, err := os.OpenRoot(p.root) // a link must not lead out of the module
	if err != nil {
		return err
	}
	defer root.Close()
	for _, c := range p.Changes {
		name := filepath.FromSlash(c.Path)
		if c.Kind == Removed {
			err = root.Remove(name)
		} else if err = root.MkdirAll(filepath.Dir(name), 0o755); err == nil {
			err = root.WriteFile(name, c.text, 0o644)
		}
		if err != nil {
			return fmt.Errorf("in %s: %w", p.root, err)
		}
	}
	return nil
}

// readCopy reads the Go files in the directories where a copy's packages may lie, by their
// paths below dir. Those of packages that an older version had are among them.
func readCopy(module fs.FS, dir string) (map[string]present, error) {
	all := map[string]present{}
	read := func(file string) error {
		text, err := fs.ReadFile(module, file)
		if err != nil {
			return err
		}
		at := strings.TrimPrefix(strings.TrimPrefix(file, dir), "/")
		all[at] = parsePresent(at, text)
		return nil
	}
	files, err := fs.Glob(module, path.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		if err := read(file); err != nil {
			return nil, err
		}
	}
	for _, below := range []string{"internal", hotplugDir} {
		err := fs.WalkDir(module, path.Join(dir, below), func(file string, entry fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) || err == nil && (entry.IsDir() || path.Ext(file) != ".go") {
				return nil
			}
			return errors.Join(err, read(file))
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}
