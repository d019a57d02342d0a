package control

import (
	"errors"
	"net"
)

// isBusy reports whether someone listens on a socket and does not accept.
func isBusy(err error) bool {
	var late net.Error
	return errors.As(err, &late) && late.Timeout()
}
