package watch

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// aim takes a scope; reach makes it so.
func (w *Watcher) aim(scope Scope) {
	w.scope = scope
	w.namedIn = map[string]bool{}
	for file := range w.named {
		w.namedIn[filepath.Dir(file)] = true
	}
	for _, file := range scope.Files {
		w.namedIn[filepath.Dir(file)] = true
	}
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
	w.apart = slices.DeleteFunc(slices.Concat(scope.Dirs, w.extra), func(dir string) bool {
		return dir == w.root || within(dir, w.root)
	})
	w.rules.lookAbove(append([]string{w.root}, w.apart...))
	for _, file := range w.rules.above {
		w.named[file] = true
		w.namedIn[filepath.Dir(file)] = true
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
			w.hub.remove(dir)
			delete(w.tree, dir)
			delete(w.posts, dir)
			continue
		}
		all, only := d.all, d.only
		w.place(dir, d)
		if d.all != all || d.only != only || w.namedIn[dir] {
			w.judge(dir, d)
		}
		if d.all && !all {
			for name, e := range d.entries {
				w.remember(d, filepath.Join(dir, name), e)
			}
		}
	}
	for _, dir := range w.extra {
		if err := w.addTree(dir, func(string, entry) {}); err != nil {
			return err
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(w.ways)) {
		if _, err := w.add(dir); err != nil {
			return err
		}
	}
	return w.post()
}

// regain watches directories apart from the root that are there again, or for
// the first time, and lets go of those that are gone.
func (w *Watcher) regain() error {
	for _, dir := range w.apart {
		d := w.tree[dir]
		info, is := readable(dir)
		if d == nil && !is || d != nil && is && d.at == identityOf(info) {
			continue
		}
		was := entry{}
		if d != nil {
			was.kind = folder
		}
		if err := w.turn(nil, dir, was, entry{}); err != nil {
			return err
		}
	}
	return nil
}

// readable looks at a directory that can be read.
func readable(dir string) (fs.FileInfo, bool) {
	info, err := os.Stat(dir)
	if err != nil || !info.IsDir() {
		return nil, false
	}
	f, err := os.Open(dir)
	if err != nil {
		return nil, false
	}
	f.Close()
	return info, true
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

const onlyNamed = "only named files of its directory are watched"

// ignored returns the rule by which a change of path is none, or "".
func (w *Watcher) ignored(path string, e entry) string {
	return w.ignoredIn(w.tree[filepath.Dir(path)], path, e)
}

func (w *Watcher) ignoredIn(parent *directory, path string, e entry) string {
	if _, leads := w.ways[path]; leads || w.named[path] {
		return ""
	}
	if parent == nil || parent.only {
		return onlyNamed
	}
	dir := e.kind.isDir()
	if !dir && w.own(path) {
		return "hotreload itself writes it"
	}
	why := w.rules.ignores(path, dir)
	if why != "" && parent.all && !dir && !isTemporary(filepath.Base(path)) && (w.scope.Built(path) || w.rules.included(path)) {
		return ""
	}
	return why
}

// own reports whether a file is one that we write ourselves. To report it would
// be to write to it again, and so on for ever.
func (w *Watcher) own(path string) bool {
	if len(w.scope.Own) == 0 {
		return false
	}
	info, err := os.Lstat(path)
	return err == nil && slices.ContainsFunc(w.scope.Own, func(own fs.FileInfo) bool { return os.SameFile(own, info) })
}
