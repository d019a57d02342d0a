package runner

import (
	"context"
	"fmt"
	"maps"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"hotreload/internal/appsock"
	"hotreload/internal/proxy"
)

const (
	// drainTimeout is how long a process may take to end what it serves.
	drainTimeout = 5 * time.Second
	// longestDrain is how long it may take while a request under way gets on: the new version
	// serves already, so an upload costs nothing, and some responses never end.
	longestDrain = time.Minute
	// drainSlack is for its way out of main, before its stop signal.
	drainSlack = 500 * time.Millisecond
	// yieldTimeout is how long an app that is asked by its stop signal may take to close
	// what it listens on before nobody waits for that any more.
	yieldTimeout = 500 * time.Millisecond
	// keepTimeout is how long what it keeps may wait for its requests to end: new
	// connections wait in the kernel meanwhile.
	keepTimeout = time.Second
)

// passage is how a process comes into service and leaves it: what it is passed, what
// it is told, and what it says.
type passage struct {
	desk      *appsock.Desk // nil where a process cannot be talked to
	env       []string
	listeners []int         // descriptors that it inherits; closed once it has been started
	inherited []net.Addr    // where they listen
	from      *instance     // whose place it is to take; nil: nobody's
	held      bool          // requests wait at the front door for it, after another one was stopped
	expects   expectation   // where it is to listen, for the front door; until it is ready awaitReady's own
	door      *proxy.Proxy  // nil: there is none
	state     appsock.State // what it takes over
	errors    map[string]string
	said      *lineWatch // nil: nobody waits for a line of its output
	ready     chan<- Ready
	pluggings chan<- plugging
	tunings   chan<- Event

	admitted chan Carried // receives once, when it may accept
	turn     turn         // whether it takes the other one's place
	leaving  atomic.Bool  // it is to end, because another takes its place
	late     atomic.Bool  // it was killed because it was not ready in time
}

// turn settles, once and for all, whether a process takes another one's place or is given up
// before that: what the other one keeps it hands over only once.
type turn struct{ how atomic.Int32 }

const (
	taken int32 = iota + 1
	givenUp
)

// take reports whether the process takes the place.
func (t *turn) take() bool { return t.how.CompareAndSwap(0, taken) || t.how.Load() == taken }

// giveUp reports whether it does not.
func (t *turn) giveUp() bool { return t.how.CompareAndSwap(0, givenUp) || t.how.Load() == givenUp }

// Carried tells what became of the state that a process was to take over.
type Carried struct {
	Names   []string          // taken over
	Dropped map[string]string // not taken over, and why
}

// passage prepares the way for a process that is to take another one's place.
func (t *Target) passage(ctx context.Context, r Request, from *instance, state appsock.State) (*passage, error) {
	p := &passage{from: from, state: state, ready: t.ready, pluggings: t.pluggings, tunings: t.tunings, admitted: make(chan Carried, 1), door: t.Door}
	p.held = from == nil && t.previous != nil
	var err error
	if p.expects, p.env, err = t.expect(r); err != nil {
		return nil, err
	}
	if pattern, ok := strings.CutPrefix(r.Config.Ready, logPrefix); ok {
		said, err := newLineWatch(pattern)
		if err != nil {
			return nil, err
		}
		p.said = said
	}
	if t.SocketDir == "" || !appsock.Supported {
		return p, nil
	}
	t.desks++
	desk, err := appsock.Open(filepath.Join(t.SocketDir, strconv.Itoa(t.desks)+".sock"), t.sockets)
	if err != nil {
		return nil, err
	}
	p.desk = desk
	desk.Remember(t.hands)
	desk.Offer(offer(newVersions(r).newest, r.Unplug))
	p.env = append(p.env, appsock.SockEnv+"="+desk.Path)
	if err := p.inherit(ctx, t.sockets, r.Config.Listen); err != nil {
		p.discard()
		return nil, err
	}
	return p, nil
}

// inherit has the process inherit listeners, as systemd's protocol wants it.
func (p *passage) inherit(ctx context.Context, sockets *appsock.Sockets, listen []string) error {
	var names []string
	for _, entry := range listen {
		name, _ := splitListen(entry)
		key := listenKey(entry)
		fd, at, err := sockets.Get(ctx, key)
		if err != nil {
			return fmt.Errorf("runner.listen: %w", err)
		}
		p.desk.Give(key, at)
		p.listeners, p.inherited, names = append(p.listeners, fd), append(p.inherited, at), append(names, name)
	}
	if len(names) > 0 {
		p.env = append(p.env, appsock.FDsEnv+"="+strconv.Itoa(len(names)), appsock.NamesEnv+"="+strings.Join(names, ":"))
	}
	return nil
}

