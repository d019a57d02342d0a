package watch

import (
	"io/fs"
	"os"
	"path/filepath"

	"hotreload/internal/paths"
)

// Unseen returns the rule by which a watcher with this scope would not see a change
// of path, absolute, or "" if it would see it. The watcher need not be armed, and
// must not be armed afterwards.
func (w *Watcher) Unseen(scope Scope, path string, isDir bool) string {
	f := w.view.filter
	f.cover(scope)
	if path == w.root {
		return ""
	}
	if why := f.ignored(f.placeWithoutTree(filepath.Dir(path)), path, isDir); why != onlyNamed {
		return why
	}
	tree := f.rules.tree(path)
	if tree == "" {
		return "outside the watched directories"
	}
	behind := ""
	for dir := filepath.Dir(path); dir != tree; dir = filepath.Dir(dir) {
		leads, follows := follows(dir, w.root)
		switch name := filepath.ToSlash(paths.Rest(dir, tree)); {
		case !follows:
			return "behind " + name + ", a link to " + leads + ", which is not followed"
		case leads != "" && behind != "":
			return "behind " + behind + ", a link behind the link " + name
		case leads != "":
			behind = name
		}
	}
	return f.rules.ignores(path, isDir)
}

// placeWithoutTree returns what a directory would be to an armed watcher, whether
// it exists or not.
func (f *filter) placeWithoutTree(dir string) place {
	if f.coverage.onRoute(dir) || f.coverage.holds(dir) || !f.coverage.isOutside(dir) && f.reaches(dir) {
		return f.coverage.place(dir)
	}
	return place{only: true}
}

// reaches reports whether a walk of the watched trees comes to a directory in them.
func (f *filter) reaches(dir string) bool {
	links := 0
	for tree := f.rules.tree(dir); tree != "" && dir != tree; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		leads, follows := follows(dir, f.rules.root)
		if err == nil && !info.IsDir() || !follows || f.rules.ignores(dir, true) != "" {
			return false
		}
		if leads != "" {
			links++
		}
	}
	return links < 2
}

// follows reports whether a walk enters a directory. It does not if that is a link
// to something broader than the project or to a directory that contains it. leads
// is "" if it is not a link.
func follows(dir, root string) (leads string, follows bool) {
	if info, err := os.Lstat(dir); err != nil || info.Mode().Type() != fs.ModeSymlink {
		return "", true
	}
	leads, err := filepath.EvalSymlinks(dir)
	return leads, err == nil && !tooBroad(leads, root) && !paths.Below(dir, leads)
}
