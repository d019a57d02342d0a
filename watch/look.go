package watch

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// take looks where hints point.
func (w *Watcher) take(hints []hint) error {
	var reload, moved, missed bool
	for _, h := range hints {
		if h.missed {
			missed = true
			continue
		}
		if err := w.doubtRoot(h); err != nil {
			return err
		}
		moved = moved || h.entry && w.hub.paths[h.path] != nil
		for _, h.path = range w.hub.names(h.path) {
			reload = reload || w.rules.readFrom(h.path, h.entry)
			w.shifted = w.shifted || h.entry && (w.posts[filepath.Dir(h.path)] || w.posts[h.path] || w.awaited[h.path])
			if h.entry {
				for _, path := range w.trails[h.path] {
					w.torn[path], w.shifted = true, true
				}
			}
			if _, posted := w.posts[h.path]; h.entry && posted && w.tree[h.path] == nil { // it may be another
				w.shifted = true
				w.hub.remove(h.path)
				delete(w.posts, h.path)
			}
			if err := w.look(h); err != nil {
				return err
			}
			for _, path := range w.linked[h.path] {
				if err := w.look(hint{path: path, written: h.written}); err != nil {
					return err
				}
			}
		}
	}
	if err := w.mend(moved); err != nil {
		return err
	}
	if missed {
		if err := w.overflow(); err != nil {
			return err
		}
	}
	if reload && !w.lost {
		return w.reload()
	}
	return nil
}

// look compares what is at a path with what was the last time. A hint says no
// more than where to look: what it tells of may have been overtaken, and the
// name it gives is an old one if a directory above was renamed meanwhile.
func (w *Watcher) look(h hint) error {
	path := h.path
	if path == w.root {
		if !h.entry && !w.lost {
			return nil // the directory above is watched, too, and tells that something in this one has changed
		}
		return w.lookRoot()
	}
	parent, name := w.tree[filepath.Dir(path)], filepath.Base(path)
	var was entry
	switch {
	case parent != nil:
		was = parent.entries[name]
	case w.tree[path] != nil:
		was = entry{kind: folder}
	default:
		return nil // of a directory that is gone
	}
	is := w.see(path)
	if was.kind == absent && is.kind == absent { // it came and went, or its end is told twice
		return nil
	}
	seen := is
	if is.kind == absent {
		seen = was
	}
	if why := w.ignored(path, seen); why != "" {
		w.forget(path)
		is.ignored = true
		w.put(parent, path, is)
		w.trace(path, why)
		return nil
	}
	if was.kind.isDir() || is.kind.isDir() {
		if was.kind.isDir() && is.kind.isDir() && !h.entry {
			return nil
		}
		return w.turn(parent, path, was, is)
	}
	if is.kind == file && was.kind == file && is.stamp == was.stamp {
		if !h.written && !w.rewritten(path, was) {
			return nil
		}
		is.print = was.print
	}
	w.put(parent, path, is)
	w.traceLink(path, is)
	w.suspect(path, was, h.written)
	return nil
}

// rewritten reports whether a file has another content under the same stamp. It
// is asked again and again of files that are fresh, so it must not make suspects.
func (w *Watcher) rewritten(path string, was entry) bool {
	if was.print == 0 {
		return false
	}
	is, ok := read(path, w.seed)
	return !ok || was.differs(is)
}

// turn takes a directory that came, went or took the place of another.
func (w *Watcher) turn(parent *directory, path string, was, is entry) error {
	w.shifted = true
	w.put(parent, path, is)
	w.suspect(path, was, false) // also one that is born, for it may be gone before the batch settles
	return w.renew(path)
}

// put writes down what lies at a path.
func (w *Watcher) put(parent *directory, path string, e entry) {
	isLink := e.kind == link || e.kind == folderLink
	w.shifted = w.shifted || isLink || w.links[path] // other links may lead through it
	if isLink {
		w.links[path] = true
	} else {
		delete(w.links, path)
	}
	switch {
	case parent == nil:
	case e.kind == absent:
		delete(parent.entries, filepath.Base(path))
	default:
		parent.entries[filepath.Base(path)] = e
	}
}

