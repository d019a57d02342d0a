package build

import (
	"io/fs"
	"syscall"
)

// changedAt is when the system last noted a change of a file, in nanoseconds: who
// sets the time of a file back cannot set this one.
func changedAt(info fs.FileInfo) int64 {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return stat.Ctim.Nano()
	}
	return 0
}
