package watch

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// addTree watches dir and everything below it that is not ignored, and tells what is
// there.
func (v *view) addTree(dir string, tell func(path string, e entry)) error {
	d, err := v.add(dir)
	if d == nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(d.entries)) {
		e := d.entries[name]
		path := filepath.Join(dir, name)
		if e.ignored {
			if e.kind.isDir() {
				v.trace(path, v.ignored(path, e))
			}
			continue
		}
		tell(path, e)
		if e.kind.isDir() {
			if err := v.addTree(path, tell); err != nil {
				return err
			}
		}
	}
	return nil
}

func untold(string, entry) {}

// add watches one directory. It returns nil if that cannot be watched and need not be.
func (v *view) add(dir string) (*directory, error) {
	if d := v.tree[dir]; d != nil {
		return d, nil
	}
	info, entries, err := v.watchAndRead(dir)
	switch {
	case err == nil:
	case dir == v.root && !v.armed, exhausted(err):
		return nil, watchError(dir, err)
	default: // it went away, or cannot be read
		if !errors.Is(err, fs.ErrNotExist) {
			v.trace(dir, err.Error())
		}
		v.hub.poller.distrust(dir) // that it is gone, or came again, has yet to be reported
		return nil, nil
	}
	v.filter.rules.forget(dir) // it may not be the one that had this name before
	d := &directory{entries: make(map[string]entry, len(entries)), at: identityOf(info), place: v.filter.coverage.place(dir)}
	v.tree[dir] = d
	for _, one := range entries {
		path := filepath.Join(dir, one.Name())
		if e := v.classify(d, path, one); e.kind != absent {
			d.entries[one.Name()] = e
		}
	}
	return d, nil
}

// watchAndRead watches a directory and reads it, in this order: what is born in it
// meanwhile is seen twice rather than never.
func (v *view) watchAndRead(dir string) (fs.FileInfo, []fs.DirEntry, error) {
	info, err := v.watchDir(dir)
	if err != nil {
		return nil, nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		v.hub.remove(dir)
	}
	return info, entries, err
}

// watchDir watches the directory that is at a path when it returns.
func (v *view) watchDir(dir string) (info fs.FileInfo, err error) {
	for range 3 {
		info, err = os.Stat(dir)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			return nil, &fs.PathError{Op: "open", Path: dir, Err: syscall.ENOTDIR}
		}
		if err = v.hub.add(dir, info); !errors.Is(err, errReplaced) {
			break
		}
	}
	return info, err
}

// classify looks at an entry of a directory that is being read. What is ignored is
// not looked at closely.
func (v *view) classify(d *directory, path string, one fs.DirEntry) entry {
	e := entry{kind: kindOf(one.Type())}
	if v.filter.ignored(d.place, path, e.kind.isDir()) != "" {
		e.ignored = true
		return e
	}
	return v.observeIn(d, path)
}

// observeIn looks at a path and tracks it. A link turns out to be a directory only
// now, so what rules say of directories is asked again.
func (v *view) observeIn(d *directory, path string) entry {
	e := v.observe(path)
	e.ignored = e.kind.isDir() && v.filter.ignored(d.place, path, true) != ""
	v.track(d, path, e)
	return e
}

// track keeps what has to be looked after by itself: links, and files of which a
// hash is wanted.
func (v *view) track(d *directory, path string, e entry) {
	switch {
	case e.kind.isLink():
		v.links.put(path, e)
		v.traceLink(path, e)
	case e.kind == file && e.hash == 0 && e.stamp.size <= tooBig && v.filter.wantsHash(d.place, path):
		v.unread = append(v.unread, unread{path, e.stamp})
	}
}

// forget drops a directory that is gone and those below it, and returns them. When a
// tree was renamed they live on elsewhere, and would be reported under their old
// names.
func (v *view) forget(dir string) map[string]*directory {
	forgotten := map[string]*directory{}
	v.forgetInto(forgotten, dir)
	v.filter.rules.forget(dir)
	return forgotten
}

func (v *view) forgetInto(forgotten map[string]*directory, dir string) {
	d := v.tree[dir]
	if d == nil {
		return
	}
	forgotten[dir] = d
	v.drop(dir)
	v.shifted = true
	for name, e := range d.entries {
		path := filepath.Join(dir, name)
		if e.kind.isDir() {
			v.forgetInto(forgotten, path)
		}
		if e.kind.isLink() {
			v.links.remove(path)
		}
	}
}

// drop stops watching one directory.
func (v *view) drop(dir string) {
	v.hub.remove(dir)
	delete(v.tree, dir)
	v.sentinels.remove(dir)
}

// rescan watches a directory as if for the first time, and suspects what differs
// from what was known.
func (v *view) rescan(dir string) error {
	former := v.forget(dir)
	v.shifted = true
	var err error
	if dir == v.root || v.tree.walked(dir) {
		err = v.addTree(dir, func(path string, e entry) { v.compare(former, path, e) })
	}
	for dir, d := range former {
		is := v.tree[dir]
		for name, was := range d.entries {
			if !was.ignored && (is == nil || is.entries[name].kind == absent) {
				v.suspect(filepath.Join(dir, name), was, false)
			}
		}
	}
	return err
}

// compare compares what is at a path with what was, and keeps its hash if it seems
// to be the same.
func (v *view) compare(former map[string]*directory, path string, e entry) {
	var was entry
	if d := former[filepath.Dir(path)]; d != nil {
		was = d.entries[filepath.Base(path)]
	}
	if was.ignored || was.kind != e.kind || was.changed != e.changed || was.differs(e) {
		v.suspect(path, was, false)
		return
	}
	if e.kind != file {
		return
	}
	e.hash = was.hash
	v.tree.put(path, e)
	if e.hash != 0 && e.stamp.fresh(v.disk.now()) {
		v.suspect(path, was, false)
	}
}

// rewatch watches a directory again in which something may have been missed.
func (v *view) rewatch(dir string) error {
	d := v.tree[dir]
	if d == nil {
		return nil
	}
	info, entries, err := v.watchAndRead(dir)
	switch {
	case exhausted(err):
		return watchError(dir, err)
	case err != nil: // it went away; if it is behind a link nothing else may report that
		return v.rescan(dir)
	case identityOf(info) != d.at:
		return v.rescan(dir)
	}
	differs := map[string]bool{}
	for name := range d.entries {
		differs[name] = true
	}
	for _, one := range entries {
		e, known := d.entries[one.Name()]
		same := known && (e.kind == folder && one.Type() == fs.ModeDir || e.kind != file && one.Type() == fs.ModeSymlink)
		differs[one.Name()] = !same // a directory is watched itself, and links are looked at anyway
	}
	v.shifted = true
	for name, differs := range differs {
		if !differs {
			continue
		}
		if err := v.look(hint{path: filepath.Join(dir, name), entry: true}); err != nil {
			return err
		}
	}
	return nil
}
