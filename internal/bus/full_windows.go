package bus

import (
	"errors"
	"syscall"
)

// isFull reports whether there is no room for a file.
func isFull(err error) bool {
	const diskFull = syscall.Errno(112)
	return errors.Is(err, diskFull)
}
