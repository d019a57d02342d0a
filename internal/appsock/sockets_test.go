//go:build unix

package appsock

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func get(t *testing.T, s *Sockets, k Key) net.Addr {
	t.Helper()
	fd, addr, err := s.Get(context.Background(), k)
	if err != nil {
		t.Fatal(err)
	}
	defer CloseFD(fd)
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	if err != nil || flags&unix.O_NONBLOCK == 0 {
		t.Errorf("the flags of the descriptor are %o, %v: whoever accepts last would hang", flags, err)
	}
	return addr
}

// refused reports whether a connection is refused.
func refused(addr net.Addr) bool {
	conn, err := net.Dial(addr.Network(), addr.String())
	if err == nil {
		conn.Close()
	}
	return errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, os.ErrNotExist)
}

// An address is bound once, until it is not wanted any more.
func TestSocketsAreKept(t *testing.T) {
	s := NewSockets()
	defer s.Close()
	one, two := Key{"tcp", "127.0.0.1:0", 0}, Key{"tcp", "127.0.0.1:0", 1}
	first, second := get(t, s, one), get(t, s, two)
	if again := get(t, s, one); again.String() != first.String() || first.String() == second.String() {
		t.Errorf("got %v and then %v; the other is %v", first, again, second)
	}
	if refused(first) || refused(second) {
		t.Error("a connection is refused")
	}
	if !s.Holds(first.(*net.TCPAddr).Port) || s.Holds(0) {
		t.Error("it does not know which ports it holds")
	}
	s.KeepOnly(func(k Key) bool { return k == two })
	if !refused(first) || refused(second) {
		t.Errorf("the first is refused: %t, want true; the second: %t, want false", refused(first), refused(second))
	}
	s.Close()
	if !refused(second) {
		t.Error("the second is open after the end")
	}
}

// An app removes the path of its unix socket before it listens. It must not get a listener
// that no client can find. At the end the path is gone.
func TestUnixSocket(t *testing.T) {
	dir, err := os.MkdirTemp("", "hr") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "app.sock")
	s := NewSockets()
	for range 2 {
		if addr := get(t, s, Key{Network: "unix", Address: path}); refused(addr) {
			t.Error("a connection is refused")
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	get(t, s, Key{Network: "unix", Address: path})
	s.Close()
	if _, err := os.Lstat(path); err == nil {
		t.Error("the path is there after the end")
	}
}

// An address in use is an error at once, but after a crash Get waits for it.
func TestAddressInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s := NewSockets()
	defer s.Close()
	k := Key{Network: "tcp", Address: l.Addr().String()}
	if _, _, err := s.Get(context.Background(), k); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("the error is %v, want that the address is in use", err)
	}
	s.AfterCrash()
	got := make(chan error)
	go func() {
		fd, _, err := s.Get(context.Background(), k)
		if err == nil {
			CloseFD(fd)
		}
		got <- err
	}()
	l.Close()
	if err := <-got; err != nil {
		t.Errorf("the error is %v, want none once the address is free", err)
	}
}
