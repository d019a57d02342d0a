package watch

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"hotreload/internal/paths"
)

// The root may go away, come back, or be replaced by another directory; so may what
// is watched outside it. All that is watched is then scanned again.

// rearm watches again all there is to watch, and suspects what differs: events were
// lost, or another root is in the old one's place.
func (v *view) rearm() error {
	v.filter.reread()
	tops := []string{v.root}
	for dir := range v.tree {
		if v.filter.coverage.isOutside(dir) {
			tops = append(tops, dir)
		}
	}
	for _, dir := range append(tops, v.filter.coverage.extra...) {
		if err := v.rescan(dir); err != nil {
			return err
		}
	}
	return v.reach()
}

// lookAgain looks at everything: events were dropped, so all may have changed.
func (v *view) lookAgain() error {
	if err := v.lookAtRoot(); err != nil {
		return err
	}
	return v.catchUp(true)
}

// lookAtRoot looks at the root itself, which may be gone or replaced.
func (v *view) lookAtRoot() error {
	if v.lost {
		v.shifted = true
		return nil
	}
	info, err := os.Stat(v.root)
	if err == nil && info.IsDir() && (v.isRoot(info) || v.hasContent()) {
		return v.rearm()
	}
	v.lost = true
	v.note(fmt.Sprintf("%s is gone; waiting for it to come back", v.root))
	return v.rescan(v.root) // which finds nothing there
}

// doubtRoot looks at the root when something above it changes, or something in it
// goes: the root may have gone as well. The kernel does not report the end of a
// directory as long as a process works in it, and an app does.
func (v *view) doubtRoot(h hint) error {
	switch {
	case v.lost || !h.entry || h.path == v.root:
		return nil
	case paths.Below(v.root, h.path):
	case filepath.Dir(h.path) == v.root && v.disk.look(h.path).kind == absent:
	default:
		return nil
	}
	if info, err := os.Stat(v.root); err == nil && v.isRoot(info) {
		return nil
	}
	return v.lookAtRoot()
}

// isRoot reports whether a directory is the root that is watched.
func (v *view) isRoot(info fs.FileInfo) bool {
	d := v.tree[v.root]
	return d != nil && d.at == identityOf(info)
}

// hasContent reports whether the root is there with something in it that is watched:
// one that git clone has just made holds nothing but .git for a while.
func (v *view) hasContent() bool {
	entries, err := os.ReadDir(v.root)
	if err != nil {
		return false
	}
	for _, one := range entries {
		if builtIn(one.Name(), one.IsDir()) == "" {
			return true
		}
	}
	return false
}

// catchUp watches again what the hub lost, and looks at what depends on directories
// and links that came or went, until nothing more follows. moved: a watched
// directory may have been renamed.
func (v *view) catchUp(moved bool) error {
	for range 20 { // a tree that never stays as it is will be looked at again
		lost := v.hub.takeLost(moved)
		if len(lost) == 0 && !v.shifted {
			return nil
		}
		moved = false
		for _, dir := range lost {
			if err := v.rewatch(dir); err != nil {
				return err
			}
		}
		if err := v.lookAtDependents(); err != nil {
			return err
		}
	}
	return nil
}

// lookAtDependents looks at what depends on other directories: a lost root, what is
// outside the root, links, sentinels.
func (v *view) lookAtDependents() error {
	v.shifted = false
	if v.lost && v.hasContent() {
		v.lost, v.back = false, true
		if err := v.rearm(); err != nil {
			return err
		}
		v.suspects.again(v.disk.now())
		v.note(fmt.Sprintf("%s is back", v.root))
	}
	if err := v.lookAtExternal(); err != nil {
		return err
	}
	if err := v.lookAtLinks(); err != nil {
		return err
	}
	return v.placeSentinels()
}

// lookAtExternal watches directories outside the root that appeared, and lets go of
// those that are gone.
func (v *view) lookAtExternal() error {
	for _, dir := range v.filter.coverage.external {
		d := v.tree[dir]
		info, is := readable(dir)
		if d == nil && !is || d != nil && is && d.at == identityOf(info) {
			continue
		}
		was := entry{}
		if d != nil {
			was.kind = folder
		}
		v.shifted = true
		v.links.remove(dir)
		v.suspect(dir, was, false)
		if err := v.rescan(dir); err != nil {
			return err
		}
	}
	return nil
}
