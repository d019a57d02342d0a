package watch

import (
	"io/fs"
	"os"
	"path/filepath"
)

// Unseen returns the rule by which a watcher with this scope would not see a
// change of path, absolute, or "" when it would. The watcher need not be armed,
// and is not to be armed afterwards.
func (w *Watcher) Unseen(scope Scope, path string, isDir bool) string {
	w.aim(scope)
	if path == w.root {
		return ""
	}
	e := entry{kind: file}
	if isDir {
		e.kind = folder
	}
	if why := w.ignoredIn(w.asArmed(filepath.Dir(path)), path, e); why != onlyNamed {
		return why
	}
	tree := w.rules.tree(path)
	if tree == "" {
		return "outside of what is watched"
	}
	behind := ""
	for dir := filepath.Dir(path); dir != tree; dir = filepath.Dir(dir) {
		leads, follows := w.follows(dir)
		switch name := filepath.ToSlash(below(dir, tree)); {
		case !follows:
			return "behind " + name + ", a link to " + leads + ", which is not followed"
		case leads != "" && behind != "":
			return "behind " + behind + ", a link behind " + name + ", which is one too"
		case leads != "":
			behind = name
		}
	}
	return w.rules.ignores(path, isDir)
}

// asArmed is what a directory would be to an armed watcher, as if it were
// there; nil when it would not be watched.
func (w *Watcher) asArmed(dir string) *directory {
	d := &directory{}
	w.place(dir, d)
	if _, leads := w.ways[dir]; leads || !w.outside(dir) && w.reaches(dir) {
		return d
	}
	return nil
}

// reaches reports whether a walk of the trees comes to a directory in them.
func (w *Watcher) reaches(dir string) bool {
	links := 0
	for tree := w.rules.tree(dir); tree != "" && dir != tree; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		leads, follows := w.follows(dir)
		if err == nil && !info.IsDir() || !follows || w.rules.ignores(dir, true) != "" {
			return false
		}
		if leads != "" {
			links++
		}
	}
	return links < 2
}

// follows reports whether a walk enters a directory, which it does not if it is
// a link to a place that is none of the project's or that it lies in. Where it
// leads is "" if it is none.
func (w *Watcher) follows(dir string) (leads string, follows bool) {
	if info, err := os.Lstat(dir); err != nil || info.Mode().Type() != fs.ModeSymlink {
		return "", true
	}
	leads, err := filepath.EvalSymlinks(dir)
	return leads, err == nil && !tooWide(leads, w.root) && !within(dir, leads)
}
