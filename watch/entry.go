package watch

import (
	"hash/maphash"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// kind is what sort of thing lies at a path.
type kind uint8

const (
	absent kind = iota
	file
	folder
	link       // to a file, to nothing, or to a directory that is not followed
	folderLink // a link that is followed into a directory
	special    // a pipe, a socket, a device: never opened
)

func (k kind) isDir() bool { return k == folder || k == folderLink }

// kindOf is what a mode tells, which is not what a link leads to.
func kindOf(mode fs.FileMode) kind {
	switch {
	case mode.IsRegular():
		return file
	case mode.IsDir():
		return folder
	case mode&fs.ModeSymlink != 0:
		return link
	}
	return special
}

// entry is what is known of a path. The zero entry: nothing lies there.
type entry struct {
	kind    kind
	ignored bool // no change of it is one; its stamp is not known
	stamp   stamp
	print   uint64 // a hash of the file's content, of the link's target; 0: not known
}

// stamp tells whether a file may have changed without reading it.
type stamp struct {
	size  int64
	mtime int64
	inode uint64
}

// tooBig bounds the files that are hashed: a database in the tree must not be
// read whole for each of its writes. What is bigger has changed when it was
// written to.
const tooBig = 4 << 20

// differs reports whether b is another thing than a, or another content. What
// is in a directory is not its own change.
func (a entry) differs(b entry) bool {
	switch {
	case a.kind == absent && b.kind == folder:
		return false
	case a.kind != b.kind:
		return true
	case a.kind == link || a.kind == folderLink:
		return a.print != b.print
	case a.kind != file:
		return false
	case a.print != 0 && b.print != 0:
		return a.print != b.print
	}
	return a.stamp != b.stamp
}

// inDoubt is an entry whose content may be another under the same stamp.
func (a entry) inDoubt() entry {
	if a.kind == file && a.print == 0 {
		a.stamp.size = -1
	}
	return a
}

// fresh reports whether something was written so recently that the next write
// may leave it the same stamp: some file systems count in steps of two seconds.
func (s stamp) fresh(now time.Time) bool {
	return now.Sub(time.Unix(0, s.mtime)) < 2*time.Second
}

func stampOf(info fs.FileInfo) stamp {
	_, inode := identify(info)
	return stamp{size: info.Size(), mtime: info.ModTime().UnixNano(), inode: inode}
}

// read makes an entry with a print of a regular file that is not too big. Prints
// are compared within one watcher only, by its seed.
func read(path string, seed maphash.Seed) (entry, bool) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe that took a file's place would wait for a writer
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
	return entry{kind: file, stamp: stampOf(info), print: sum.Sum64() | 1}, true
}

// see looks at what is at a path, of which the tree takes note. The poller has
// to compare with the same, or what comes and goes between two of its looks
// would stay in the tree.
func (w *Watcher) see(path string) entry {
	e := w.lies(path)
	w.hub.poller.know(path, e)
	return e
}

// lies looks at what is at a path, without its content.
func (w *Watcher) lies(path string) entry {
	info, err := os.Lstat(path)
	if err != nil {
		return entry{}
	}
	switch kind := kindOf(info.Mode()); kind {
	case file:
		return entry{kind: file, stamp: stampOf(info)}
	case folder:
		return entry{kind: folder, stamp: stamp{inode: stampOf(info).inode}}
	case link:
		return w.liesLink(path)
	default:
		return entry{kind: kind}
	}
}
