package watch

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// directory is one that is watched.
type directory struct {
	entries map[string]entry // what lies in it, by name
	at      identity
	all     bool // what matters is seen though rules ignore it
	only    bool // it lies outside: nothing is seen but what is named or on the way to it
}

// found is told of what lies in a tree that is put under watch.
type found func(path string, e entry)

// addTree watches dir and all below it that is not ignored.
func (w *Watcher) addTree(dir string, tell found) error {
	d, err := w.add(dir)
	if d == nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(d.entries)) {
		e := d.entries[name]
		path := filepath.Join(dir, name)
		if e.ignored {
			if e.kind.isDir() {
				w.trace(path, w.ignored(path, e))
			}
			continue
		}
		tell(path, e)
		if e.kind.isDir() {
			if err := w.addTree(path, tell); err != nil {
				return err
			}
		}
	}
	return nil
}

// add watches one directory; nil when it cannot be watched and need not be.
func (w *Watcher) add(dir string) (*directory, error) {
	if d := w.tree[dir]; d != nil {
		return d, nil
	}
	info, lies, err := w.open(dir)
	switch {
	case err == nil:
	case dir == w.root && !w.armed, exhausted(err):
		return nil, fmt.Errorf("watch %s: %w%s", dir, err, advice(err))
	default: // it went away, or is not to be read
		w.trace(dir, err.Error())
		w.hub.poller.doubt(dir) // that it is gone has yet to be told, or that it came again
		return nil, nil
	}
	w.rules.forget(dir) // it may be another than the one of that name before
	d := &directory{entries: make(map[string]entry, len(lies)), at: identityOf(info)}
	w.place(dir, d)
	w.tree[dir] = d
	for _, one := range lies {
		path := filepath.Join(dir, one.Name())
		if e := w.sort(d, path, one); e.kind != absent {
			d.entries[one.Name()] = e
		}
	}
	return d, nil
}

// open has a directory watched and reads it, in this order: what is born in it
// meanwhile is seen twice rather than never.
func (w *Watcher) open(dir string) (fs.FileInfo, []fs.DirEntry, error) {
	info, err := w.guard(dir)
	if err != nil {
		return nil, nil, err
	}
	lies, err := os.ReadDir(dir)
	if err != nil {
		w.hub.remove(dir)
	}
	return info, lies, err
}

// guard has a directory watched, whichever is at the path when it is done.
func (w *Watcher) guard(dir string) (info fs.FileInfo, err error) {
	for range 3 {
		info, err = os.Stat(dir)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			return nil, &fs.PathError{Op: "open", Path: dir, Err: syscall.ENOTDIR}
		}
		if err = w.hub.add(dir, info); !errors.Is(err, errReplaced) {
			break
		}
	}
	return info, err
}

// sort looks at an entry of a directory that is being read. What is ignored is
// not looked at closely.
func (w *Watcher) sort(d *directory, path string, one fs.DirEntry) entry {
	e := entry{kind: kindOf(one.Type())}
	if w.ignoredIn(d, path, e) != "" {
		e.ignored = true
		return e
	}
	e = w.see(path)
	e.ignored = e.kind.isDir() && w.ignoredIn(d, path, e) != ""
	w.remember(d, path, e)
	return e
}

// remember keeps what has to be looked after by itself: links, and files of
// which a print is wanted.
func (w *Watcher) remember(d *directory, path string, e entry) {
	switch {
	case e.kind == link || e.kind == folderLink:
		w.links[path] = true
		w.traceLink(path, e)
	case e.kind == file && e.print == 0 && e.stamp.size <= tooBig && w.wantsPrint(d, path):
		w.unread = append(w.unread, unread{path, e.stamp})
	}
}

// forget drops a directory that is gone and those below it, and returns them.
// When a tree was renamed they live on elsewhere, and would report under their
// old names.
func (w *Watcher) forget(dir string) map[string]*directory {
	forgotten := map[string]*directory{}
	w.forgetTo(dir, forgotten)
	w.rules.forget(dir)
	return forgotten
}

func (w *Watcher) forgetTo(dir string, forgotten map[string]*directory) {
	d := w.tree[dir]
	if d == nil {
		return
	}
	forgotten[dir] = d
	w.hub.remove(dir)
	delete(w.tree, dir)
	delete(w.posts, dir)
	w.shifted = true
	for name, e := range d.entries {
		path := filepath.Join(dir, name)
		switch e.kind {
		case folder, folderLink:
			w.forgetTo(path, forgotten)
		}
		if e.kind == link || e.kind == folderLink {
			delete(w.links, path)
		}
	}
}

