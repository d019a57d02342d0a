//go:build unix

package control

import (
	"errors"
	"net"
	"syscall"
)

// isBusy reports whether someone listens on a socket and does not accept: too many
// connections wait for that.
func isBusy(err error) bool {
	var late net.Error
	return errors.Is(err, syscall.EAGAIN) || errors.As(err, &late) && late.Timeout()
}
