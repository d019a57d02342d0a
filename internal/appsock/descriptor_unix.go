//go:build unix

package appsock

import (
	"net"

	"golang.org/x/sys/unix"
)

// Supported: sockets can be passed to other processes.
const Supported = true

func duplicate(fd int) (int, error) { return unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0) }

// CloseFD closes a bare descriptor, such as Get returns.
func CloseFD(fd int) { _ = unix.Close(fd) }

// pass writes a line that carries a descriptor.
func pass(conn *net.UnixConn, line []byte, fd int) error {
	_, _, err := conn.WriteMsgUnix(line, unix.UnixRights(fd), nil)
	return err
}
