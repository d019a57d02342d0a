package runner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"time"
)

// portEnv is how an app behind the proxy is told where to listen.
const portEnv = "PORT"

// expect says where a process is to listen, and what it is told of that.
func (l *launcher) expect(r Request) (expectation, []string, error) {
	usual := expectation{patience: l.patience.otherPort}
	switch {
	case l.options.Proxy == nil:
		return usual, nil, nil
	case r.Proxied.Target != "":
		usual.port, usual.firm = portOf(r.Proxied.Target), addressOf(r.Proxied.Target)
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
	patience time.Duration // until another port counts

	other string    // where it listens instead
	since time.Time // when that was first seen
	asked time.Time // when it was first looked for
}

// met looks where the process listens. It returns the address once that is as expected,
// or will not be.
func (e *expectation) met(ctx context.Context, pid int) string {
	at, other := listeningAt(ctx, pid, e.port)
	if at != "" {
		return at
	}
	if e.asked.IsZero() {
		e.asked = time.Now()
	}
	if e.firm != "" && time.Since(e.asked) >= e.patience && takesConnections(ctx, e.firm) {
		return e.firm
	}
	if other != e.other {
		e.other, e.since = other, time.Now()
	}
	if other != "" && e.firm == "" && (other == e.known || time.Since(e.since) >= e.patience) {
		return other
	}
	return ""
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
		address = r.expects.met(ctx, r.process.pid)
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
	at, other := listeningAt(ctx, r.process.pid, r.expects.port)
	if own := cmp.Or(at, other); own != "" {
		return own, nil
	}
	return "", errNowhere
}

// isElsewhere reports whether the process does not listen where it was told to.
func (r *readiness) isElsewhere(ready Ready) bool {
	return r.expects.port != 0 && r.expects.firm == "" && !ready.Shared && ready.Address != "" && portOf(ready.Address) != r.expects.port
}