// splitListen splits NAME=ADDRESS. Without a name it is the port.
func splitListen(entry string) (name, address string) {
	if name, address, ok := strings.Cut(entry, "="); ok {
		return name, address
	}
	_, port, _ := net.SplitHostPort(entry)
	return port, entry
}

// listenKey is the listener that an entry of runner.listen names.
func listenKey(entry string) appsock.Key {
	_, address := splitListen(entry)
	return appsock.Key{Network: "tcp", Address: address}
}

// release closes what the process has got a copy of.
func (p *passage) release() {
	for _, fd := range p.listeners {
		appsock.CloseFD(fd)
	}
	p.listeners = nil
}

// discard is for a process that did not come to be.
func (p *passage) discard() {
	p.release()
	p.desk.Close()
}

// letIn lets each process of the app that asks for it accept connections, until
// all have ended.
func (i *instance) letIn() {
	if i.desk == nil {
		return
	}
	for {
		select {
		case a := <-i.desk.Asked():
			i.admit(a)
		case <-i.desk.Done():
			return
		}
	}
}

// admit lets a process accept connections. Where something is kept, the former
// one has ended its requests by then: what they changed comes along.
func (i *instance) admit(a *appsock.Asker) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	defer context.AfterFunc(i.life, cancel)()
	if from := i.from; from != nil && (a.Keeps || from.desk.Keeps()) {
		if !i.turn.take() {
			return // it is being killed
		}
		if !from.leaving.Swap(true) {
			i.holdRequests()
		}
		drained := from.desk.Drain(ctx, appsock.Limits{Within: drainTimeout, AtMost: longestDrain, Keep: keepTimeout})
		i.state, i.errors = drained.State, drained.Errors
	}
	told := i.desk.Go(ctx, a, i.state)
	carried := Carried{Names: told.Carried, Dropped: map[string]string{}}
	if !a.Keeps { // then it need not know what there was
		for name := range i.state {
			carried.Dropped[name] = "nobody keeps it any more"
		}
	}
	maps.Copy(carried.Dropped, told.Dropped)
	maps.Copy(carried.Dropped, i.errors)
	select {
	case i.admitted <- carried:
	default: // another process of it came first
	}
}

// holdRequests lets nobody connect any more where the front door sends requests to the
// former process: that stops to accept, at an address that stays open.
func (i *instance) holdRequests() {
	if i.door == nil {
		return
	}
	select {
	case <-i.door.Hold().Answered:
	case <-time.After(keepTimeout):
	case <-i.life.Done():
	}
}

// yield has the process accept no more connections, because another one does. It returns
// when that is so, or cannot be seen.
func (i *instance) yield(ctx context.Context) {
	i.leaving.Store(true)
	if i.desk.Drain(ctx, appsock.Limits{Within: drainTimeout, AtMost: longestDrain}).Serves {
		return
	}
	i.stop()
	ctx, cancel := context.WithTimeout(ctx, yieldTimeout)
	defer cancel()
	for pause := firstProbe; listening(ctx, i.process.PID) != ""; pause = min(pause*3/2, maxProbe) {
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// seeOff has a process end what it serves, and returns when it is gone. What is under way
// to it through the front door comes to its end first; a process that can be told tells
// its streams of it, from others nothing is kept back that may still be read.
func (i *instance) seeOff(under proxy.Leaving) Exited {
	began, deadline := time.Now(), time.NewTimer(drainTimeout+drainSlack)
	defer deadline.Stop()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	drained := make(chan struct{}) // closed when it says that it has ended all, and waits for its stop signal
	yield := func() {
		i.yield(ctx)
		i.work.Go(func() {
			if i.desk.AwaitDrained(ctx) {
				close(drained)
			}
		})
	}
	first := under.Idle
	if i.desk.Attended() {
		first = under.Answered
	}
	if first == nil {
		yield()
	}
	for {
		select {
		case e := <-i.ended:
			return e
		case <-first:
			first = nil
			yield()
			continue
		case <-drained:
		case now := <-deadline.C:
			getsOn := under.GetsOn()
			if left := longestDrain + drainSlack - now.Sub(began); left > 0 && (i.desk.GetsOn() || getsOn) {
				deadline.Reset(min(left, drainTimeout))
				continue
			}
		}
		i.stop()
		return <-i.ended
	}
}

// awaitShare tells when a process that was ready without it is passed a listener, such
// as one that opens a port for debugging first.
func (i *instance) awaitShare(ctx context.Context, events chan<- Event) {
	if i.desk == nil {
		return
	}
	select {
	case <-i.desk.Gave():
	case <-ctx.Done():
		return
	}
	select {
	case events <- Shares{Gen: i.gen, PID: i.process.PID}:
	case <-ctx.Done():
	}
}

// shares reports whether what the process listens on outlives it.
func (i *instance) shares() bool { return len(i.desk.Given()) > 0 }
