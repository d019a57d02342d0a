//go:build unix

package doctor

import (
	"math"

	"golang.org/x/sys/unix"
)

// openFilesLimit returns how many files this process may have open. The Go runtime
// has already raised the limit as far as possible.
func openFilesLimit() int {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil || uint64(limit.Cur) > math.MaxInt32 {
		return 0
	}
	return int(limit.Cur)
}