// suspect takes note that something may have changed. written: its content may
// be another under the same stamp.
func (w *Watcher) suspect(path string, was entry, written bool) {
	if was.ignored {
		was = entry{}
	}
	s := w.seen.add(w.now(), path, was, w.scope.Matters(path))
	if written {
		s.written = true
		s.before, s.told = s.before.inDoubt(), s.told.inDoubt()
	}
}

// examine finds out what lies at a path now. Whether anything does is known
// from the tree; when the disk says otherwise a hint is on its way.
func (w *Watcher) examine(path string, s *suspect) entry {
	d, name := w.tree[filepath.Dir(path)], filepath.Base(path)
	if d == nil {
		if w.tree[path] != nil {
			return entry{kind: folder}
		}
		return entry{}
	}
	e := d.entries[name]
	if e.ignored {
		return s.before
	}
	if e.kind != file {
		return e
	}
	is := w.lies(path)
	if is.kind != file {
		w.hub.poller.know(path, entry{})
		delete(d.entries, name)
		return entry{}
	}
	w.hub.poller.know(path, is)
	if !s.written && e.print == 0 && s.before.kind == file && s.before.print != 0 && is.stamp == s.before.stamp {
		is.print = s.before.print
	} else if full, ok := read(path, w.seed); ok {
		is = full
	}
	s.written = false
	d.entries[name] = is
	return is
}

// lookRoot looks at the root itself, which may be gone or another one.
func (w *Watcher) lookRoot() error {
	info, err := os.Stat(w.root)
	switch {
	case w.lost:
		w.shifted = true
		return nil
	case err == nil && info.IsDir() && (w.isRoot(info) || w.isBack()):
		return w.arm()
	}
	w.lost = true
	w.note(fmt.Sprintf("%s is gone; waiting for it to come back", w.root))
	return w.renew(w.root) // which finds nothing there
}

// doubtRoot looks at the root when something above it changes, or something in it
// goes: it may have gone with that. The kernel does not tell of the end of a
// directory as long as a process works in it, and an app does.
func (w *Watcher) doubtRoot(h hint) error {
	switch {
	case w.lost || !h.entry || h.path == w.root:
		return nil
	case within(w.root, h.path):
	case filepath.Dir(h.path) == w.root && w.lies(h.path).kind == absent:
	default:
		return nil
	}
	if info, err := os.Stat(w.root); err == nil && w.isRoot(info) {
		return nil
	}
	return w.lookRoot()
}

// isRoot reports whether a directory is the root that is watched.
func (w *Watcher) isRoot(info fs.FileInfo) bool {
	d := w.tree[w.root]
	return d != nil && d.at == identityOf(info)
}

// mend watches again what the hub let go of, and looks at what depends on
// directories that came or went, until nothing more follows. moved: a watched
// directory may have been renamed.
func (w *Watcher) mend(moved bool) error {
	for range 20 { // a tree that never stays as it is will be looked at again
		lost := w.hub.takeLost(moved)
		if len(lost) == 0 && !w.shifted {
			return nil
		}
		moved = false
		for _, dir := range lost {
			if err := w.rewatch(dir); err != nil {
				return err
			}
		}
		if err := w.await(); err != nil {
			return err
		}
	}
	return nil
}

// await looks for what something waits for: the root, what is apart from it, what
// links lead to.
func (w *Watcher) await() error {
	w.shifted = false
	if w.lost && w.isBack() {
		w.lost = false
		if err := w.arm(); err != nil {
			return err
		}
		w.seen.again(w.now())
		w.note(fmt.Sprintf("%s is back", w.root))
	}
	if err := w.regain(); err != nil {
		return err
	}
	if err := w.relink(); err != nil {
		return err
	}
	return w.post()
}

// isBack reports whether the root is there again, with something in it that is
// watched: one that a clone has just made holds nothing but .git for a while.
func (w *Watcher) isBack() bool {
	lies, err := os.ReadDir(w.root)
	if err != nil {
		return false
	}
	for _, one := range lies {
		if builtIn(one.Name(), one.IsDir()) == "" {
			return true
		}
	}
	return false
}
