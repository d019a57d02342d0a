package appsock

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"sync"
	"syscall"

	"hotreload/internal/appsock/wire"
)

// grants are the listeners that a process was passed.
type grants struct {
	sockets *Sockets
	first   chan struct{} // closed at the first one

	mu      sync.Mutex
	given   map[Key]net.Addr
	takers  map[Key]int // the PIDs of those who said so
	anyPort int         // how many listen on any free port
}

func newGrants(sockets *Sockets) grants {
	return grants{sockets: sockets, first: make(chan struct{}), given: map[Key]net.Addr{}, takers: map[Key]int{}}
}

// Gave is closed once the process has been passed a listener.
func (d *Desk) Gave() <-chan struct{} { return d.grants.first }

// Given are the listeners that the process was passed, and where they listen.
func (d *Desk) Given() map[Key]net.Addr {
	if d == nil {
		return nil
	}
	d.grants.mu.Lock()
	defer d.grants.mu.Unlock()
	return maps.Clone(d.grants.given)
}

// Give notes that the process has a listener.
func (d *Desk) Give(k Key, at net.Addr) {
	d.grants.mu.Lock()
	defer d.grants.mu.Unlock()
	if len(d.grants.given) == 0 {
		close(d.grants.first)
	}
	d.grants.given[k] = at
}

// pass sends the listener that was asked for.
func (d *Desk) pass(conn *net.UnixConn, want wire.Listen) {
	k := d.grants.key(want)
	fd, addr, err := d.take(k, want.PID)
	var answer wire.Answer
	if err != nil {
		answer.Error = err.Error()
	} else {
		defer CloseFD(fd)
	}
	line, failed := json.Marshal(wire.Message{Answer: &answer})
	if failed != nil {
		return
	}
	line = append(line, '\n')
	if err != nil {
		_, _ = conn.Write(line)
		return
	}
	// First, because the process may use it before we get to the next line here.
	d.Give(k, addr)
	_ = pass(conn, line, fd)
}

// key names the listener that is asked for.
func (g *grants) key(want wire.Listen) Key {
	k := Key{Network: want.Network, Address: want.Address}
	if _, port, err := net.SplitHostPort(k.Address); err == nil && (port == "0" || port == "") {
		g.mu.Lock()
		defer g.mu.Unlock()
		k.Nth = g.anyPort
		g.anyPort++
	}
	return k
}

// take gets a listener for a process. A process that does not know of us must not share
// the listener of another one: without us it would find the address in use.
func (d *Desk) take(k Key, pid int) (fd int, addr net.Addr, err error) {
	if pid == 0 {
		return d.grants.sockets.Get(d.ctx, k)
	}
	ctx, cancel := context.WithTimeout(d.ctx, replyTimeout)
	defer cancel()
	d.lines.await(ctx, pid) // or its child, which asks next, would find nothing of it
	d.grants.mu.Lock()
	taker := d.grants.takers[k]
	d.grants.mu.Unlock()
	for _, l := range d.lines.all() {
		if taker != pid && taker == l.pid {
			return -1, nil, fmt.Errorf("process %d listens on %s: %w", taker, k.Address, syscall.EADDRINUSE)
		}
	}
	if fd, addr, err = d.grants.sockets.Get(d.ctx, k); err == nil {
		d.grants.mu.Lock()
		d.grants.takers[k] = pid
		d.grants.mu.Unlock()
	}
	return fd, addr, err
}
