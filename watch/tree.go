package watch

import (
	"iter"
	"path/filepath"
)

// tree is what the watcher knows about the directories it watches, by their paths.
type tree map[string]*directory

// directory is one that is watched.
type directory struct {
	entries map[string]entry // what is in it, by name
	at      identity
	place   place
}

// place is what a directory is to the coverage.
type place struct {
	all  bool // what matters is seen even if rules ignore it
	only bool // outside: only named files and the way to them are seen
}

// parent returns the directory that a path is in; nil if that is not watched, or if there is
// none above the path.
func (t tree) parent(path string) *directory {
	if dir := filepath.Dir(path); dir != path {
		return t[dir]
	}
	return nil
}

// above yields the watched directories that a path is in, from the inside out, as far as they
// are watched.
func (t tree) above(path string) iter.Seq2[string, *directory] {
	return func(yield func(string, *directory) bool) {
		for d := t.parent(path); d != nil; d = t.parent(path) {
			if path = filepath.Dir(path); !yield(path, d) {
				return
			}
		}
	}
}

// at returns what is known about a path.
func (t tree) at(path string) entry {
	if d := t.parent(path); d != nil {
		return d.entries[filepath.Base(path)]
	}
	if t[path] != nil {
		return entry{kind: folder}
	}
	return entry{}
}

// put records what is at a path, if its directory is watched.
func (t tree) put(path string, e entry) {
	d := t.parent(path)
	switch {
	case d == nil:
	case e.kind == absent:
		delete(d.entries, filepath.Base(path))
	default:
		d.entries[filepath.Base(path)] = e
	}
}

// behindLink reports whether a path is reached through a link that is followed.
func (t tree) behindLink(path string) bool {
	for dir := range t.above(path) {
		if up := t.parent(dir); up != nil && up.entries[filepath.Base(dir)].kind == folderLink {
			return true
		}
	}
	return false
}

// holds reports whether one of the watched directories that a path is in is the one
// at an identity.
func (t tree) holds(path string, at identity) bool {
	for _, d := range t.above(path) {
		if d.at.is(at) {
			return true
		}
	}
	return false
}

// walked reports whether a path is to be watched as a directory. To the system a
// link that is not followed looks like one, too.
func (t tree) walked(path string) bool {
	d := t.parent(path)
	return d == nil || d.entries[filepath.Base(path)].kind.isDir()
}
