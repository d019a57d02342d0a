package watch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// view is what the watcher knows of the disk, and keeps up with it. In go hints;
// out come suspects, which are told to the settler. What always holds between two
// calls: the tree is what lay on the disk when it was last looked at, and whatever
// has changed since gives a hint.
//
// It is shifted when directories or links came or went: others that depend on them
// have yet to be looked at, which catchUp does.
type view struct {
	root  string
	note  func(text string)
	trace func(path, why string)

	hub       *hub // nil until it is armed
	filter    *filter
	disk      *disk
	tree      tree
	links     *links
	sentinels sentinels
	suspects  *settler
	unread    []unread // files to be read in the background

	armed   bool
	lost    bool // the root is gone
	back    bool // it has come back, which is not reported yet
	shifted bool
}

// arm watches all there is to watch, and returns how many files are in the root.
func (v *view) arm(scope Scope) (files int, err error) {
	v.filter.cover(scope)
	err = v.addTree(v.root, func(_ string, e entry) {
		if !e.kind.isDir() {
			files++
		}
	})
	if err == nil {
		err = v.reach()
	}
	v.armed, v.shifted = true, false
	v.noteUnwatched()
	return files, err
}

// noteUnwatched names what watch.extra asks for and cannot be watched.
func (v *view) noteUnwatched() {
	for _, dir := range v.filter.coverage.extra {
		if v.tree[dir] != nil {
			continue
		}
		_, err := os.ReadDir(dir)
		switch info, missing := os.Stat(dir); {
		case errors.Is(missing, fs.ErrNotExist):
			v.note("watch.extra: " + dir + " does not exist; it is watched as soon as it does")
		case missing == nil && !info.IsDir():
			v.note("watch.extra: " + dir + " is not a directory, so it is not watched; name directories there")
		case err != nil:
			v.note(fmt.Sprintf("watch.extra: %v; its changes are not seen. Let hotreload read it, or remove it from watch.extra", err))
		}
	}
}

// take looks where hints point.
func (v *view) take(hints []hint) error {
	var rules, moved, missed bool
	for _, h := range hints {
		if h.missed {
			missed = true
			continue
		}
		if err := v.doubtRoot(h); err != nil {
			return err
		}
		moved = moved || h.entry && v.hub.isMarked(h.path)
		for _, h.path = range v.hub.names(h.path) {
			rules = rules || v.filter.rules.readFrom(h.path, h.entry)
			if err := v.takeOne(h); err != nil {
				return err
			}
		}
	}
	if err := v.catchUp(moved); err != nil {
		return err
	}
	if missed {
		if err := v.lookAgain(); err != nil {
			return err
		}
	}
	if rules && !v.lost {
		return v.reloadRules()
	}
	return nil
}

func (v *view) takeOne(h hint) error {
	if h.entry {
		v.shifted = v.sentinels.alerted(h.path) || v.shifted
		v.shifted = v.links.disturb(h.path) || v.shifted
		if v.sentinels.has(h.path) && v.tree[h.path] == nil { // another may be in its place
			v.shifted = true
			v.hub.remove(h.path)
			v.sentinels.remove(h.path)
		}
	}
	if err := v.look(h); err != nil {
		return err
	}
	for _, path := range slices.Concat(v.links.to(h.path), v.otherNames(h.path)) {
		if err := v.look(hint{path: path, written: h.written}); err != nil {
			return err
		}
	}
	return nil
}

// look compares what is at a path with what was there the last time. A hint says no
// more than where to look: what it reports may be out of date, and its path is an
// old one if a directory above was renamed meanwhile.
func (v *view) look(h hint) error {
	path := h.path
	if path == v.root {
		if !h.entry && !v.lost {
			return nil // the directory above is watched, too, and tells that something in this one has changed
		}
		return v.lookAtRoot()
	}
	parent := v.tree.parent(path)
	if parent == nil && v.tree[path] == nil {
		return nil // it was in a directory that is gone
	}
	was := v.tree.at(path)
	if h.mode {
		if !v.flipped(path, was) {
			return nil
		}
		h.entry, h.written = true, true
	}
	is := v.observe(path)
	if was.kind == absent && is.kind == absent { // it came and went, or its end is reported twice
		return nil
	}
	seen := is
	if is.kind == absent {
		seen = was
	}
	if why := v.ignored(path, seen); why != "" {
		v.forget(path)
		is.ignored = true
		v.put(path, is)
		if why != onlyNamed { // else our own output may be there: to tell would be to write to it, for ever
			v.trace(path, why)
		}
		return nil
	}
	if was.kind.isDir() || is.kind.isDir() {
		if was.kind.isDir() && is.kind.isDir() && !h.entry {
			return nil
		}
		return v.replace(path, was, is)
	}
	if is.kind == file && was.kind == file && is.stamp == was.stamp {
		// A file that is too big to be read has been written to, or its mode was changed.
		h.written = h.written || is.stamp.size > tooBig && is.changed != was.changed
		if !h.written && !v.rewritten(path, was) {
			was.changed = is.changed
			v.put(path, was)
			return nil
		}
		is.hash = was.hash
	}
	v.put(path, is)
	v.traceLink(path, is)
	v.suspect(path, was, h.written)
	return nil
}

