// Package agent runs an app where it belongs, in the versions that a session sends.
//
// In go desired states from the bus; out come versions in service, and statuses for the
// session. What always holds: nothing runs but what the session's key has signed; an artifact
// has a name of its own, and is there as a whole or not at all; without the bus the last good
// version runs; a state that is older than one that was seen is not taken.
//
// An agent is a session (package session) that does not watch files and compile, but watches
// the bus and fetches. So versions take over from each other in the same ways, and are shown
// in the same words:
//
//	bus.Line ─ Desired ─▶ Agent ─┬ Deliver ─▶ session ─▶ runner ─▶ app
//	                             └ builder ◀──── Build ──┘
//	bus.Line ◀─ Status ── Agent ◀───── Update ──┘
package agent

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"hotreload/build"
	"hotreload/internal/bus"
	"hotreload/internal/fleet"
	"hotreload/internal/mailbox"
	"hotreload/internal/proxy"
	"hotreload/runner"
	"hotreload/session"
	"hotreload/watch"
)

const (
	// patience is how long an agent waits for the bus when it starts, before it runs the last
	// good version.
	patience = 3 * time.Second
	// holds is how many artifacts are kept: what runs, what is on its way, and the one before.
	holds = 3
)

// Options are what an agent is made of.
type Options struct {
	Address bus.Address
	Access  bus.Access
	Place   Place
	Root    string // the working directory of the app, unless its config names one
	Tool    string // the version of hotreload
	Adjust  func(runner.Config) runner.Config
	Proxy   proxy.Config
	UI      any
	Note    func(string)
}

// Agent is an instance's end of the bus. One goroutine calls Run.
type Agent struct {
	options  Options
	line     *bus.Line
	commands *mailbox.Box[func(*Agent)]
	first    chan bool
	orders   chan session.Command // to the session
	builder  *builder
	memory   memory

	started bool           // the session has been given its first version
	want    *fleet.Release // what is to run; nil: nothing yet
	heard   time.Time      // when that was heard of
	serving *fleet.Release // what serves; nil: nothing
	status  fleet.Status
	set     []fleet.Setting // what the app is told
	last    string          // words of the process that exited last, unasked
	work    sync.WaitGroup
}

// New prepares an agent.
func New(o Options) (*Agent, error) {
	m, err := recall(o.Place.file("state.json"))
	if err != nil {
		return nil, err
	}
	a := &Agent{
		options: o, memory: m, commands: mailbox.New[func(*Agent)](),
		first: make(chan bool, 1), orders: make(chan session.Command),
		status: fleet.Status{
			Name: o.Place.Name, ID: fmt.Sprintf("%d-%d", os.Getpid(), time.Now().UnixNano()), Place: m.Place, Platform: Platform(), Tool: o.Tool,
			Protocol: fleet.Protocol, Condition: fleet.Waiting,
		},
	}
	a.line, err = bus.OpenLine(o.Address, o.Access, m.Serial, o.Note)
	if err != nil {
		return nil, err
	}
	a.builder = &builder{agent: a, place: build.NewPlace(o.Place.file("app")), fresh: make(chan struct{}), over: make(chan struct{})}
	return a, nil
}

// First receives once there is something to run.
func (a *Agent) First() <-chan bool { return a.first }

// Run follows the bus until the context ends. The session must have ended by then.
func (a *Agent) Run(ctx context.Context) {
	inner, cancel := context.WithCancel(ctx)
	a.work.Go(func() { a.line.Run(inner) })
	beat := time.NewTicker(fleet.Beat)
	late := time.After(patience)
	for running := true; running; {
		select {
		case <-ctx.Done():
			running = false
		case d := <-a.line.Desired():
			a.take(d)
		case <-a.line.Asked():
			a.report()
		case <-late:
			a.runLastGood()
		case <-beat.C:
			a.report()
		case <-a.commands.Ready():
			for _, command := range a.commands.Take() {
				command(a)
			}
		}
	}
	beat.Stop()
	cancel()
	a.builder.close()
	a.work.Wait()
	a.status.Condition, a.status.Reason = fleet.Leaving, "its agent was stopped"
	a.report()
	a.line.Close()
}

// runLastGood runs the last good version if the bus has said nothing.
func (a *Agent) runLastGood() {
	if a.want != nil || a.memory.Good == nil {
		return
	}
	a.options.Note(fmt.Sprintf("the bus says nothing; v%d runs, which was the last good version here", a.memory.Good.Version))
	a.wants(a.memory.Good)
}

// take takes a desired state.
func (a *Agent) take(d fleet.Desired) {
	a.memory.Serial = d.Serial
	a.save()
	a.tune(d.Settings)
	next := d.For(a.options.Place.Name)
	if next == nil || a.want != nil && a.want.ID == next.ID {
		if next != nil { // it may have an artifact for us now
			a.want = next
			a.builder.news()
		}
		return
	}
	a.wants(next)
}

