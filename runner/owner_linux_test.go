package runner

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"
)

// The end of a connection is a process's once it has accepted that, whatever its addresses are.
func TestHasEnd(t *testing.T) {
	for name, test := range map[string]struct{ listen, host string }{
		"IPv4":           {"127.0.0.1:0", "127.0.0.1"},
		"IPv6":           {"[::1]:0", "::1"},
		"IPv4 over IPv6": {"[::]:0", "127.0.0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen("tcp", test.listen)
			if err != nil {
				t.Skip(err)
			}
			defer l.Close()
			_, port, _ := net.SplitHostPort(l.Addr().String())
			conn, err := net.Dial("tcp", net.JoinHostPort(test.host, port))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			here, there := netip.MustParseAddrPort(conn.LocalAddr().String()), netip.MustParseAddrPort(conn.RemoteAddr().String())
			if _, err := inodeOf(there, here); errors.As(err, new(syscall.Errno)) {
				t.Skip(err) // the system does not say
			}
			holds := func(when string, pid int, want bool) {
				t.Helper()
				if has, err := hasEnd(func() []int { return []int{pid} }, there, here); err != nil || has != want {
					t.Errorf("%s: %v, %v, want %v", when, has, err, want)
				}
			}
			holds("it waits to be accepted", os.Getpid(), false)
			accepted, err := l.Accept()
			if err != nil {
				t.Fatal(err)
			}
			holds("it is accepted", os.Getpid(), true)
			holds("by another process", os.Getppid(), false)
			accepted.(*net.TCPConn).SetLinger(0)
			accepted.Close()
			if _, err := inodeOf(there, here); err == nil {
				t.Error("it is known where it is, though it is closed")
			}
		})
	}
}