// flipped reports whether what could not be read now can, or the reverse: to what is built
// from it, that is a change. Any other change of a mode, an owner or a time is none.
func (v *view) flipped(path string, was entry) bool {
	switch {
	case was.ignored:
		return false
	case was.kind == file:
		return (was.hash != locked) != canRead(path)
	case was.kind.isDir():
		return (v.tree[path] != nil) != canRead(path)
	}
	return false
}

// rewritten reports whether a file has different content under the same stamp. It
// is asked again and again about fresh files, so it must not make suspects.
func (v *view) rewritten(path string, was entry) bool {
	if was.hash == 0 {
		return false
	}
	is, ok := read(path, v.disk.seed)
	return !ok || was.differs(is)
}

// replace takes a directory that came, went or took the place of something else.
func (v *view) replace(path string, was, is entry) error {
	v.shifted = true
	v.put(path, is)
	v.suspect(path, was, false) // a new one, too, because it may be gone before the batch settles
	return v.rescan(path)
}

// observe looks at a path for the tree. The poller has to compare with the same, or
// what comes and goes between two of its scans would stay in the tree.
func (v *view) observe(path string) entry {
	e := v.disk.look(path)
	v.hub.poller.record(path, e)
	return e
}

// put records what is at a path.
func (v *view) put(path string, e entry) {
	if v.links.put(path, e) { // other links may lead through it
		v.shifted = true
	}
	v.tree.put(path, e)
}

// ignored returns the rule by which changes of a path are not reported, or "".
func (v *view) ignored(path string, e entry) string {
	in := place{only: true}
	if d := v.tree.parent(path); d != nil {
		in = d.place
	}
	return v.filter.ignored(in, path, e.kind.isDir())
}

// traceLink tells why a link to a directory is not followed.
func (v *view) traceLink(path string, e entry) {
	if why := v.disk.whyNotFollowed(path, e); why != "" {
		v.trace(path, why)
	}
}

// suspect records that something may have changed. written: its content may have
// changed under the same stamp.
func (v *view) suspect(path string, was entry, written bool) {
	if was.ignored {
		was = entry{}
	}
	v.suspects.add(v.disk.now(), path, was, v.filter.coverage.scope.Matters(path), written)
}

// examine returns what is at a path now, with its content. Whether anything is there
// is known from the tree; if the disk says otherwise a hint is on its way.
func (v *view) examine(path string, s *suspect) entry {
	d, name := v.tree.parent(path), filepath.Base(path)
	if d == nil {
		return v.tree.at(path)
	}
	e := d.entries[name]
	if e.ignored {
		return s.before
	}
	if e.kind != file {
		return e
	}
	is := v.observe(path)
	if is.kind != file {
		v.hub.poller.record(path, entry{})
		delete(d.entries, name)
		return entry{}
	}
	if !s.written && e.hash == 0 && s.before.kind == file && s.before.hash != 0 && is.stamp == s.before.stamp && is.changed == s.before.changed {
		is.hash = s.before.hash
	} else if full, ok := read(path, v.disk.seed); ok {
		is = full
	}
	s.written = false
	d.entries[name] = is
	return is
}

// watchError is the error of a directory that cannot be watched.
func watchError(dir string, err error) error {
	return fmt.Errorf("watch %s: %w%s", dir, err, advice(err))
}

// advice says what to do about an error of the system, to end its sentence.
func advice(err error) string {
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return "; raise the limit with: sudo sysctl fs.inotify.max_user_watches=524288, or leave directories out with watch.exclude"
	case errors.Is(err, syscall.EMFILE):
		return "; raise the limit with: sudo sysctl fs.inotify.max_user_instances=512, or that of open files with: ulimit -n 65536"
	}
	return ""
}
