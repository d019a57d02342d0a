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
	if why := w.ignoredIn(w.asArmed(filepath.Dir(path)), path, isDir); why != onlyNamed {
		return why
	}
	tree := w.rules.tree(path)
	if tree == "" {
		return "outside of what is watched"
	}
	for dir := filepath.Dir(path); dir != tree; dir = filepath.Dir(dir) {
		if info, err := os.Lstat(dir); err == nil && info.Mode().Type() == fs.ModeSymlink {
			return "behind the symbolic link " + filepath.ToSlash(below(dir, tree)) + ", which is not followed"
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
	for tree := w.rules.tree(dir); tree != "" && dir != tree; dir = filepath.Dir(dir) {
		if info, err := os.Lstat(dir); err == nil && !info.IsDir() || w.rules.ignores(dir, true) != "" {
			return false
		}
	}
	return true
}
