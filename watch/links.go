package watch

import (
	"fmt"
	"hash/maphash"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// maxLinks bounds how many links lie on the way to what is watched. Links that
// lead to each other's neighbours would make a tree without end in all but name.
const maxLinks = 3

// liesLink looks at a symbolic link. One into a directory is followed unless
// that is not bounded.
func (w *Watcher) liesLink(path string) entry {
	text, err := os.Readlink(path)
	if err != nil {
		return entry{}
	}
	e := entry{kind: link, print: maphash.String(w.seed, text) | 1}
	target, err := os.Stat(path)
	if err != nil || !target.IsDir() {
		return e
	}
	if w.unbounded(path, target) == "" {
		e.kind, e.stamp.inode = folderLink, stampOf(target).inode
	}
	return e
}

// traceLink tells why a link into a directory is not followed.
func (w *Watcher) traceLink(path string, e entry) {
	if e.kind != link {
		return
	}
	if target, err := os.Stat(path); err == nil && target.IsDir() {
		w.trace(path, w.unbounded(path, target))
	}
}

// unbounded says why a link into a directory is not followed, or "". What a
// monorepo links to outside the root is; a whole system or home directory is not.
func (w *Watcher) unbounded(path string, target fs.FileInfo) string {
	at := identityOf(target)
	links := 0
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		d := w.tree[dir]
		if d == nil {
			break
		}
		if d.at == at && at != (identity{}) {
			return "a link to a directory that it lies in"
		}
		if up := w.tree[filepath.Dir(dir)]; up != nil && up.entries[filepath.Base(dir)].kind == folderLink {
			links++
		}
	}
	if links >= maxLinks {
		return "a link behind too many links"
	}
	leads, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err.Error()
	}
	if tooWide(leads, w.root) {
		return "a link to " + leads + ", which holds more than a project"
	}
	return ""
}

// tooWide reports whether a directory is the system's or holds much more than
// what one works on: nobody wants to watch that because a link leads there.
func tooWide(dir, root string) bool {
	home, _ := os.UserHomeDir()
	for _, held := range []string{root, home} {
		if held != "" && (dir == held || within(held, dir)) {
			return true
		}
	}
	parts := strings.FieldsFunc(dir[len(filepath.VolumeName(dir)):], func(r rune) bool { return os.IsPathSeparator(uint8(r)) })
	return len(parts) < 2 || slices.Contains([]string{"proc", "sys", "dev", "run", "usr", "etc", "bin", "sbin", "lib", "boot"}, parts[0])
}

// relink looks again at all links after directories came or went: what one
// leads to may be another, or be there at last.
func (w *Watcher) relink() error {
	for _, path := range slices.Sorted(maps.Keys(w.links)) {
		d := w.tree[filepath.Dir(path)]
		if d == nil {
			delete(w.links, path)
			continue
		}
		was := d.entries[filepath.Base(path)]
		is := w.lies(path)
		behind, stat := w.tree[path], identity{}
		if info, err := os.Stat(path); err == nil {
			stat = identityOf(info)
		}
		if is.kind == was.kind && is.print == was.print && (behind == nil || behind.at == stat) {
			continue
		}
		if err := w.look(hint{path: path, entry: true}); err != nil {
			return err
		}
	}
	return nil
}

// guards are the directories outside on the way to what links lead to: what
// comes, goes or is renamed there makes a link lead elsewhere.
func (w *Watcher) guards(path string) []string {
	var dirs []string
	for range maxLinks {
		text, err := os.Readlink(path)
		if err != nil {
			break
		}
		if !filepath.IsAbs(text) {
			text = filepath.Join(filepath.Dir(path), text)
		}
		path = filepath.Clean(text)
		if path == w.root || within(path, w.root) {
			break // it is in the tree
		}
		found := false
		for dir := filepath.Dir(path); dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
			common := w.root == dir || within(w.root, dir)
			if common && found {
				break
			}
			if isDir(dir) {
				found = true
				dirs = append(dirs, dir)
			}
			if common && found {
				break
			}
		}
	}
	return dirs
}

// post watches what guards links, and where the root and what is apart from it may
// come into being again.
// Of what happens there only that something does is of interest, so these
// directories are not in the tree.
func (w *Watcher) post() error {
	wanted := map[string]bool{}
	for path := range w.links {
		for _, dir := range w.guards(path) {
			wanted[dir] = true
		}
	}
	if w.lost {
		dir := w.root
		for !isDir(dir) && dir != filepath.Dir(dir) {
			dir = filepath.Dir(dir)
		}
		wanted[dir] = true
	} else if dir := filepath.Dir(w.root); !wanted[dir] && w.hub.keepsEnd() {
		wanted[dir] = false
	}
	w.awaited = map[string]bool{}
	for _, dir := range w.apart {
		for !isDir(filepath.Dir(dir)) && dir != filepath.Dir(dir) {
			dir = filepath.Dir(dir)
		}
		w.awaited[dir] = true
		if up := filepath.Dir(dir); !wanted[up] {
			wanted[up] = false
		}
	}
	for dir := range w.posts {
		if _, still := wanted[dir]; !still && w.tree[dir] == nil {
			w.hub.remove(dir)
		}
	}
	former := w.posts
	w.posts = wanted
	for dir := range wanted {
		if _, posted := former[dir]; w.tree[dir] != nil || posted {
			continue
		}
		w.shifted = true                            // what is awaited may have come just before
		if _, err := w.guard(dir); exhausted(err) { // any other end of it was told of where it lay
			return fmt.Errorf("watch %s: %w%s", dir, err, advice(err))
		}
	}
	return nil
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
