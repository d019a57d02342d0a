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

// This file holds where a process behind the front door is to listen, and does.

// portEnv is how an app is told where to listen.
const portEnv = "PORT"

// expect says where a process is to listen, and what it is told of that.
func (t *Target) expect(r Request) (expectation, []string, error) {
	switch {
	case t.Door == nil:
		return expectation{}, nil, nil
	case r.Front.Target != "":
		return expectation{port: portOf(r.Front.Target), firm: addressOf(r.Front.Target)}, nil, nil
	}
	// What outlives the process is asked for by its address, so that stays.
	if t.port == 0 || !r.Strategy.Passes() {
		port, err := freePort()
		if err != nil {
			return expectation{}, nil, err
		}
		t.port = port
	}
	return expectation{port: t.port, known: r.Front.Elsewhere}, []string{portEnv + "=" + strconv.Itoa(t.port)}, nil
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
	// Ports for apps are below those that systems give to outgoing connections: the front
	// door makes many of these, and one might get the port before the app has opened it.
	lowestPort, highestPort = 20_000, 32_000
	// portTries bounds the search for a free one.
	portTries = 100
)

// freePort finds one that nobody listens on.
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

// otherPatience is how long another port than the one that is expected must be open, and that
// one not, before the process is taken to listen there: one for debugging may come first.
const otherPatience = time.Second

// expectation is where a process is to listen. The zero value: anywhere.
type expectation struct {
	port  int
	firm  string // the address, when nowhere else will do; empty: that is not so
	known string // the address where the one before did instead

	other string // where it listens instead
	since time.Time
	asked time.Time // when it was first looked for
}

// met looks where the process listens, and returns the address once that is as expected, or
// will not be.
func (e *expectation) met(ctx context.Context, pid int) string {
	at, other := listeningAt(ctx, pid, e.port)
	if at != "" {
		return at
	}
	if e.asked.IsZero() {
		e.asked = time.Now()
	}
	if e.firm != "" && time.Since(e.asked) >= otherPatience && takesConnections(ctx, e.firm) {
		return e.firm
	}
	if other != e.other {
		e.other, e.since = other, time.Now()
	}
	if other != "" && e.firm == "" && (other == e.known || time.Since(e.since) >= otherPatience) {
		return other
	}
	return ""
}

// takesConnections reports whether somebody listens at the address: a container, say, or the
// other end of a tunnel, which is no process of the app's tree.
func takesConnections(ctx context.Context, address string) bool {
	conn, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, "tcp", address)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

// awaitMet waits until it is clear where a process listens that says that it is ready. Empty: it
// listens nowhere so far.
func (i *instance) awaitMet(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, otherPatience+maxProbe)
	defer cancel()
	for pause := firstProbe; ; pause = min(pause*3/2, maxProbe) {
		if at := i.expects.met(ctx, i.process.PID); at != "" {
			return at
		}
		select {
		case <-ctx.Done():
			return ""
		case <-time.After(pause):
		}
	}
}

var errNowhere = errors.New("it does not listen yet")

// ownAddress is where the process is to be asked whether it is ready: at its own port, whatever
// the front door's is.
func (i *instance) ownAddress(ctx context.Context, address string) (string, error) {
	if i.expects.port == 0 || i.expects.firm != "" || i.shares() {
		return address, nil
	}
	at, other := listeningAt(ctx, i.process.PID, i.expects.port)
	if own := cmp.Or(at, other); own != "" {
		return own, nil
	}
	return "", errNowhere
}

// isElsewhere reports whether a process that is ready does not listen where it was told to.
func (i *instance) isElsewhere(r Ready) bool {
	return i.expects.port != 0 && i.expects.firm == "" && !r.Shared && r.Address != "" && portOf(r.Address) != i.expects.port
}
