package watch

import (
	"io/fs"
	"syscall"
)

// changedAt is when the system last noted a change of a file, in nanoseconds.
// Unlike the modification time, a program cannot set it.
func changedAt(info fs.FileInfo) int64 {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return stat.Ctim.Nano()
	}
	return 0
}
