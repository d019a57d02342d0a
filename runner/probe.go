package runner

import (
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"time"
)

// A listener that was passed on is open in each process that has it, whether or not
// it is used, and two versions accept from it side by side. So the one way to see that a
// process serves is to connect, and to see whose the connection becomes.

// dialTimeout bounds a connect to this machine.
const dialTimeout = time.Second

// probe is a connection that waits to be accepted.
type probe struct {
	of   *instance
	conn net.Conn
}

// accepted reports whether the process has accepted the connection. When the one whose
// place it is to take has, the next call makes another.
func (p *probe) accepted(ctx context.Context, at net.Addr) bool {
	if p.conn == nil {
		conn, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, "tcp", reachable(at.String()))
		if err != nil {
			return false
		}
		p.conn = conn
	}
	switch {
	case has(ctx, p.of, p.conn):
		return true
	case p.of.from != nil && has(ctx, p.of.from, p.conn):
		p.close()
	}
	return false
}

func (p *probe) close() {
	if p.conn != nil {
		p.conn.Close()
		p.conn = nil
	}
}

// has reports whether the other end of a connection is a process's.
func has(ctx context.Context, i *instance, conn net.Conn) bool {
	here, err := netip.ParseAddrPort(conn.LocalAddr().String())
	if err != nil {
		return false
	}
	there, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	if err != nil {
		return false
	}
	for _, s := range sockets(ctx, i.process.PID) {
		if s.Laddr.Port == uint32(there.Port()) && s.Raddr.Port == uint32(here.Port()) && s.Status != "LISTEN" {
			return true
		}
	}
	return false
}

// reachable makes an address to connect to of one to listen on.
func reachable(address string) string {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !at.Addr().IsUnspecified() {
		return address
	}
	return net.JoinHostPort("localhost", strconv.Itoa(int(at.Port())))
}

// errOther says that the former process has taken a connection.
var errOther = errors.New("the former process answers")

// awaitAnswer waits until the process answers a GET with a status below 400.
func (i *instance) awaitAnswer(ctx context.Context, url string) (via string) {
	transport := &http.Transport{DialContext: i.dial, DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	client := &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	for pause := firstProbe; ; pause = min(pause*3/2, maxProbe) {
		if answers(ctx, client, url) {
			return "http"
		}
		select {
		case <-ctx.Done():
			return ""
		case <-time.After(pause):
		}
	}
}

func answers(ctx context.Context, client *http.Client, url string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false // checked when the config was read
	}
	response, err := client.Do(request)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	return response.StatusCode < http.StatusBadRequest
}

// dial connects to this process and not to the one whose place it is to take.
func (i *instance) dial(ctx context.Context, network, address string) (net.Conn, error) {
	address, err := i.ownAddress(ctx, address)
	if err != nil {
		return nil, err
	}
	conn, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, network, address)
	if err != nil || i.from == nil || !i.isGiven(conn.RemoteAddr()) {
		return conn, err
	}
	for pause := firstProbe; ; pause = min(pause*3/2, maxProbe) {
		switch {
		case has(ctx, i, conn):
			return conn, nil
		case has(ctx, i.from, conn):
			conn.Close()
			return nil, errOther
		}
		select {
		case <-ctx.Done():
			conn.Close()
			return nil, ctx.Err()
		case <-time.After(pause):
		}
	}
}

// isGiven reports whether the process, or the one whose place it is to take, was
// passed a listener for a port.
func (i *instance) isGiven(address net.Addr) bool {
	var given []uint16
	for _, at := range slices.Concat(addresses(i), addresses(i.from)) {
		if at, err := netip.ParseAddrPort(at.String()); err == nil {
			given = append(given, at.Port())
		}
	}
	want, err := netip.ParseAddrPort(address.String())
	return err == nil && slices.Contains(given, want.Port())
}

// addresses are those of the listeners that a process was passed.
func addresses(i *instance) []net.Addr {
	if i == nil {
		return nil
	}
	return slices.Collect(maps.Values(i.desk.Given()))
}
