package watch

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// links knows the symbolic links in the tree, and the paths that each depends on:
// the file it leads to, and whatever the system looks up on the way.
type links struct {
	paths  map[string]bool     // of the links
	files  map[string][]string // a file -> the links that lead to it
	trails map[string][]string // a path on the way -> the links that lead through it
	racy   map[string]bool     // links that may have led elsewhere while what is behind them was read
}

func newLinks() *links { return &links{paths: map[string]bool{}, racy: map[string]bool{}} }

// put records what is at a path, and reports whether that is, or was, a link.
func (l *links) put(path string, e entry) bool {
	was := l.paths[path]
	if e.kind.isLink() {
		l.paths[path] = true
	} else {
		delete(l.paths, path)
	}
	return was || e.kind.isLink()
}

func (l *links) remove(path string) { delete(l.paths, path) }

// all returns the links in order: one that others lead through may come after them.
func (l *links) all() []string { return slices.Sorted(maps.Keys(l.paths)) }

// to returns the links that lead to a file.
func (l *links) to(file string) []string { return l.files[file] }

// disturb records that a path was replaced, came or went, and reports whether
// links lead through it.
func (l *links) disturb(path string) bool {
	for _, on := range l.trails[path] {
		l.racy[on] = true
	}
	return len(l.trails[path]) > 0
}

// takeRacy returns the links whose content has to be read again.
func (l *links) takeRacy() map[string]bool {
	racy := l.racy
	l.racy = map[string]bool{}
	return racy
}

// trace follows all links again, and tells which directories they depend on. need is
// called for each; lookups: links are looked up in it, and it returns false if
// it has not been watched so far.
func (l *links) trace(root string, t tree, need func(dir string, lookups bool) (watched bool)) {
	l.files, l.trails = map[string][]string{}, map[string][]string{}
	real, _ := filepath.EvalSymlinks(root)
	for path := range l.paths {
		if file := fileBehind(path); file != "" {
			l.files[file] = append(l.files[file], path)
			need(filepath.Dir(file), false)
		}
		if real == "" || t.behindLink(path) {
			continue
		}
		on, dirs := trail{root: root, real: real}.follow(path)
		for _, at := range on {
			l.trails[at] = append(l.trails[at], path)
		}
		for _, dir := range dirs {
			if !need(dir, true) { // the link may have led elsewhere just before
				l.racy[path] = true
			}
		}
	}
}

// fileBehind returns where the file is, or would be, that a link leads to in the
// end; "" if there is not even a directory for it, or if it is a directory.
func fileBehind(path string) string {
	for range maxLinks {
		dir, err := filepath.EvalSymlinks(filepath.Dir(path))
		if err != nil {
			return ""
		}
		path = filepath.Join(dir, filepath.Base(path))
		text, err := os.Readlink(path)
		if err != nil {
			break
		}
		if path = text; !filepath.IsAbs(text) {
			path = filepath.Join(dir, text)
		}
	}
	if isDir(path) {
		return ""
	}
	return path
}
