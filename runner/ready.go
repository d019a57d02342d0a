package runner

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	psnet "github.com/shirou/gopsutil/v4/net"

	"hotreload/internal/supervise"
)

const (
	// firstProbe and maxProbe bound the pauses between two looks at the app's
	// sockets: a server listens within milliseconds or takes its time. Each look
	// costs about a millisecond of a core that the app may want for its start.
	firstProbe = 5 * time.Millisecond
	maxProbe   = 100 * time.Millisecond
)

// What runner.ready may begin with.
const (
	httpPrefix = "http://"
	logPrefix  = "log:"
)

// awaitReady waits until the process serves. It reports false when the process
// ended or is being stopped, or was to take another one's place and took too long
// for that: then it is killed.
func (i *instance) awaitReady(ctx context.Context) (Ready, bool) {
	c := i.request.Config
	limited, cancel := context.WithTimeout(ctx, c.ReadyTimeout)
	defer cancel()
	ready := Ready{Gen: i.gen, PID: i.process.PID}
	switch {
	case strings.HasPrefix(c.Ready, httpPrefix):
		ready.Via = i.awaitAnswer(limited, c.Ready)
	case i.said != nil:
		ready.Via = i.awaitLine(limited)
	default:
		ready.Via, ready.Address = i.awaitListening(limited)
	}
	if ready.Via != "" && !i.tookOver(limited) {
		ready.Via = ""
	}
	if ready.Via != "" && i.from != nil && i.request.Strategy.Passes() {
		if !i.turn.take() {
			return Ready{}, false
		}
		i.from.yield(ctx)
	}
	ready.Took, ready.Shared = time.Since(i.started), i.shares()
	switch {
	case ctx.Err() != nil:
		return Ready{}, false
	case ready.Via == "" && (i.from != nil || i.held):
		i.late.Store(true)
		i.process.Kill()
		return Ready{}, false
	case ready.Via == "":
		ready.Via, ready.Address = "timeout", i.expects.other
		return ready, true
	}
	switch {
	case ready.Address != "":
	case i.expects.port == 0 || ready.Shared:
		ready.Address = i.address(ctx)
	default:
		ready.Address = i.awaitMet(ctx)
	}
	ready.Elsewhere = i.isElsewhere(ready)
	return ready, true
}

// tookOver waits until the process has what the former one kept, if that kept something
// and this one can take it.
func (i *instance) tookOver(ctx context.Context) bool {
	if i.from == nil || !i.from.desk.Keeps() || !i.desk.Attended() {
		return true
	}
	select {
	case carried := <-i.admitted:
		i.admitted <- carried // for the one who tells of it
		return true
	case <-ctx.Done():
		return false
	}
}

// awaitListening waits until the process takes connections: it says so, or accepts one
// of a listener that it was passed, or opens a port of its own. It returns by which
// of these, or nothing when the context ends.
func (i *instance) awaitListening(ctx context.Context) (via, address string) {
	p := &probe{of: i}
	defer p.close()
	for pause := firstProbe; ; pause = min(pause*3/2, maxProbe) {
		switch {
		case len(i.inherited) > 0:
			if p.accepted(ctx, i.inherited[0]) {
				return "accept", ""
			}
		case i.expects.port != 0:
			if i.shares() {
				break
			}
			if address := i.expects.met(ctx, i.process.PID); address != "" && !i.shares() {
				return "port", address
			}
		case i.from == nil && !i.shares():
			if address := listening(ctx, i.process.PID); address != "" && !i.shares() {
				return "port", address
			}
		}
		select {
		case <-ctx.Done():
			return "", ""
		case carried := <-i.admitted:
			i.admitted <- carried // for the one who tells of it
			return i.word(), ""
		case <-i.desk.Ready():
			return "app", ""
		case <-time.After(pause):
		}
	}
}

// word is by what a process that accepts has become ready: its word comes before.
func (i *instance) word() (via string) {
	select {
	case <-i.desk.Ready():
		return "app"
	default:
		return "accept"
	}
}

// address is where the process listens, as far as is known.
func (i *instance) address(ctx context.Context) string {
	var found []psnet.Addr
	for _, at := range addresses(i) {
		if port, err := netip.ParseAddrPort(at.String()); err == nil {
			found = append(found, psnet.Addr{IP: port.Addr().String(), Port: uint32(port.Port())})
		}
	}
	if len(found) > 0 {
		return lowest(found)
	}
	return listening(ctx, i.process.PID)
}

// listening returns an address that a process or its descendants listen on: of
// several the lowest port. Empty when there is none.
func listening(ctx context.Context, pid int) string {
	var found []psnet.Addr
	for _, s := range sockets(ctx, pid) {
		if s.Status == "LISTEN" {
			found = append(found, s.Laddr)
		}
	}
	if len(found) == 0 {
		return ""
	}
	return lowest(found)
}

// listeningAt returns the address of a port if a process or its descendants listen there, and
// another address where they do.
func listeningAt(ctx context.Context, pid, port int) (at, other string) {
	var here, there []psnet.Addr
	for _, s := range sockets(ctx, pid) {
		switch {
		case s.Status != "LISTEN":
		case s.Laddr.Port == uint32(port):
			here = append(here, s.Laddr)
		default:
			there = append(there, s.Laddr)
		}
	}
	if len(here) > 0 {
		at = lowest(here)
	}
	if len(there) > 0 {
		other = lowest(there)
	}
	return at, other
}

// sockets are those of a process and its descendants, over TCP.
func sockets(ctx context.Context, pid int) []psnet.ConnectionStat {
	var found []psnet.ConnectionStat
	for _, pid := range append([]int{pid}, supervise.Descendants(pid)...) {
		if of, err := psnet.ConnectionsPidWithContext(ctx, "tcp", int32(pid)); err == nil {
			found = append(found, of...)
		} // else it ended
	}
	return found
}

// lowest is the address with the lowest port, as one would call it.
func lowest(found []psnet.Addr) string {
	a := slices.MinFunc(found, func(a, b psnet.Addr) int { return int(a.Port) - int(b.Port) })
	host := a.IP
	if ip := net.ParseIP(host); host == "*" || ip == nil || ip.IsUnspecified() {
		host = "localhost"
	}
	return net.JoinHostPort(host, strconv.Itoa(int(a.Port)))
}
