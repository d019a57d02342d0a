//go:build unix

package bus

import (
	"errors"
	"syscall"
)

// isFull reports whether there is no room for a file.
func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EROFS)
}
