package appsock

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

const (
	// patience is how long the processes of a session that was killed may hold its
	// addresses: they end within two seconds.
	patience = 3 * time.Second
	// tryAgain is the pause between two tries.
	tryAgain = 50 * time.Millisecond
)

// Key names a listener: the address as it was asked for.
type Key struct {
	Network, Address string
	Nth              int // tells several listeners on any free port apart
}

// Sockets are the listeners that hotreload has bound. Its methods may be called from any
// goroutine.
type Sockets struct {
	mu    sync.Mutex
	open  map[Key]socket
	until time.Time // that an address in use is tried again
}

// socket is a bound listener, as a bare descriptor: a net.Listener would wake us for each
// connection that a process of the app accepts.
type socket struct {
	fd   int
	addr net.Addr
}

// NewSockets returns a set without listeners.
func NewSockets() *Sockets { return &Sockets{open: map[Key]socket{}} }

// AfterCrash says that a session was killed just now. Its processes may still hold their
// addresses, so for a while Get waits for those that are in use.
func (s *Sockets) AfterCrash() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.until = time.Now().Add(patience)
}

// Get returns a descriptor of the listener, which the caller has to close, and where it
// listens. The first time it binds the address.
func (s *Sockets) Get(ctx context.Context, k Key) (fd int, addr net.Addr, err error) {
	for {
		fd, addr, until, err := s.get(ctx, k)
		if err == nil || !errors.Is(err, syscall.EADDRINUSE) || time.Now().After(until) {
			return fd, addr, err
		}
		select {
		case <-ctx.Done():
			return -1, nil, err
		case <-time.After(tryAgain):
		}
	}
}

func (s *Sockets) get(ctx context.Context, k Key) (fd int, addr net.Addr, until time.Time, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	have, ok := s.open[k]
	if ok && isUnlinked(have.addr) {
		// Apps remove the path before they listen.
		CloseFD(have.fd)
		ok = false
	}
	if !ok {
		if have, err = bind(ctx, k); err != nil {
			return -1, nil, s.until, err
		}
		s.open[k] = have
	}
	fd, err = duplicate(have.fd)
	return fd, have.addr, s.until, err
}

func bind(ctx context.Context, k Key) (socket, error) {
	l, err := new(net.ListenConfig).Listen(ctx, k.Network, k.Address)
	if err != nil {
		return socket{}, err
	}
	defer l.Close()
	if u, ok := l.(*net.UnixListener); ok {
		u.SetUnlinkOnClose(false)
	}
	raw, ok := l.(syscall.Conn)
	if !ok {
		return socket{}, fmt.Errorf("pass on a listener of network %s: %w", k.Network, errors.ErrUnsupported)
	}
	conn, err := raw.SyscallConn()
	if err != nil {
		return socket{}, err
	}
	have := socket{addr: l.Addr()}
	var failed error
	err = conn.Control(func(fd uintptr) { have.fd, failed = duplicate(int(fd)) })
	return have, errors.Join(err, failed)
}

// Holds reports whether a port is bound here.
func (s *Sockets) Holds(port int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, have := range s.open {
		if at, ok := have.addr.(*net.TCPAddr); ok && at.Port == port {
			return true
		}
	}
	return false
}

// KeepOnly gives up the addresses that are not wanted any more.
func (s *Sockets) KeepOnly(wanted func(Key) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, have := range s.open {
		if wanted(k) {
			continue
		}
		CloseFD(have.fd)
		if have.addr.Network() == "unix" {
			_ = os.Remove(have.addr.String())
		}
		delete(s.open, k)
	}
}

// Close gives up all addresses.
func (s *Sockets) Close() { s.KeepOnly(func(Key) bool { return false }) }

// isUnlinked reports whether the path of a unix socket was removed.
func isUnlinked(addr net.Addr) bool {
	if addr.Network() != "unix" {
		return false
	}
	_, err := os.Lstat(addr.String())
	return err != nil
}
