// Package runner puts an artifact into service and keeps it there.
//
// In go Requests (run this artifact, with this config); out come Events, and the
// app's output on a channel of its own. What always holds: at most one process
// of the app serves; the old one is stopped, its whole tree gone, before the new
// one starts; an app that exits by itself is not started again until somebody
// asks; every byte it printed comes before the event of its exit.
package runner

import (
	"context"
	"os"
	"sync"
	"time"

	"hotreload/build"
	"hotreload/proc"
)

// Request asks for an artifact to be run in place of what runs now.
type Request struct {
	Gen      int // the version, for the events
	Artifact build.Artifact
	Config   Config
	Root     string // the project's directory, absolute
	Listens  bool   // whether the app can open a port, so that it is worth looking for one
}

// Event is one of Started, Ready, Exited and Failed.
type Event interface{ runnerEvent() }

// Started tells of a new process.
type Started struct {
	Gen, PID int
}

// Ready tells that a process serves.
type Ready struct {
	Gen, PID int
	Via      string        // "port": it listens; "start": it cannot listen; "timeout": no port was found in time
	Address  string        // where it listens, host:port; empty unless Via is "port"
	Took     time.Duration // from its start
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
	Tail      []Output // what it printed that did not go through the output channel
}

// Failed tells that an artifact could not be started.
type Failed struct {
	Gen int
	Err error
}

func (Started) runnerEvent() {}
func (Ready) runnerEvent()   {}
func (Exited) runnerEvent()  {}
func (Failed) runnerEvent()  {}

// Output is a piece of what the app printed, cut anywhere.
type Output struct {
	Gen    int
	Stream string // "stdout" or "stderr"
	Data   []byte
}

// Target is the app. One goroutine calls Run; the others methods may be called
// from any.
type Target struct {
	stdin   *os.File
	starter *proc.Starter
	events  chan Event
	output  chan Output

	mu    sync.Mutex
	want  *Request // what shall run next; nil: nothing
	kill  bool
	size  Size          // of the terminal that the app is shown on
	typed [][]byte      // for the app, and not passed on yet
	wake  chan struct{} // holds a token when one of these changed
	child *instance     // Run's own
}

// New returns a target whose processes read stdin, each where the one before
// left off. With nil they read what Type is given, and run in a terminal of
// their own unless the config is against it.
func New(stdin *os.File) *Target {
	return &Target{
		stdin:   stdin,
		starter: proc.NewStarter(),
		events:  make(chan Event),
		output:  make(chan Output),
		wake:    make(chan struct{}, 1),
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
	t.starter.Prepare() // while the first version is built
	defer t.starter.Close()
	done := ctx.Done()
	quitting := false
	for !quitting || t.child != nil {
		var ended <-chan Exited
		if t.child != nil {
			ended = t.child.ended
		}
		select {
		case <-done:
			done, quitting = nil, true
			if t.child != nil {
				t.child.stop()
			}
		case <-t.wake:
			t.obey(quitting)
		case exited := <-ended:
			t.child.wait()
			t.child = nil
			t.events <- exited
			t.obey(quitting)
		}
	}
}

// obey does what was asked for last: it stops what runs or, once nothing does,
// starts what shall.
func (t *Target) obey(quitting bool) {
	t.mu.Lock()
	want, kill, size, typed := t.want, t.kill, t.size, t.typed
	if t.child == nil {
		t.want = nil
	}
	t.typed = nil
	t.mu.Unlock()
	if t.child != nil {
		t.child.show(size, typed)
	}
	switch {
	case t.child != nil && kill:
		t.child.kill()
	case t.child != nil && want != nil:
		// What can be seen to fail fails before the good one is stopped for it.
		if err := want.check(); err != nil {
			t.drop(want)
			t.events <- Failed{Gen: want.Gen, Err: err}
			return
		}
		t.child.stop()
	case t.child == nil && want != nil && !quitting && !kill:
		child, err := start(*want, t.starter, t.stdin, size, t.events, t.output)
		if err != nil {
			t.events <- Failed{Gen: want.Gen, Err: err}
			return
		}
		t.child = child
	}
}

// drop forgets a request, unless a newer one has taken its place.
func (t *Target) drop(r *Request) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.want == r {
		t.want = nil
	}
}
