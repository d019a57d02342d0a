//go:build unix

package watch

import (
	"io/fs"
	"syscall"
)

// namesOf is how many names a file has.
func namesOf(info fs.FileInfo) uint64 {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(stat.Nlink)
	}
	return 1
}
