package runner

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	psnet "github.com/shirou/gopsutil/v4/net"
)

// portEnv is how an app behind the proxy is told where to listen.
const portEnv = "PORT"

// expect says where a process is to listen, and what it is told of that.
func (l *launcher) expect(r Request) (expectation, []string, error) {
	usual := expectation{patience: l.patience.otherPort, spoken: l.spoken}
	if url, ok := strings.CutPrefix(r.Config.Ready, httpPrefix); ok {
		host, _, _ := strings.Cut(url, "/")
		usual.named = portOf(host)
	}
	switch {
	case l.options.Proxy == nil:
		return usual, nil, nil
	case r.Proxied.Target != "":
		usual.port, usual.firm = portOf(r.Proxied.Target), addressOf(r.Proxied.Target)
		usual.http2 = strings.HasPrefix(r.Proxied.Target, "h2c://")
		return usual, nil, nil
	}
	// A listener that outlives its process is asked for by its address, so that stays.
	if l.port == 0 || !r.Strategy.Passes() {
		port, err := freePort()
		if err != nil {
			return expectation{}, nil, err
		}
		l.port = port
	}
	usual.port, usual.known = l.port, r.Proxied.Elsewhere
	return usual, []string{portEnv + "=" + strconv.Itoa(l.port)}, nil
}

// addressOf is an address without its scheme, if it has one.
func addressOf(target string) string {
	if _, after, ok := strings.Cut(target, "://"); ok {
		return after
	}
	return target
}

// portOf is the port of an address that may have a scheme; 0: it has none.
func portOf(address string) int {
	_, name, err := net.SplitHostPort(addressOf(address))
	if err != nil {
		return 0
	}
	port, err := net.LookupPort("tcp", name)
	if err != nil {
		return 0
	}
	return port
}

const (
	// Ports for apps are below those that systems give to outgoing connections: the proxy
	// makes many of these, and one might get the port before the app has opened it.
	lowestPort, highestPort = 20_000, 32_000
	// portTries bounds the search for a free one.
	portTries = 100
)

// freePort finds one that is not in use.
func freePort() (int, error) {
	var err error
	for range portTries {
		port := lowestPort + rand.IntN(highestPort-lowestPort)
		var l net.Listener
		if l, err = net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port))); err == nil {
			return port, l.Close()
		}
	}
	return 0, fmt.Errorf("find a port for the app: %w", err)
}

// expectation is where a process is to listen. Without a port: anywhere.
type expectation struct {
	port     int
	firm     string        // the address, if nowhere else will do
	known    string        // the address where the version before listened instead
	named    int           // the port of runner.ready, where it is to answer; 0: none
	http2    bool          // without encryption: no other protocol is understood
	patience time.Duration // until another port counts
	spoken   *spoken       // what ports have answered

	others  []string  // where it listens besides
	instead string    // where it has the port of firm, if not at that address
	since   time.Time // when others were first seen
	asked   time.Time // when it was first looked for
}

// other is an address where it listens instead; empty: there is none.
func (e *expectation) other() string {
	if len(e.others) == 0 {
		return ""
	}
	return e.others[0]
}

// met looks where the process listens. It returns the address once that is as expected,
// or will not be.
func (e *expectation) met(ctx context.Context, pids []int) string {
	here, others := listeningAt(ctx, pids, e.port)
	if !slices.Equal(others, e.others) {
		e.others, e.since = others, time.Now()
	}
	if len(here) > 0 {
		at := ports(here)[0]
		if e.firm != "" && !covers(here, e.firm) {
			e.instead = at
		}
		return at
	}
	if e.asked.IsZero() {
		e.asked = time.Now()
	}
	if e.firm != "" && time.Since(e.asked) >= e.patience && takesConnections(ctx, e.firm) {
		return e.firm
	}
	switch {
	case len(others) == 0 || e.firm != "":
		return ""
	case slices.Contains(others, e.known):
		return e.known
	case time.Since(e.since) >= e.patience:
		address, _ := e.spoken.pick(ctx, e.named, others, quickAnswer)
		return address
	}
	return ""
}

// covers reports whether some listeners of one port take connections to an address. A name
// such as localhost stands for several addresses, and a listener on all of IPv6 takes IPv4, too.
func covers(listeners []psnet.Addr, address string) bool {
	host, _, _ := net.SplitHostPort(address)
	to := net.ParseIP(host)
	if to == nil {
		return true
	}
	return slices.ContainsFunc(listeners, func(l psnet.Addr) bool {
		ip := net.ParseIP(l.IP)
		return ip == nil || ip.Equal(to) || to.IsUnspecified() || ip.IsUnspecified() && (ip.To4() == nil || to.To4() != nil)
	})
}

// takesConnections reports whether something listens at the address that is not a process of
// the app's tree: a container, say, or the other end of a tunnel.
func takesConnections(ctx context.Context, address string) bool {
	conn, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, "tcp", address)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

// awaitMet waits until it is clear where a process listens that says it is ready. Empty:
// it does not listen yet.
func (r *readiness) awaitMet(ctx context.Context) (address string) {
	ctx, cancel := context.WithTimeout(ctx, r.expects.patience+maxProbe)
	defer cancel()
	poll(ctx, func() bool {
		address = r.expects.met(ctx, r.process.tree())
		return address != ""
	})
	return address
}

var errNowhere = errors.New("it does not listen yet")

// ownAddress is where to ask the process itself whether it is ready: at its own port,
// whatever the proxy's is.
func (r *readiness) ownAddress(ctx context.Context, address string) (string, error) {
	if r.expects.port == 0 || r.expects.firm != "" || r.process.shares() {
		return address, nil
	}
	at, others := listeningAt(ctx, r.process.tree(), r.expects.port)
	all := ports(at)
	if len(all) == 0 {
		all = others
	}
	if own, _ := r.expects.spoken.pick(ctx, r.expects.named, all, quickAnswer); own != "" {
		return own, nil
	}
	return "", errNowhere
}

// isElsewhere reports whether the process does not listen where it was told to.
func (r *readiness) isElsewhere(ready Ready) bool {
	return r.expects.port != 0 && r.expects.firm == "" && !ready.Shared && ready.Address != "" && portOf(ready.Address) != r.expects.port
}
