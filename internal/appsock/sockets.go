// Package handover is hotreload's side of what an app's processes and it say to
// each other: see package hot for the other, and hot/wire for the words.
//
// In go addresses and what the processes of the app say; out come listeners, and
// the words they are waited for. What always holds: an address that was bound once
// stays bound until KeepOnly or Close, whoever comes and goes, so no connection to
// it is refused; a descriptor is never switched to blocking, which would hang
// the processes that share it; sockets lie in a directory of the user's alone.
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
	// patience is how long the processes of a session that was killed may hold on to
	// its addresses: they end within two seconds.
	patience = 3 * time.Second
	// tryAgain is the pause between two tries.
	tryAgain = 50 * time.Millisecond
)

// Key names a listener: the address as somebody asked for it.
type Key struct {
	Network, Address string
	Nth              int // tells several listeners on any free port apart
}

// Sockets are the listeners that hotreload has bound. Its methods may be called from
// any goroutine.
type Sockets struct {
	mu    sync.Mutex
	open  map[Key]socket
	until time.Time // that an address in use is tried again
}

// socket is a bound listener, as a bare descriptor: Go's own would wake us for
// each connection that somebody else accepts.
type socket struct {
	fd   int
	addr net.Addr
}

// NewSockets has none yet.
func NewSockets() *Sockets { return &Sockets{open: map[Key]socket{}} }

// AfterCrash says that a session was killed just now, whose processes may still have
// to let go of their addresses: for a while those that are in use are waited for.
func (s *Sockets) AfterCrash() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.until = time.Now().Add(patience)
}

// Get returns a descriptor of the listener, the caller's to close, and where it
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

// KeepOnly gives up the addresses that nobody wants any more.
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

// Close gives up all.
func (s *Sockets) Close() { s.KeepOnly(func(Key) bool { return false }) }

// isUnlinked reports whether a unix socket can be found no more.
func isUnlinked(addr net.Addr) bool {
	if addr.Network() != "unix" {
		return false
	}
	_, err := os.Lstat(addr.String())
	return err != nil
}
