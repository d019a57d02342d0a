package appsock

import (
	"errors"
	"net"
)

// Supported: sockets cannot be passed to other processes here.
const Supported = false

func duplicate(int) (int, error) { return -1, errors.ErrUnsupported }

// CloseFD is never called here.
func CloseFD(int) {}

func pass(*net.UnixConn, []byte, int) error { return errors.ErrUnsupported }
