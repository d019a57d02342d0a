package runner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"hotreload/proxy"
)

// This file holds what the Target has the front door do. Without one nothing of it is done.

// Front is what is known of an app for the sake of the front door.
type Front struct {
	Target    string // where it listens, as the config says; empty: it is given a port as PORT
	Elsewhere string // where it listens whatever PORT says, as was found; empty: as far as is known nowhere
	Alone     bool   // two versions of it cannot run side by side
}

// portEnv is how an app is told where to listen.
const portEnv = "PORT"

// Broken says what there is to see in the app's place as long as nothing runs.
func (t *Target) Broken(f proxy.Failure) {
	t.mu.Lock()
	t.broken = &f
	t.mu.Unlock()
	t.poke()
}

// showBroken shows that nothing can be run, unless something does or shall.
func (t *Target) showBroken(f *proxy.Failure, want *Request) {
	if f != nil && t.Door != nil && want == nil && !t.alive() {
		t.Door.Fail(*f)
	}
}

// expect says where a process is to listen, and what it is told of that.
func (t *Target) expect(r Request) (expectation, []string, error) {
	switch {
	case t.Door == nil:
		return expectation{}, nil, nil
	case r.Front.Target != "":
		return expectation{port: portOf(r.Front.Target), firm: true}, nil, nil
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

// portOf is the port of an address that may have a scheme; 0: it has none.
func portOf(address string) int {
	if _, after, ok := strings.Cut(address, "://"); ok {
		address = after
	}
	_, name, err := net.SplitHostPort(address)
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

// open sends requests to a process that is ready.
func (t *Target) open(i *instance, r Ready) proxy.Leaving {
	if t.Door == nil {
		return proxy.Leaving{}
	}
	to := cmp.Or(i.request.Front.Target, r.Address, net.JoinHostPort("127.0.0.1", strconv.Itoa(i.expects.port)))
	leaving, err := t.Door.Switch(to)
	if err != nil { // the config was checked, and the others are addresses
		return t.Door.Fail(proxy.Failure{What: "The app cannot be reached", Details: err.Error()})
	}
	return leaving
}

// hold has requests wait.
func (t *Target) hold() {
	if t.Door != nil {
		t.Door.Hold()
	}
}

// gone has requests wait if something else is about to serve, or says why nothing does.
func (t *Target) gone(ctx context.Context, e Exited) {
	switch {
	case t.Door == nil:
	case t.next != nil || t.wants() || ctx.Err() != nil:
		t.Door.Hold()
	default:
		t.Door.Fail(e.failure())
	}
}

// failure is what there is to see of an app that has ended.
func (e Exited) failure() proxy.Failure {
	what := "The app exited with status " + strconv.Itoa(e.Code)
	switch {
	case e.Signal != "":
		what = "The app was ended by " + e.Signal
	case e.Code == 0:
		what = "The app has ended"
	}
	details := strings.TrimRight(e.LastWords, "\n")
	if e.Hint != "" {
		details = strings.TrimLeft(details+"\n\n"+e.Hint, "\n")
	}
	return proxy.Failure{What: what, Details: details}
}

// noPort is for an app that nothing can be forwarded to.
var noPort = proxy.Failure{
	What:    "The app opens no port",
	Details: "It runs, and is built without package net, so no request can be passed on to it.",
}

// makeWay stops what serves so that another can be started in its place. Where there is a
// front door requests wait there, and those that are under way come to their end.
func (t *Target) makeWay() {
	i := t.child
	switch {
	case t.Door == nil || !i.up:
		i.stop()
		return
	case i.makesWay:
		return
	}
	i.makesWay = true
	leaving := t.Door.Hold()
	i.work.Go(func() {
		select {
		case <-leaving.Answered:
		case <-time.After(drainTimeout):
		case <-i.closing:
			return
		}
		i.stop()
	})
}

// frontHint explains the exit of an app that wanted the front door's port.
func (t *Target) frontHint(e Exited) string {
	if t.Door == nil || e.Hint == "" {
		return e.Hint
	}
	at, err := url.Parse(t.Door.URL())
	if err != nil {
		return e.Hint
	}
	for line := range strings.Lines(e.LastWords) {
		if inUse.MatchString(line) && strconv.Itoa(portNear(line)) == at.Port() {
			return fmt.Sprintf("port %s is the front door's (proxy.listen); have the app listen on the port that it is given as PORT, "+
				`or on another one that proxy.target names, for example target = "127.0.0.1:8081"`, at.Port())
		}
	}
	return e.Hint
}

// otherPatience is how long another port than the one that is expected must be open, and that
// one not, before the process is taken to listen there: one for debugging may come first.
const otherPatience = time.Second

// expectation is where a process is to listen. The zero value: anywhere.
type expectation struct {
	port  int
	firm  bool   // nowhere else will do
	known string // the address where the one before did instead

	other string // where it listens instead
	since time.Time
}

// met looks where the process listens, and returns the address once that is as expected, or
// will not be.
func (e *expectation) met(ctx context.Context, pid int) string {
	at, other := listeningAt(ctx, pid, e.port)
	if at != "" {
		return at
	}
	if other != e.other {
		e.other, e.since = other, time.Now()
	}
	if other != "" && !e.firm && (other == e.known || time.Since(e.since) >= otherPatience) {
		return other
	}
	return ""
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
	if i.expects.port == 0 || i.expects.firm || i.shares() {
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
	return i.expects.port != 0 && !i.expects.firm && !r.Shared && r.Address != "" && portOf(r.Address) != i.expects.port
}
