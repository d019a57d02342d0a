// Package runner puts an artifact into service and keeps it there.
//
//	Apply, Load, Set, Type… ─▶ mailbox ─▶ Run ─▶ Events
//	                                     │  ▲
//	                              launch │  │ reports
//	                                     ▼  │
//	                            process, one for each of the app's ─▶ Output
//
// In go Requests: run this artifact, with this config. Out come Events, and what the
// app prints on a channel of its own. Run alone decides; each process has goroutines
// of its own, which report to it.
//
// What always holds: the old process and its whole tree are gone before a new one
// starts, unless the new one can share its listeners or clients talk to the proxy.
// Then the old one serves until the new one does, and finishes the requests that it
// has. An app that exits by itself is not started again until someone asks for it,
// with one exception: if a new version crashes right after it took over, the version
// before it is started again. Every byte that a process printed comes before the event
// of its exit.
//
// # Sockets
//
// With the strategies socket and inject, a new version takes over the old one's listeners:
//
//  1. Each process gets a socket of its own (HOTRELOAD_SOCK), on which the app asks for its
//     listeners. An address is bound once, and kept as a bare descriptor.
//  2. The new process starts beside the old one. Until it is ready the old one hears nothing
//     of it, so nothing is lost if it fails.
//  3. At its first Accept the new process asks to take over. If state is kept, the old
//     process stops accepting, finishes its requests (within 5 s, streams aside) and exports the
//     state; then the new one may accept.
//  4. The old process stops accepting before Ready is reported: a client that acts on Ready
//     gets its answer from the new version. A process that does not report to us gets
//     its stop signal instead.
//  5. The old process has 5 s to finish, or a minute while an upload or a download makes
//     progress. Then it gets its stop signal.
//  6. For 3 s a crash of the new version rolls back to the old one, with the state that the
//     new one was given.
//
// A process that takes LISTEN_FDS and does not use hot reports nothing, and its listener is
// open before it starts. So the runner connects, and checks which process accepted.
//
// # The proxy
//
// With the strategy proxy, clients talk to the proxy:
//
//  1. Each process gets a PORT of its own, and is ready when it listens there. Another port
//     counts when it has been the only one for a second.
//  2. The old process runs until its requests are answered, or its time is up. Only then is
//     it told to stop.
//  3. Two versions that cannot run side by side (proxy.target is set, the app ignores PORT,
//     or the port is taken) run one after the other: the proxy holds new requests, those in
//     progress are answered, and the old process is stopped. If the new version does not
//     become ready, the old one is started again.
//
// # One at a time
//
// A version that fails beside the one before it is started once more when that has stopped, if
// both need what only one process can have: an address, a lock, a device (see exclusive.go).
// Clients wait meanwhile where the strategy allows it. The request says so from then on
// (Proxied.Alone). What listens takes over only once it has gone on to run for a moment.
//
// While the old version ends, the paths of unix sockets that both have are restored: it
// removes them as it closes its own (see socketpath.go).
//
// # Output
//
// The streams of a process are read to their end before its exit is reported. While it runs,
// each piece of output waits for the receiver, and so does the app. Once it is asked to stop,
// nothing waits: what has not been received is part of the Exited event, so a full pipe does
// not keep the app from exiting.
package runner

import (
	"context"
	"os"

	"hotreload/internal/mailbox"
	"hotreload/internal/proxy"
	"hotreload/internal/tty"
)

// Options are what a Target needs to know once and for all.
type Options struct {
	// Stdin is what each process reads, from where the one before left off. Nil: it
	// reads what Type is given, in a terminal of its own unless the config forbids that.
	Stdin *os.File
	// Terminal is the user's terminal as it was found, if the app is to be on it: each
	// process then has one like that, whatever the config says. It reads what Feed is given.
	Terminal *tty.State
	// SocketDir is where the app's processes find the sockets to talk to us: a directory
	// that only the user can enter. Empty: there are none, and no listener can be passed on.
	SocketDir string
	// AfterCrash says that a session of the project was killed, perhaps a moment ago.
	AfterCrash bool
	// Proxy is what clients talk to; nil: they talk to the app itself.
	Proxy *proxy.Proxy
	// Pages is what a version is told of the script in its pages (appsock.PagesEnv); nil: nothing.
	Pages func(gen int) string
}

// Target is the app. One goroutine calls Run; the other methods may be called from any.
type Target struct {
	options  Options
	patience patience
	commands *mailbox.Box[command]
	events   chan Event
	output   chan Output
}

// command is what was asked for from outside. Run carries it out.
type command func(*succession)

// New returns a target that runs nothing yet.
func New(o Options) *Target {
	return &Target{
		options:  o,
		patience: usualPatience(),
		commands: mailbox.New[command](),
		events:   make(chan Event),
		output:   make(chan Output),
	}
}

// Events must be received from until Run has returned.
func (t *Target) Events() <-chan Event { return t.events }

// Output may be left waiting. Then the app waits too, once its pipe is full, and a
// process that is being stopped delivers the rest with its Exited.
func (t *Target) Output() <-chan Output { return t.output }

// Apply replaces what runs. Of several requests the newest counts.
func (t *Target) Apply(r Request) {
	t.commands.Put(func(s *succession) { s.asked.want = &r })
}

// Kill ends the app at once, without the grace period, and for good.
func (t *Target) Kill() {
	t.commands.Put(func(s *succession) { s.asked.killed = true })
}

// Broken says what clients of the proxy see while nothing runs.
func (t *Target) Broken(f proxy.Failure) {
	t.commands.Put(func(s *succession) { s.asked.broken = &f })
}

// Resize tells how large the terminal is that shows the app.
func (t *Target) Resize(size Size) {
	t.commands.Put(func(s *succession) {
		s.asked.size = size
		for _, i := range s.all() {
			i.process.streams.resize(size)
		}
	})
}

// Type passes what was typed to the process that runs, if there is one.
func (t *Target) Type(text []byte) {
	t.commands.Put(func(s *succession) { s.reader().typed(text) })
}

// Load has the serving process load newer versions of plugins. Those that it has not
// opened yet it opens in these versions.
func (t *Target) Load(r LoadRequest) {
	t.commands.Put(func(s *succession) { s.load(r) })
}

// Set sets a tunable of the serving process. It returns when that is done, or why it
// cannot be done.
func (t *Target) Set(ctx context.Context, name, value string) error {
	w := setting{ctx, name, value, make(chan error, 1)}
	t.commands.Put(func(s *succession) { s.set(w) })
	select {
	case err := <-w.done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Run serves requests until the context ends. Then it stops the app, and returns when
// nothing of it is left.
func (t *Target) Run(ctx context.Context) {
	s := newSuccession(ctx, t)
	defer s.close()
	defer t.commands.Close()
	for done := ctx.Done(); done != nil || s.alive(); {
		act := func() {}
		select {
		case <-done:
			done, act = nil, s.stopAll
		case <-t.commands.Ready():
		case r := <-s.reports:
			act = func() { s.hear(r) }
		case <-s.serving.gone():
			act = s.servingEnded
		case <-s.next.gone():
			act = s.nextEnded
		case <-s.probation.over:
			act = s.settle
		}
		// What was asked for by now counts, whatever else has happened.
		for _, command := range t.commands.Take() {
			command(s)
		}
		act()
		s.obey()
	}
}
