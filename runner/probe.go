package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	psnet "github.com/shirou/gopsutil/v4/net"
)

// A listener that was passed on is open in each process that has it, used or not, and two
// versions accept from it side by side. So the one way to see that a process serves is to
// connect, and to see whose the connection becomes.

// dialTimeout bounds a connect to this machine.
const dialTimeout = time.Second

// probe is a connection that waits to be accepted.
type probe struct {
	of   *readiness
	conn net.Conn
}

// accepted reports whether the process has accepted the connection. If the process before
// it has, the next call makes another one.
func (p *probe) accepted(ctx context.Context, at net.Addr) bool {
	if p.conn == nil {
		conn, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, "tcp", reachable(at.String()))
		if err != nil {
			return false
		}
		p.conn = conn
	}
	switch {
	case has(ctx, p.of.process, p.conn):
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

// has reports whether a process has the other end of a connection.
func has(ctx context.Context, p *process, conn net.Conn) bool {
	here, err := netip.ParseAddrPort(conn.LocalAddr().String())
	if err != nil {
		return false
	}
	there, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	if err != nil {
		return false
	}
	if has, err := hasEnd(p.tree, there, here); err == nil {
		return has
	}
	for _, s := range sockets(ctx, p.tree()) {
		if s.Laddr.Port == uint32(there.Port()) && s.Raddr.Port == uint32(here.Port()) && s.Status != "LISTEN" {
			return true
		}
	}
	return false
}

// sockets are the TCP sockets of some processes.
func sockets(ctx context.Context, pids []int) []psnet.ConnectionStat {
	var found []psnet.ConnectionStat
	for _, pid := range pids {
		if of, err := psnet.ConnectionsPidWithContext(ctx, "tcp", int32(pid)); err == nil {
			found = append(found, of...)
		} // else it ended
	}
	return found
}

// reachable turns an address to listen on into one to connect to.
func reachable(address string) string {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !at.Addr().IsUnspecified() {
		return address
	}
	return net.JoinHostPort("localhost", strconv.Itoa(int(at.Port())))
}

// errOther says that the process before has taken a connection.
var errOther = errors.New("the previous process answers")

// awaitAnswer waits until the process answers a GET with a status below 400.
func (r *readiness) awaitAnswer(ctx context.Context) (via string) {
	transport := &http.Transport{DialContext: r.dial, DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	client := &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	last := errors.New("there was no answer")
	if poll(ctx, func() bool {
		err := asked(ctx, client, r.config.Ready)
		if err == nil || ctx.Err() == nil { // else it says that our patience is at its end
			last = err
		}
		return err == nil
	}) {
		return "http"
	}
	r.missed = fmt.Sprintf("%s has not answered with a status below 400: %v", r.config.Ready, last)
	if at := listening(context.WithoutCancel(ctx), r.process.tree()); len(at) > 0 {
		r.missed += "; the app listens on " + strings.Join(at, ", ")
	}
	return ""
}

// asked asks an address whether the app is ready. The error says what it answered instead.
func asked(ctx context.Context, client *http.Client, address string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err // checked when the config was read
	}
	response, err := client.Do(request)
	var failed *url.Error
	if errors.As(err, &failed) {
		return failed.Err // without the address
	}
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	if response.StatusCode >= http.StatusBadRequest {
		return errors.New("it answered " + response.Status)
	}
	return nil
}

// dial connects to this process and not to the one before it.
func (r *readiness) dial(ctx context.Context, network, address string) (net.Conn, error) {
	address, err := r.ownAddress(ctx, address)
	if err != nil {
		return nil, err
	}
	conn, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, network, address)
	if err != nil || r.from == nil || !r.isGiven(conn.RemoteAddr()) {
		return conn, err
	}
	err = errOther
	if !poll(ctx, func() bool {
		if has(ctx, r.process, conn) {
			err = nil
		}
		return err == nil || has(ctx, r.from, conn)
	}) {
		err = ctx.Err()
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// isGiven reports whether the process, or the one before it, was passed a listener for
// a port.
func (r *readiness) isGiven(address net.Addr) bool {
	var given []uint16
	for _, at := range slices.Concat(addresses(r.process), addresses(r.from)) {
		if at, err := netip.ParseAddrPort(at.String()); err == nil {
			given = append(given, at.Port())
		}
	}
	want, err := netip.ParseAddrPort(address.String())
	return err == nil && slices.Contains(given, want.Port())
}

// addresses are those of the listeners that a process was passed.
func addresses(p *process) []net.Addr {
	if p == nil {
		return nil
	}
	return slices.Collect(maps.Values(p.desk.Given()))
}
