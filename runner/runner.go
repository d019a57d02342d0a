// Package runner puts an artifact into service and keeps it there.
//
// In go Requests (run this artifact, with this config); out come Events, and the
// app's output on a channel of its own. What always holds: the old process is
// stopped, its whole tree gone, before the new one starts, unless what it listens on
// can be shared, or clients talk to the front door: then it serves until the new one does,
// and to the end of its requests;
// an app that exits by itself is not started again until somebody asks, but for a
// new one that falls right after it took over: then the version before is; every byte
// it printed comes before the event of its exit.
package runner

import (
	"context"
	"os"
	"sync"
	"time"

	"hotreload/build"
	"hotreload/internal/appsock"
	"hotreload/internal/proxy"
	"hotreload/internal/supervise"
)

// Request asks for an artifact to be run in place of what runs now.
type Request struct {
	Gen      int // the version, for the events
	Artifact build.Artifact
	Config   Config
	Root     string   // the project's directory, absolute
	Listens  bool     // whether the app can open a port, so that it is worth looking for one
	Unplug   string   // why there are no plugins; empty: there are those of the artifact
	Strategy Strategy // how it takes over from the version before
	Front    Front    // what is known of it for the front door
}

// Event is one of Started, Ready, Shares, Exited, Failed, RolledBack and Settled,
// PluginOpened, PluginLoaded, PluginRejected and PluginWaits, Tunables and TunableSet.
type Event interface{ runnerEvent() }

// Started tells of a new process.
type Started struct {
	Gen, PID int
}

// Ready tells that a process serves.
type Ready struct {
	Gen, PID  int
	Via       string        // "port": it listens; "accept": it accepts; "app", "http", "log": it says so; "start": it cannot listen; "timeout": nothing was seen in time
	Address   string        // where it listens, host:port; empty if that is not known
	Took      time.Duration // from its start
	Elsewhere bool          // it was given another port, as PORT, and does not listen there
	Shared    bool          // what it listens on outlives it
	Swap      *Swap         // it took the place of another; nil: there was none
	Tunables  []Tunable     // what can be set in it
}

// Shares tells that what a process listens on outlives it, when Ready did not say so.
type Shares struct {
	Gen, PID int
}

// Exited tells that a process and all its descendants are gone.
type Exited struct {
	Gen, PID  int
	Code      int    // -1 when a signal ended it
	Signal    string // such as "SIGKILL"; empty when it exited by itself
	Expected  bool   // it was asked to
	Ran       time.Duration
	Left      int      // descendants that it left behind, and that were ended
	LastWords string   // the end of what it printed
	Hint      string   // what may have been the cause, and the mend; often empty
	Rollback  bool     // RolledBack follows
	Again     bool     // it cannot run beside the version before, and is started again when that has stopped
	Tail      []Output // what it printed that did not go through the output channel
}

// Failed tells that an artifact could not be started.
type Failed struct {
	Gen int
	Err error
}

func (Started) runnerEvent()    {}
func (Ready) runnerEvent()      {}
func (Shares) runnerEvent()     {}
func (Exited) runnerEvent()     {}
func (Failed) runnerEvent()     {}
func (RolledBack) runnerEvent() {}
func (Settled) runnerEvent()    {}

// Output is a piece of what the app printed, cut anywhere.
type Output struct {
	Gen    int
	Stream string // "stdout" or "stderr"
	Data   []byte
	Lines  []string // that Data completes, or the end of the stream, without their newlines
	Panic  *Panic   // that is complete with them; nil: there is none
}

// Target is the app. One goroutine calls Run; the others methods may be called
// from any.
type Target struct {
	// SocketDir is where the processes of the app find the sockets to talk to us: a
	// directory of the user's alone. Empty: there are none, and nothing can be passed on.
	SocketDir string
	// AfterCrash says that a session of the project was killed, a moment ago perhaps.
	AfterCrash bool
	// Door is what clients talk to, if that is not the app itself; nil: it is.
	Door *proxy.Proxy

	stdin   *os.File
	starter *supervise.Starter
	sockets *appsock.Sockets
	events  chan Event
	output  chan Output

	mu       sync.Mutex
	want     *Request       // what shall run next; nil: nothing
	loads    []LoadRequest  // for what serves, and not passed on yet
	broken   *proxy.Failure // to be shown while nothing runs; nil: nothing
	kill     bool
	settings []setting     // for what serves, and not passed on yet
	size     Size          // of the terminal that the app is shown on
	typed    [][]byte      // for the app, and not passed on yet
	wake     chan struct{} // holds a token when one of these changed

	// Run's own.
	child     *instance     // what serves, or is to serve when nothing does
	next      *instance     // is to take its place; nil: nothing
	desks     int           // how many there were
	port      int           // that the app was given last; 0: none
	pluggings chan plugging // from the instances
	tunings   chan Event    // from the instances
	hands     *appsock.Hands
	succession
}

// New returns a target whose processes read stdin, each where the one before
// left off. With nil they read what Type is given, and run in a terminal of
// their own unless the config is against it.
func New(stdin *os.File) *Target {
	return &Target{
		stdin:   stdin,
		starter: supervise.NewStarter(),
		sockets: appsock.NewSockets(),
		events:  make(chan Event),
		output:  make(chan Output),
		wake:    make(chan struct{}, 1),

		pluggings:  make(chan plugging),
		tunings:    make(chan Event),
		hands:      appsock.NewHands(),
		succession: newSuccession(),
	}
}

