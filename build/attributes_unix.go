//go:build unix

package build

import (
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// owner is whose a file is.
type owner struct{ user, group int }

func ownerOf(info fs.FileInfo) owner {
	stat := info.Sys().(*syscall.Stat_t)
	return owner{int(stat.Uid), int(stat.Gid)}
}

func (o owner) give(path string) error { return os.Chown(path, o.user, o.group) }

// executable reports whether the system would execute a file: its mode allows that, and so
// does the mount it is on.
func executable(path string) bool { return unix.Access(path, unix.X_OK) == nil }