// renew watches a directory as if for the first time, and suspects what is not
// as it was known.
func (w *Watcher) renew(dir string) error {
	former := w.forget(dir)
	w.shifted = true
	var err error
	if w.entered(dir) {
		err = w.addTree(dir, func(path string, e entry) { w.recall(former, path, e) })
	}
	for dir, d := range former {
		is := w.tree[dir]
		for name, was := range d.entries {
			if !was.ignored && (is == nil || is.entries[name].kind == absent) {
				w.suspect(filepath.Join(dir, name), was, false)
			}
		}
	}
	return err
}

// entered reports whether a path is to be watched as a directory: a link that
// is not followed looks like one to the system.
func (w *Watcher) entered(path string) bool {
	parent := w.tree[filepath.Dir(path)]
	return path == w.root || parent == nil || parent.entries[filepath.Base(path)].kind.isDir()
}

// recall compares what lies at a path with what did, and keeps its print if
// nothing speaks against it.
func (w *Watcher) recall(former map[string]*directory, path string, e entry) {
	var was entry
	if d := former[filepath.Dir(path)]; d != nil {
		was = d.entries[filepath.Base(path)]
	}
	if was.ignored || was.kind != e.kind || was.differs(e) {
		w.suspect(path, was, false)
		return
	}
	if e.kind != file {
		return
	}
	e.print = was.print
	w.tree[filepath.Dir(path)].entries[filepath.Base(path)] = e
	if e.print != 0 && e.stamp.fresh(w.now()) {
		w.suspect(path, was, false)
	}
}

// rewatch watches a directory again of which something may have been missed.
func (w *Watcher) rewatch(dir string) error {
	d := w.tree[dir]
	if d == nil {
		return nil
	}
	info, lies, err := w.open(dir)
	switch {
	case exhausted(err):
		return fmt.Errorf("watch %s: %w%s", dir, err, advice(err))
	case err != nil: // it went away; of one behind a link nobody else may tell
		return w.renew(dir)
	case identityOf(info) != d.at:
		return w.renew(dir)
	}
	names := map[string]bool{}
	for name := range d.entries {
		names[name] = true
	}
	for _, one := range lies {
		e, known := d.entries[one.Name()]
		same := known && (e.kind == folder && one.Type() == fs.ModeDir || e.kind != file && one.Type() == fs.ModeSymlink)
		names[one.Name()] = !same // a directory is watched itself, and links are looked at anyway
	}
	w.shifted = true
	for name, differs := range names {
		if !differs {
			continue
		}
		if err := w.look(hint{path: filepath.Join(dir, name), entry: true}); err != nil {
			return err
		}
	}
	return nil
}

// judge asks the rules again about what lies in a directory. That a rule goes
// or comes is no change of what it is about.
func (w *Watcher) judge(dir string, d *directory) {
	for name, e := range d.entries {
		path := filepath.Join(dir, name)
		was := e.ignored
		e.ignored = w.ignoredIn(d, path, e) != ""
		if was && !e.ignored {
			e = w.see(path)
			e.ignored = e.kind.isDir() && w.ignoredIn(d, path, e) != ""
			w.remember(d, path, e)
		}
		if e.kind == absent {
			continue // its end is on the way
		}
		d.entries[name] = e
	}
}

// reload reads the rules again after a file of theirs changed.
func (w *Watcher) reload() error {
	w.rules.reread()
	w.aim(w.scope)
	for dir, d := range w.tree {
		w.judge(dir, d)
	}
	if err := w.addTree(w.root, func(string, entry) {}); err != nil {
		return err
	}
	return w.reach()
}

// below is what of path, which lies within dir, comes after it.
func below(path, dir string) string {
	return strings.TrimPrefix(path[len(dir):], string(filepath.Separator))
}

// within reports whether path lies below dir.
func within(path, dir string) bool {
	return len(path) > len(dir) && path[:len(dir)] == dir && (os.IsPathSeparator(path[len(dir)]) || os.IsPathSeparator(dir[len(dir)-1]))
}

// advice tells what mends an error of the system, as the end of its sentence.
func advice(err error) string {
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return "; raise the limit with: sudo sysctl fs.inotify.max_user_watches=524288, or leave directories out with watch.exclude"
	case errors.Is(err, syscall.EMFILE):
		return "; raise the limit with: sudo sysctl fs.inotify.max_user_instances=512, or that of open files with: ulimit -n 65536"
	}
	return ""
}