// Events must be received from until Run has returned.
func (t *Target) Events() <-chan Event { return t.events }

// Output may be left waiting: then the app waits too, when its pipe is full, and
// a process that is being stopped hands in the rest with its Exited.
func (t *Target) Output() <-chan Output { return t.output }

// Apply replaces what runs. Of several requests the newest counts.
func (t *Target) Apply(r Request) {
	t.mu.Lock()
	t.want = &r
	t.mu.Unlock()
	t.poke()
}

// Resize tells how large the terminal is that the app is shown on.
func (t *Target) Resize(s Size) {
	t.mu.Lock()
	t.size = s
	t.mu.Unlock()
	t.poke()
}

// Type passes on what was typed to the process that runs, if one does.
func (t *Target) Type(text []byte) {
	t.mu.Lock()
	t.typed = append(t.typed, text)
	t.mu.Unlock()
	t.poke()
}

// Kill ends the app at once, without the grace it has otherwise, and for good.
func (t *Target) Kill() {
	t.mu.Lock()
	t.kill = true
	t.mu.Unlock()
	t.poke()
}

func (t *Target) poke() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// Run serves requests until the context ends, then stops the app and returns
// when nothing of it is left.
func (t *Target) Run(ctx context.Context) {
	if t.AfterCrash {
		t.sockets.AfterCrash()
	}
	t.starter.Prepare() // while the first version is built
	defer t.starter.Close()
	defer t.sockets.Close()
	defer t.departures.Wait()
	done := ctx.Done()
	quitting := false
	for !quitting || t.alive() {
		select {
		case <-done:
			done, quitting = nil, true
			t.hold()
			for _, i := range t.all() {
				i.stop()
			}
		case <-t.wake:
			t.plug()
			t.tune()
			t.obey(ctx)
		case p := <-t.pluggings:
			t.plugged(p)
		case e := <-t.tunings:
			t.events <- e
		case r := <-t.ready:
			t.serves(r)
			t.obey(ctx)
		case exited := <-t.child.end():
			t.ended(ctx, exited)
			t.obey(ctx)
		case exited := <-t.next.end():
			t.fell(ctx, exited)
			t.obey(ctx)
		case left := <-t.left:
			delete(t.leaving, left.instance)
			t.events <- left.exited
			t.obey(ctx)
		case <-t.proven:
			t.settle()
		}
	}
}

// obey does what was asked for last: it stops what runs or, once nothing does,
// starts what shall. What can share is started beside what runs.
func (t *Target) obey(ctx context.Context) {
	t.mu.Lock()
	want, broken, kill, size, typed := t.want, t.broken, t.kill, t.size, t.typed
	t.typed, t.broken = nil, nil
	t.mu.Unlock()
	for _, i := range t.all() {
		i.show(size, typed)
		typed = nil // it is for the one that serves
	}
	t.showBroken(broken, want)
	switch {
	case kill:
		for _, i := range t.all() {
			i.kill()
		}
	case want == nil || ctx.Err() != nil:
	case t.next != nil:
		if t.next.turn.giveUp() { // else it is about to serve, and nothing else does
			t.next.kill()
		}
	case t.child == nil:
		t.drop(want)
		t.startAlone(ctx, *want)
	default:
		// What can be seen to fail fails before the good one is stopped for it.
		if _, err := want.check(); err != nil {
			t.drop(want)
			t.events <- Failed{Gen: want.Gen, Err: err}
			return
		}
		if t.beside(want) {
			t.drop(want)
			t.next = t.start(ctx, *want, t.child, nil)
			return
		}
		t.makeWay()
	}
}

// startAlone starts a process when no other runs.
func (t *Target) startAlone(ctx context.Context, r Request) {
	if !r.Strategy.Passes() {
		t.keepAddresses(r.Config.Listen) // it may want to open the others by itself
	}
	if !t.holds(&r) {
		t.previous = nil
	}
	t.hold()
	t.child = t.start(ctx, r, nil, nil)
	if back := t.previous; t.child == nil && back != nil {
		t.comeBack(ctx, RolledBack{Gen: r.Gen, Strategy: r.Strategy, Reason: "it could not be started"}, *back, nil)
	}
}

// start starts a process; nil when that failed, and it has told so.
func (t *Target) start(ctx context.Context, r Request, from *instance, state appsock.State) *instance {
	way, err := t.passage(ctx, r, from, state)
	if err == nil {
		var i *instance
		if i, err = start(r, way, t.starter, t.stdin, t.shown(), t.events, t.output); err == nil {
			way.release()
			if !r.Listens && t.Door != nil {
				t.Door.Fail(noPort)
			}
			return i
		}
		way.discard()
	}
	if t.Door != nil && from == nil {
		t.Door.Fail(proxy.Failure{What: "The app could not be started", Details: err.Error()})
	}
	t.events <- Failed{Gen: r.Gen, Err: err}
	return nil
}

// shown is the size of the terminal that the app is shown on.
func (t *Target) shown() Size {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.size
}

// drop forgets a request, unless a newer one has taken its place.
func (t *Target) drop(r *Request) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.want == r {
		t.want = nil
	}
}
