package watch

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// follow takes another scope.
func (v *view) follow(scope Scope) error {
	v.filter.cover(scope)
	if err := v.reach(); err != nil {
		return err
	}
	return v.catchUp(false)
}

// reach watches the routes of the coverage and the extra directories. What only the
// former coverage led to is let go outside the root, and left to the rules inside.
func (v *view) reach() error {
	c := v.filter.coverage
	for dir, d := range v.tree {
		was := d.place
		if !c.onRoute(dir) && !c.holds(dir) && (was.all || was.only) && c.isOutside(dir) {
			v.drop(dir)
			continue
		}
		d.place = c.place(dir)
		if d.place != was || c.holders[dir] {
			v.judge(dir, d)
		}
		if d.place.all && !was.all {
			for name, e := range d.entries {
				v.track(d, filepath.Join(dir, name), e)
			}
		}
	}
	for _, dir := range c.extra {
		if err := v.addTree(dir, untold); err != nil {
			return err
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(c.routes)) {
		if _, err := v.add(dir); err != nil {
			return err
		}
		if c.routes[dir] && c.holds(dir) {
			if err := v.addTree(dir, untold); err != nil {
				return err
			}
		}
	}
	if err := v.addCheckouts(); err != nil {
		return err
	}
	return v.placeSentinels()
}

// reloadRules reads the rules again after one of their files changed.
func (v *view) reloadRules() error {
	v.filter.reread()
	for dir, d := range v.tree {
		v.judge(dir, d)
	}
	if err := v.addTree(v.root, untold); err != nil {
		return err
	}
	return v.reach()
}

// judge applies the rules again to what is in a directory. That a rule comes or goes
// does not change what it applies to.
func (v *view) judge(dir string, d *directory) {
	for name, e := range d.entries {
		path := filepath.Join(dir, name)
		was := e.ignored
		e.ignored = v.filter.ignored(d.place, path, e.kind.isDir()) != ""
		if was && !e.ignored {
			e = v.observeIn(d, path)
		}
		if e.kind != absent { // else the hint of its end is on the way
			d.entries[name] = e
		}
	}
}

// lookAtLinks looks again at all links after directories came or went: what one
// leads to may be another, or be there at last. What is behind a link is read again
// if something happened on the way there: the link may have led elsewhere, or
// nowhere, while that was read, although it leads where it did.
func (v *view) lookAtLinks() error {
	racy := v.links.takeRacy()
	for _, path := range v.links.all() {
		d := v.tree.parent(path)
		if d == nil {
			v.links.remove(path)
			continue
		}
		was, is := d.entries[filepath.Base(path)], v.disk.look(path)
		same := is.kind == was.kind && is.hash == was.hash
		var err error
		switch {
		case same && racy[path] && is.kind == folderLink:
			err = v.rescan(path)
		case same && v.asBefore(path, is):
		default:
			err = v.look(hint{path: path, entry: true})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// asBefore reports whether what is behind a link is watched as it should be.
func (v *view) asBefore(path string, link entry) bool {
	behind := v.tree[path]
	if behind == nil { // it may have become readable only after the link was followed
		_, is := readable(path)
		return link.kind != folderLink || !is
	}
	info, err := os.Stat(path)
	return err == nil && behind.at == identityOf(info)
}
