//go:build unix

package runner

import (
	"net"
	"runtime"
	"strconv"
	"syscall"
	"testing"
)

// reserve returns an address of this host that belongs to the test until it ends: the
// kernel does not hand its port to anything that asks for a free one.
//
// It is held by a socket that is bound and does not listen. Linux lets an app listen
// beside one such, as both say SO_REUSEADDR (all that Go's net listens with does). Other
// systems do not, so there the port is only likely to be free.
func reserve(t *testing.T) (address, port string) {
	t.Helper()
	syscall.ForkLock.RLock()
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(socket)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS == "linux" {
		t.Cleanup(func() { syscall.Close(socket) })
	} else {
		defer syscall.Close(socket)
	}
	if err := syscall.SetsockoptInt(socket, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Bind(socket, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(socket)
	if err != nil {
		t.Fatal(err)
	}
	port = strconv.Itoa(name.(*syscall.SockaddrInet4).Port)
	return net.JoinHostPort("127.0.0.1", port), port
}
