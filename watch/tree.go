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
	"time"
)

// directory is one that is watched.
type directory struct {
	entries map[string]bool // what lies in it, by name; true: a directory
	all     bool            // what matters is seen though rules ignore it
	only    bool            // it lies outside: nothing is seen but what is named or on the way to it
}

func (d *directory) has(path string) bool {
	_, has := d.entries[filepath.Base(path)]
	return has
}

// addTree watches dir and all below it that is not ignored. found, if it is not
// nil, is told of all that lies there.
func (w *Watcher) addTree(dir string, found func(path string, dir bool)) error {
	d, err := w.add(dir)
	if d == nil {
		return err
	}
	w.rules.forget(dir) // it may be another than the one of that name before
	for _, name := range slices.Sorted(maps.Keys(d.entries)) {
		path := filepath.Join(dir, name)
		isDir := d.entries[name]
		if why := w.ignored(path, isDir); why != "" {
			if isDir {
				w.trace(path, why)
			}
			continue
		}
		if found != nil {
			found(path, isDir)
		}
		if !isDir {
			w.files++
		} else if err := w.addTree(path, found); err != nil {
			return err
		}
	}
	return nil
}

// add watches one directory; nil when it cannot be watched and need not be.
func (w *Watcher) add(dir string) (*directory, error) {
	if d := w.tree[dir]; d != nil {
		return d, nil
	}
	err := w.fs.Add(dir)
	var lies []fs.DirEntry
	if err == nil {
		if lies, err = os.ReadDir(dir); err != nil {
			_ = w.fs.Remove(dir)
		}
	}
	switch {
	case err == nil:
	case dir == w.root:
		return nil, fmt.Errorf("watch %s: %w%s", dir, err, advice(err))
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return nil, nil // it went away
	case errors.Is(err, fs.ErrPermission):
		w.trace(dir, err.Error())
		return nil, nil
	default:
		return nil, fmt.Errorf("watch %s: %w%s", dir, err, advice(err))
	}
	d := &directory{entries: make(map[string]bool, len(lies))}
	w.place(dir, d)
	for _, entry := range lies {
		d.entries[entry.Name()] = entry.IsDir()
	}
	w.tree[dir] = d
	return d, nil
}

// forget drops a directory that is gone and those below it, and returns them.
// When a tree was renamed they live on elsewhere, and would report under their
// old names.
func (w *Watcher) forget(path string) map[string]*directory {
	if w.tree[path] == nil {
		return nil
	}
	forgotten := map[string]*directory{}
	for dir, d := range w.tree {
		if dir == path || within(dir, path) {
			forgotten[dir] = d
			_ = w.fs.Remove(dir) // the system may have done it
			delete(w.tree, dir)
		}
	}
	w.rules.forget(path)
	return forgotten
}

// arm watches all there is to watch, as if for the first time.
func (w *Watcher) arm() error {
	for dir := range w.tree {
		_ = w.fs.Remove(dir)
	}
	clear(w.tree)
	w.rules.reread()
	if err := w.addTree(w.root, nil); err != nil {
		return err
	}
	return w.reach()
}

// rearm watches again what fsnotify has let go of. It knows a directory by its
// inode: one that was found under its new name before the rename was reported
// is still the old one to it, and goes with that.
func (w *Watcher) rearm() error {
	watched := map[string]bool{}
	for _, dir := range w.fs.WatchList() {
		watched[dir] = true
	}
	for _, dir := range slices.Sorted(maps.Keys(w.tree)) {
		if w.tree[dir] != nil && !watched[dir] {
			if err := w.renew(dir); err != nil {
				return err
			}
		}
	}
	return nil
}

// renew watches a directory as if for the first time. What lies there has
// changed, and so has what was known to lie there and does not.
func (w *Watcher) renew(dir string) error {
	former := w.forget(dir)
	err := w.addTree(dir, func(path string, dir bool) {
		if was := former[filepath.Dir(path)]; was == nil || !was.has(path) {
			w.seen.bear(path)
		}
		if !dir {
			w.seen.add(time.Now(), path, w.scope.Matters(path))
		}
	})
	for _, dir := range slices.Backward(slices.Sorted(maps.Keys(former))) { // what lies in a directory before it
		was, is := former[dir], w.tree[dir]
		for name, wasDir := range was.entries {
			path := filepath.Join(dir, name)
			if (is == nil || !is.has(path)) && w.ignoredIn(was, path, wasDir) == "" {
				w.seen.bury(time.Now(), path, wasDir, w.scope.Matters(path))
			}
		}
	}
	return err
}

// aim takes a scope; reach makes it so.
func (w *Watcher) aim(scope Scope) {
	w.scope = scope
	w.named = map[string]bool{}
	w.ways = map[string]bool{}
	for _, dir := range scope.Dirs {
		w.ways[dir] = true
	}
	for _, file := range scope.Files {
		w.named[file] = true
		w.lead(filepath.Dir(file))
	}
	for _, dir := range w.extra {
		w.lead(dir)
	}
	for dir := range maps.Clone(w.ways) {
		w.lead(dir)
	}
	for _, file := range w.rules.above {
		w.named[file] = true
		if dir := filepath.Dir(file); !w.ways[dir] {
			w.ways[dir] = false // without the way there: in a .git there is always something going on
		}
	}
}

// lead puts dir among the ways, and the directories between it and the nearest
// one that is watched for sure: what is removed there and made again is seen.
func (w *Watcher) lead(dir string) {
	way := []string{dir}
	for up := dir; up != w.root; {
		if up = filepath.Dir(up); up == w.root {
			break
		}
		if _, watched := w.ways[up]; watched {
			break
		}
		if up == filepath.Dir(up) {
			way = way[:1] // dir lies outside, and what is above it is none of ours
			break
		}
		way = append(way, up)
	}
	for _, dir := range way {
		if _, leads := w.ways[dir]; !leads {
			w.ways[dir] = false
		}
	}
}

// reach watches the ways of the scope and the extra directories. What only a
// former scope led to is let go of outside, and left to the rules inside.
func (w *Watcher) reach() error {
	for dir, d := range w.tree {
		_, leads := w.ways[dir]
		if !leads && (d.all || d.only) && w.outside(dir) {
			_ = w.fs.Remove(dir)
			delete(w.tree, dir)
		}
		w.place(dir, d)
	}
	for _, dir := range w.extra {
		if err := w.addTree(dir, nil); err != nil {
			return err
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(w.ways)) {
		if _, err := w.add(dir); err != nil {
			return err
		}
	}
	return nil
}

// place says what a directory is to the scope.
func (w *Watcher) place(dir string, d *directory) {
	all, leads := w.ways[dir]
	d.all, d.only = all, leads && !all && w.outside(dir)
}

// outside reports whether a directory is in none of the trees that are watched whole.
func (w *Watcher) outside(dir string) bool {
	return dir != w.root && !within(dir, w.root) &&
		!slices.ContainsFunc(w.extra, func(tree string) bool { return dir == tree || within(dir, tree) })
}

// reload reads the rules again after a file of theirs changed.
func (w *Watcher) reload() error {
	w.rules.reread()
	w.aim(w.scope)
	if err := w.addTree(w.root, nil); err != nil {
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
		return "; raise fs.inotify.max_user_watches (sysctl), or leave directories out with watch.exclude"
	case errors.Is(err, syscall.EMFILE):
		return "; raise fs.inotify.max_user_instances (sysctl) or the limit of open files (ulimit -n)"
	}
	return ""
}