// wants has a release put into service.
func (a *Agent) wants(next *fleet.Release) {
	before := a.want
	a.want, a.heard, a.last = next, time.Now(), ""
	a.is(fleet.Fetching, "")
	a.status.Bytes = 0
	a.builder.news()
	if !a.started {
		a.started = true
		a.first <- true
		return
	}
	if a.serving != nil && a.serving.ID == next.ID { // what came between did not come to serve
		a.is(fleet.Serving, "")
		return
	}
	a.send(session.Deliver{
		Version: next.Version, Config: a.config(*next), Graph: graphOf(*next),
		Load:   a.loads(before, next),
		Reason: fmt.Sprintf("v%d has come over the bus", next.Version),
	})
}

// loads reports whether what serves becomes a release by loading newer plugins. Only what has not been in a
// process can be loaded, so there is no way back.
func (a *Agent) loads(before, next *fleet.Release) bool {
	return a.serving != nil && a.serving.Process == next.Process && next.Process != "" && next.ID > before.ID &&
		a.serving.Artifacts[a.status.Platform] == next.Artifacts[a.status.Platform]
}

// tune has the app set what has been set since.
func (a *Agent) tune(settings []fleet.Setting) {
	before := a.set
	a.set = settings
	if a.status.Condition != fleet.Serving {
		return // it is told once it serves
	}
	for _, s := range settings {
		if !slices.Contains(before, s) {
			a.send(session.Setting{Name: s.Name, Value: s.Value, Done: make(chan error, 1)})
		}
	}
}

// send gives the session a command, without waiting for it.
func (a *Agent) send(c session.Command) {
	a.work.Go(func() {
		select {
		case a.orders <- c:
		case <-a.builder.ended():
		}
	})
}

// is notes what the instance is doing, and reports it.
func (a *Agent) is(c fleet.Condition, reason string) {
	a.status.Condition, a.status.Reason = c, reason
	a.status.Release, a.status.Version = a.want.ID, a.want.Version
	a.status.MS = time.Since(a.heard).Milliseconds()
	a.report()
}

// report tells the session.
func (a *Agent) report() {
	a.status.Holds = a.options.Place.held()
	a.line.Report(a.status)
}

// config is what the session here works with.
func (a *Agent) config(r fleet.Release) session.Config {
	return session.Config{
		Package: r.App.Name, Watch: watch.DefaultConfig(), Build: build.DefaultConfig(),
		Runner: a.options.Adjust(r.App.Runner), Proxy: a.options.Proxy, UI: a.options.UI,
	}
}

// graphOf is what is known of an app's packages.
func graphOf(r fleet.Release) *build.Graph {
	g := &build.Graph{Net: r.App.Net, Unplug: r.App.Unplug, Packages: map[string]bool{}}
	if r.App.Hot {
		g.Hot = "elsewhere"
	}
	if r.App.Takes {
		g.Packages[session.ActivationPackage] = true
	}
	return g
}

// save remembers what is to survive the agent.
func (a *Agent) save() {
	if err := a.memory.write(a.options.Place.file("state.json")); err != nil {
		a.options.Note("the state of this agent cannot be kept, and so it will not start without the bus: " + err.Error())
	}
}

// Config is what the session here starts with. First must have received.
func (a *Agent) Config() session.Config {
	return a.ask(func() session.Config { return a.config(*a.want) })
}

// ask has the agent's goroutine answer.
func (a *Agent) ask(what func() session.Config) session.Config {
	answer := make(chan session.Config, 1)
	a.commands.Put(func(*Agent) { answer <- what() })
	return <-answer
}

// Options are what the session here is given besides.
func (a *Agent) Options(o session.Options) session.Options {
	o.Root, o.Config = a.options.Root, a.Config()
	o.Builder, o.NewWatcher = a.builder, func(watch.Config, func(string)) (session.Watcher, error) { return watcher{}, nil }
	o.NewSurveyor = func(watch.Config) (session.Surveyor, error) { return nil, errors.New("an agent looks at no files") }
	o.ConfigFile, o.Ways.Bus = "", true
	return o
}

// remove removes what is not needed any more.
func (a *Agent) remove() {
	keep := map[string]bool{}
	for _, r := range []*fleet.Release{a.want, a.serving, a.memory.Good} {
		if r == nil {
			continue
		}
		for _, digest := range r.Files(a.status.Platform) {
			keep[digest] = true
		}
	}
	a.options.Place.clear(a.want.Files(a.status.Platform))
	held := a.options.Place.held()
	for i, digest := range held { // the newest first
		if i >= holds && !keep[digest] {
			_ = os.Remove(filepath.Join(a.options.Place.Versions(), digest))
		}
	}
}
