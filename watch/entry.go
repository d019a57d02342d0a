package watch

import (
	"io/fs"
	"time"
)

// kind is what sort of thing lies at a path.
type kind uint8

const (
	absent kind = iota
	file
	folder
	link       // to a file, to nothing, or to a directory that is not followed
	folderLink // a link to a directory that is followed
	special    // a pipe, a socket, a device: never opened
)

func (k kind) isDir() bool  { return k == folder || k == folderLink }
func (k kind) isLink() bool { return k == link || k == folderLink }

// kindOf returns the kind for a mode. It does not say where a link leads.
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

// entry is what is known about a path. The zero entry means that nothing is there.
type entry struct {
	kind    kind
	ignored bool // its changes are not reported; its stamp is unknown
	stamp   stamp
	hash    uint64 // of a file's content or of a link's target; 0: unknown
	changed int64  // what changedAt says; a chmod changes it, too, so it is no difference by itself
}

// locked stands for the hash of a file that we may not read. No content has an even hash.
const locked = 2

// stamp tells whether a file may have changed, without reading it.
type stamp struct {
	size  int64
	mtime int64
	inode uint64
}

// differs reports whether b is a different thing from a, or has different content.
// A directory does not change when its content does.
func (a entry) differs(b entry) bool {
	switch {
	case a.kind == absent && b.kind == folder:
		return false
	case a.kind != b.kind:
		return true
	case a.kind.isLink():
		return a.hash != b.hash
	case a.kind != file:
		return false
	case a.hash != 0 && b.hash != 0:
		return a.hash != b.hash
	}
	return a.stamp != b.stamp
}

// inDoubt returns an entry whose content may have changed under the same stamp.
func (a entry) inDoubt() entry {
	if a.kind == file && a.hash == 0 {
		a.stamp.size = -1
	}
	return a
}

// fresh reports whether the file was written so recently that the next write may
// leave the same stamp: some file systems store times in steps of two seconds.
func (s stamp) fresh(now time.Time) bool {
	return now.Sub(time.Unix(0, s.mtime)) < 2*time.Second
}

func stampOf(info fs.FileInfo) stamp {
	return stamp{size: info.Size(), mtime: info.ModTime().UnixNano(), inode: identityOf(info).inode}
}

// identity names a directory no matter which paths lead to it. The zero identity is
// unknown, and equals no other.
type identity struct{ device, inode uint64 }

func (a identity) known() bool { return a != identity{} }

// is reports whether both are known to be the same directory.
func (a identity) is(b identity) bool { return a == b && a.known() }
