// Package gitignore decides which paths git ignores, as git itself does.
//
// In go absolute paths, and whether each is a directory; out come Decisions
// that name the file, the line and the pattern. What always holds: the decision
// is that of `git check-ignore -v --no-index` in the innermost repository that
// the path is in. That is to say:
//
//   - of the lines that match a path the last one in the nearest .gitignore decides,
//     then info/exclude, then the user's file;
//   - nothing in an ignored directory can be brought back;
//   - only patterns count, not whether git tracks the file;
//   - a nested repository is entered: the outer one decides about its directory, and
//     its own rules about what is in it.
//
// Where there is no repository, each tree counts as one. So does a tree that the
// repository around it ignores, because it was asked for explicitly.
//
// No library that we know of decides as git does. A property test compares decisions about
// random trees and rules with those of git check-ignore:
//
//	HOTRELOAD_IGNORE_PATHS=100000 HOTRELOAD_IGNORE_SEED=1 go test -run TestSameAsGit ./watch/gitignore
package gitignore

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"hotreload/internal/paths"
)

// Matcher decides about the paths in some trees, and in whatever repositories there
// are besides. It reads the ignore files of a directory when it first decides about
// something in it, and keeps them until it is told to Forget. It is for one goroutine
// at a time.
type Matcher struct {
	settings Settings
	trees    []string
	dirs     map[string]*directory
}

// New returns a matcher for the trees at the directories given, absolute.
func New(s Settings, trees ...string) *Matcher {
	return &Matcher{settings: s, trees: trees, dirs: map[string]*directory{}}
}

// Decision is what a line of an ignore file says about a path.
type Decision struct {
	File    string // absolute
	Line    int
	Pattern string // the line
	Ignored bool   // false: no line matches the path, or one that brings it back
}

// directory is what holds for everything in a directory.
type directory struct {
	by    Decision // what ignores the directory itself
	files *file    // the ignore files that apply, by rank; nil where there is no repository
	top   string   // of its repository
}

// file is an ignore file, and the one to be asked if none of its lines matches.
type file struct {
	path     string
	base     string // the directory that its patterns are relative to
	patterns []Pattern
	next     *file
}

// Decide decides whether a path is ignored.
func (m *Matcher) Decide(path string, isDir bool) Decision {
	in := m.at(filepath.Dir(path))
	if in == nil {
		return Decision{}
	}
	if in.by.Ignored {
		return in.by
	}
	return m.decide(in.files, path, isDir)
}

// DecideAlone is Decide for a path whose directories are taken as not ignored,
// whatever the rules say about them.
func (m *Matcher) DecideAlone(path string, isDir bool) Decision {
	if in := m.at(filepath.Dir(path)); in != nil {
		return m.decide(in.files, path, isDir)
	}
	return Decision{}
}

// decide asks the files in turn.
func (m *Matcher) decide(files *file, path string, isDir bool) Decision {
	for f := files; f != nil; f = f.next {
		rel := filepath.ToSlash(paths.Rest(path, f.base))
		for i := len(f.patterns) - 1; i >= 0; i-- {
			if p := &f.patterns[i]; p.Match(rel, isDir, m.settings.IgnoreCase) {
				return Decision{File: f.path, Line: p.Line, Pattern: p.Text, Ignored: !p.Negated}
			}
		}
	}
	return Decision{}
}

// Forget drops what was read in a directory and below it.
func (m *Matcher) Forget(dir string) {
	if _, known := m.dirs[dir]; !known {
		return // nor is anything below it: a directory is read after the one above it
	}
	for known := range m.dirs {
		if paths.Within(known, dir) {
			delete(m.dirs, known)
		}
	}
}

// Above returns the files, existing or not, outside a tree from which the repository
// around it reads what is ignored in the tree.
func (m *Matcher) Above(tree string) []string {
	in := m.at(tree)
	if in == nil {
		return nil
	}
	var above []string
	if exclude := excludeFile(in.top); exclude != "" {
		above = append(above, exclude)
	}
	for dir := tree; dir != in.top && dir != filepath.Dir(dir); {
		dir = filepath.Dir(dir)
		above = append(above, filepath.Join(dir, ".gitignore"))
	}
	return above
}

// at returns what holds in a directory; nil outside the trees and any repository.
func (m *Matcher) at(dir string) *directory {
	d, known := m.dirs[dir]
	if !known {
		d = m.read(dir)
		m.dirs[dir] = d
	}
	return d
}

func (m *Matcher) read(dir string) *directory {
	var around *directory
	if up := filepath.Dir(dir); up != dir {
		around = m.at(up)
	}
	tree := slices.Contains(m.trees, dir)
	d := &directory{}
	if around != nil {
		*d = *around
		if !d.by.Ignored {
			d.by = m.decide(d.files, dir, true)
		}
	}
	alone := tree && (around == nil || d.by.Ignored)
	switch {
	case alone, isTop(dir):
		d.top, d.files = dir, m.ofRepository(dir)
	case around == nil:
		return nil
	}
	if tree {
		d.by = Decision{}
	}
	if !d.by.Ignored {
		d.files = readFile(filepath.Join(dir, ".gitignore"), dir, os.Lstat, d.files) // git does not follow a link
	}
	return d
}

// ofRepository reads the files that hold in a whole repository.
func (m *Matcher) ofRepository(top string) *file {
	var files *file
	if path := m.settings.userFile(top); path != "" {
		files = readFile(path, top, os.Stat, files)
	}
	if path := excludeFile(top); path != "" {
		files = readFile(path, top, os.Stat, files)
	}
	return files
}

// readFile puts an ignore file before the others, if it exists and has any pattern.
func readFile(path, base string, stat func(string) (fs.FileInfo, error), next *file) *file {
	text, err := read(path, stat)
	if err != nil {
		return next
	}
	patterns := Parse(text)
	if len(patterns) == 0 {
		return next
	}
	return &file{path, base, patterns, next}
}
