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

// liesLink looks at a symbolic link. One into a directory is followed unless
// that is not bounded.
func (w *Watcher) liesLink(path string) entry {
	text, err := os.Readlink(path)
	if err != nil {
		return entry{}
	}
	e := entry{kind: link, print: maphash.String(w.seed, text) | 1}
	target, err := os.Stat(path)
	switch {
	case err != nil:
		return e
	case target.Mode().IsRegular():
		return w.liesBehind(path, text, target)
	case !target.IsDir():
		return e
	}
	if w.unbounded(path, target) == "" {
		e.kind, e.stamp.inode = folderLink, stampOf(target).inode
	}
	return e
}

// liesBehind looks at a link together with the file that it leads to: an edit of
// that is one of the link. The file is not read again if its stamp tells that it
// is the same, and the link leads there as before.
func (w *Watcher) liesBehind(path, text string, target fs.FileInfo) entry {
	type both struct {
		text string
		file any
	}
	var was entry
	if d := w.tree[filepath.Dir(path)]; d != nil {
		was = d.entries[filepath.Base(path)]
	}
	e := entry{kind: link, stamp: stampOf(target)}
	at := e.stamp
	e.stamp.inode = maphash.Comparable(w.seed, both{text, at.inode})
	if was.kind == link && was.stamp == e.stamp && !at.fresh(w.now()) {
		e.print = was.print
	} else if full, ok := read(path, w.seed); ok {
		e.print = maphash.Comparable(w.seed, both{text, full.print}) | 1
	} else {
		e.print = maphash.Comparable(w.seed, both{text, at}) | 1 // it is too big
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
// Nor is a link behind another: links that lead to each other's neighbours would
// make a tree without end in all but name.
func (w *Watcher) unbounded(path string, target fs.FileInfo) string {
	if w.behindLink(path) {
		return "a link behind another"
	}
	at := identityOf(target)
	for dir := filepath.Dir(path); w.tree[dir] != nil; dir = filepath.Dir(dir) {
		if w.tree[dir].at == at && at != (identity{}) {
			return "a link to a directory that it lies in"
		}
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

// behindLink reports whether a path is reached through a link that is followed.
func (w *Watcher) behindLink(path string) bool {
	for dir := filepath.Dir(path); w.tree[dir] != nil; dir = filepath.Dir(dir) {
		if up := w.tree[filepath.Dir(dir)]; up != nil && up.entries[filepath.Base(dir)].kind == folderLink {
			return true
		}
	}
	return false
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
// leads to may be another, or be there at last. What is behind one is read again
// if something happened on the way there: it may have led elsewhere, or nowhere,
// while it was read, though it leads where it did.
func (w *Watcher) relink() error {
	torn := w.torn
	w.torn = map[string]bool{}
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
		same := is.kind == was.kind && is.print == was.print
		if same && torn[path] && is.kind == folderLink {
			if err := w.renew(path); err != nil {
				return err
			}
			continue
		}
		if same && behind == nil && (is.kind == link || !isReadable(path)) || same && behind != nil && behind.at == stat {
			continue
		}
		if err := w.look(hint{path: path, entry: true}); err != nil {
			return err
		}
	}
	return nil
}

// trail is what the system looks at to find what a link leads to: what comes,
// goes or is renamed there makes it lead elsewhere.
type trail struct {
	paths []string // one after the other
	dirs  []string // that are watched for it
}

// trailOf follows a link. Directories that hold the root are not watched, busy
// as they are, unless a link or the end lies in them.
func (w *Watcher) trailOf(path string) (t trail) {
	text, err := os.Readlink(path)
	at, _ := filepath.EvalSymlinks(filepath.Dir(path))
	root, _ := filepath.EvalSymlinks(w.root)
	if err != nil || at == "" || root == "" || w.behindLink(path) {
		return t
	}
	way := steps(text, &at)
	for links := 0; len(way) > 0; {
		name := way[0]
		way = way[1:]
		if name == ".." {
			at = filepath.Dir(at)
			continue
		}
		next := filepath.Join(at, name)
		t.paths = append(t.paths, w.asWatched(next, root))
		info, err := os.Lstat(next)
		isLink := err == nil && info.Mode()&fs.ModeSymlink != 0
		holdsRoot := func(dir string) bool { return dir == root || within(root, dir) || dir == w.root || within(w.root, dir) }
		if err != nil || isLink && !holdsRoot(next) || !isLink && (len(way) == 0 || !holdsRoot(at)) {
			t.dirs = append(t.dirs, w.asWatched(at, root))
		}
		if err != nil {
			return t
		}
		if !isLink {
			at = next
			continue
		}
		if text, err = os.Readlink(next); err != nil || links == maxLinks {
			return t
		}
		links++
		way = append(steps(text, &at), way...)
	}
	return t
}

// asWatched is the name under which a path is watched if links lead to the root,
// which lies at real.
func (w *Watcher) asWatched(path, real string) string {
	if path == real || within(path, real) {
		return filepath.Join(w.root, below(path, real))
	}
	return path
}

// maxLinks is how many links the system follows to the end of a path.
const maxLinks = 40

// steps are the names that a link leads through, from at, which is put at the
// root of the file system if the link begins there.
func steps(text string, at *string) []string {
	if filepath.IsAbs(text) {
		*at = filepath.VolumeName(text) + string(filepath.Separator)
		text = text[len(filepath.VolumeName(text)):]
	}
	return slices.DeleteFunc(strings.Split(filepath.ToSlash(text), "/"), func(name string) bool { return name == "" || name == "." })
}

// post watches what guards links, and where the root and what is apart from it may
// come into being again.
// Of what happens there only that something does is of interest, so these
// directories are not in the tree.
func (w *Watcher) post() error {
	wanted := map[string]bool{}
	w.trails = map[string][]string{}
	w.linked = map[string][]string{}
	for path := range w.links {
		if file := linkedFile(path); file != "" {
			w.linked[file] = append(w.linked[file], path)
			if dir := filepath.Dir(file); !wanted[dir] {
				wanted[dir] = false
			}
		}
		t := w.trailOf(path)
		for _, on := range t.paths {
			w.trails[on] = append(w.trails[on], path)
		}
		for _, dir := range t.dirs {
			wanted[dir] = true
			if w.armed && w.tree[dir] == nil && !w.posts[dir] {
				w.torn[path] = true // it may have led elsewhere just before
			}
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

// isReadable reports whether a directory can be watched: one that could not be
// when its link was followed may have come only afterwards.
func isReadable(dir string) bool {
	f, err := os.Open(dir)
	if err != nil {
		return false
	}
	f.Close()
	return true
}

// linkedFile is where the file lies, or would lie, that a link leads to in the
// end; "" if there is not even a directory for it.
func linkedFile(path string) string {
	for range 40 { // the system follows no more
		dir, err := filepath.EvalSymlinks(filepath.Dir(path))
		if err != nil {
			return ""
		}
		path = filepath.Join(dir, filepath.Base(path))
		text, err := os.Readlink(path)
		if err != nil {
			break
		}
		if path = text; !filepath.IsAbs(text) {
			path = filepath.Join(dir, text)
		}
	}
	if isDir(path) {
		return ""
	}
	return path
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
