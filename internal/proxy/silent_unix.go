//go:build unix

package proxy

import (
	"errors"
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// silent reports whether the other side has sent nothing: neither the end of the
// connection nor data that no request has asked for.
func silent(c net.Conn) bool {
	s, ok := c.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return false
	}
	var heard error
	// Control, because Read would wait for another reader.
	err = raw.Control(func(fd uintptr) {
		var one [1]byte
		_, _, heard = unix.Recvfrom(int(fd), one[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
	})
	return err == nil && errors.Is(heard, unix.EAGAIN)
}
