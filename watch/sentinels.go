package watch

import "path/filepath"

// sentinels are directories outside the tree that are watched only to notice that
// something in them came or went: what links lead through, the directory above the
// root, those in which external directories appear.
type sentinels struct {
	dirs    map[string]bool // true: whatever comes or goes in it is a reason to look at links and roots
	awaited map[string]bool // paths in them at which external directories come and go
}

func newSentinels() sentinels {
	return sentinels{dirs: map[string]bool{}, awaited: map[string]bool{}}
}

// need asks for a directory to be watched; all: for whatever comes or goes in it.
func (s *sentinels) need(dir string, all bool) { s.dirs[dir] = s.dirs[dir] || all }

func (s *sentinels) has(dir string) bool {
	_, has := s.dirs[dir]
	return has
}

func (s *sentinels) remove(dir string) { delete(s.dirs, dir) }

// alerted reports whether what came or went at a path is a reason to look at links
// and roots.
func (s *sentinels) alerted(path string) bool {
	return s.dirs[filepath.Dir(path)] || s.dirs[path] || s.awaited[path]
}

// placeSentinels watches what guards links, and where the root and what is outside
// it may appear.
func (v *view) placeSentinels() error {
	former, next := v.sentinels, v.planSentinels()
	for dir := range former.dirs {
		if !next.has(dir) && v.tree[dir] == nil {
			v.hub.remove(dir)
		}
	}
	v.sentinels = next
	for dir := range next.dirs {
		if v.tree[dir] != nil || former.has(dir) {
			continue
		}
		v.shifted = true                               // what is awaited may have come just before
		if _, err := v.watchDir(dir); exhausted(err) { // other errors: it went away, which the one above it tells
			return watchError(dir, err)
		}
	}
	return nil
}

func (v *view) planSentinels() sentinels {
	s := newSentinels()
	v.links.trace(v.root, v.tree, func(dir string, lookups bool) bool {
		s.need(dir, lookups)
		return !v.armed || v.tree[dir] != nil || v.sentinels.dirs[dir]
	})
	if v.lost {
		s.need(nearest(v.root), true)
	} else if v.hub.hidesRemoval() {
		s.need(filepath.Dir(v.root), false)
	}
	for _, dir := range v.filter.coverage.external {
		for !isDir(filepath.Dir(dir)) && dir != filepath.Dir(dir) {
			dir = filepath.Dir(dir)
		}
		s.awaited[dir] = true
		s.need(filepath.Dir(dir), false)
	}
	return s
}

// nearest returns the nearest directory above a path, or at it, that exists.
func nearest(path string) string {
	for !isDir(path) && path != filepath.Dir(path) {
		path = filepath.Dir(path)
	}
	return path
}
