package watch

import (
	"errors"
	"hash/maphash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"hotreload/internal/paths"
)

// tooBig bounds the files that are hashed: a database in the tree must not be read
// whole for each of its writes. A bigger file has changed when it was written to.
const tooBig = 4 << 20

// disk looks at what is at a path. It knows the tree, because where a link is
// decides whether it is followed.
type disk struct {
	root string
	tree tree
	seed maphash.Seed // of the hashes, which are compared within one watcher only
	now  func() time.Time
}

// look returns what is at a path. It does not read files, but for those that links
// lead to.
func (d *disk) look(path string) entry {
	info, err := os.Lstat(path)
	if err != nil {
		return entry{}
	}
	switch kind := kindOf(info.Mode()); kind {
	case file:
		return entry{kind: file, stamp: stampOf(info), changed: changedAt(info)}
	case folder:
		return entry{kind: folder, stamp: stamp{inode: stampOf(info).inode}}
	case link:
		return d.lookAtLink(path)
	default:
		return entry{kind: kind}
	}
}

func (d *disk) lookAtLink(path string) entry {
	text, err := os.Readlink(path)
	if err != nil {
		return entry{}
	}
	e := entry{kind: link, hash: maphash.String(d.seed, text) | 1}
	target, err := os.Stat(path)
	switch {
	case err != nil:
		return e
	case target.Mode().IsRegular():
		return d.lookThrough(path, text, target)
	case !target.IsDir():
		return e
	}
	if d.notFollowed(path, target) == "" {
		e.kind, e.stamp.inode = folderLink, stampOf(target).inode
	}
	return e
}

// lookThrough looks at a link together with the file that it leads to: an edit of
// the file is one of the link. The file is not read again if its stamp is the same
// and the link leads there as before.
func (d *disk) lookThrough(path, text string, target fs.FileInfo) entry {
	type both struct {
		text string
		file any
	}
	var was entry
	if parent := d.tree.parent(path); parent != nil {
		was = parent.entries[filepath.Base(path)]
	}
	e := entry{kind: link, stamp: stampOf(target), changed: changedAt(target)}
	at := e.stamp
	e.stamp.inode = maphash.Comparable(d.seed, both{text, at.inode})
	if was.kind == link && was.stamp == e.stamp && was.changed == e.changed && !at.fresh(d.now()) {
		e.hash = was.hash
	} else if full, ok := read(path, d.seed); ok {
		e.hash = maphash.Comparable(d.seed, both{text, full.hash}) | 1
	} else { // it is too big
		e.hash = maphash.Comparable(d.seed, both{text, at}) | 1
	}
	return e
}

// notFollowed says why a link to a directory is not followed, or "". A directory
// outside the root, as in a monorepo, is followed; the system's or the user's home
// is not. Nor is a link behind another: links to each other's neighbours would make
// a tree that is endless in all but name.
func (d *disk) notFollowed(path string, target fs.FileInfo) string {
	if d.tree.behindLink(path) {
		return "a link behind another link"
	}
	if d.tree.holds(path, identityOf(target)) {
		return "a link to a directory that contains it"
	}
	leads, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err.Error()
	}
	if tooBroad(leads, d.root) {
		return "a link to " + leads + ", which holds more than a project"
	}
	return ""
}

// whyNotFollowed says why an entry, if it is a link to a directory, is not followed, or "".
func (d *disk) whyNotFollowed(path string, e entry) string {
	if e.kind != link {
		return ""
	}
	target, err := os.Stat(path)
	if err != nil || !target.IsDir() {
		return ""
	}
	return d.notFollowed(path, target)
}

// tooBroad reports whether a directory belongs to the system or holds much more
// than a project: no link that leads there is meant as a request to watch it.
func tooBroad(dir, root string) bool {
	home, _ := os.UserHomeDir()
	if paths.Within(root, dir) || home != "" && paths.Within(home, dir) {
		return true
	}
	parts := elements(dir)
	return len(parts) < 2 || !besides(dir, root) &&
		slices.Contains([]string{"proc", "sys", "dev", "run", "usr", "etc", "bin", "sbin", "lib", "boot"}, parts[0])
}

// besides reports whether a directory lies in the project or beside it: the project may lie among
// what is the system's, such as in /usr/src or /dev/shm.
func besides(dir, root string) bool {
	if real, err := filepath.EvalSymlinks(root); err == nil {
		root = real
	}
	around := filepath.Dir(root)
	return paths.Within(dir, root) || len(elements(around)) > 1 && paths.Within(dir, around)
}

// elements are the names in an absolute path.
func elements(path string) []string {
	return strings.FieldsFunc(path[len(filepath.VolumeName(path)):], func(r rune) bool { return os.IsPathSeparator(uint8(r)) })
}

// read returns an entry with the hash of a regular file that is not too big.
func read(path string, seed maphash.Seed) (entry, bool) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe in the file's place would wait for a writer
	if errors.Is(err, fs.ErrPermission) {
		info, err := os.Stat(path)
		if err != nil || !info.Mode().IsRegular() {
			return entry{}, false
		}
		return entry{kind: file, stamp: stampOf(info), hash: locked, changed: changedAt(info)}, true
	}
	if err != nil {
		return entry{}, false
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() > tooBig {
		return entry{}, false
	}
	var sum maphash.Hash
	sum.SetSeed(seed)
	if _, err := io.Copy(&sum, io.LimitReader(f, tooBig)); err != nil {
		return entry{}, false
	}
	return entry{kind: file, stamp: stampOf(info), hash: sum.Sum64() | 1, changed: changedAt(info)}, true
}

// isDir reports whether a directory is at a path, or behind a link there.
func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// canRead reports whether nothing keeps us from reading what is at a path.
func canRead(path string) bool {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return !errors.Is(err, fs.ErrPermission)
	}
	f.Close()
	return true
}

// readable returns what os.Stat says about a directory that can be read.
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
