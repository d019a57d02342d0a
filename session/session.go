// Package session decides what happens next.
//
// In go what the watcher, the builder, the app and the user report; out come
// Updates: each event with the state after it. What always holds: the state is
// changed by one pure function, State.apply, called by one loop; the last good
// version keeps running until a newer one is built; nothing of an overtaken
// build is shown; the loop never waits for a screen.
//
//	watch.Batch ─┐
//	built ───────┤          ┌─▶ emit ─▶ outlets ─▶ screens, files, sockets
//	runner.Event ┼─▶ apply ─┼─▶ startBuild, cancelBuild
//	Command ─────┤          └─▶ apply, stop ─▶ the app
//	quit ────────┘
package session

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"hotreload/build"
	"hotreload/runner"
	"hotreload/watch"
)

// Update is what screens are fed with.
type Update struct {
	Event Event
	State State // after the event
}

// Options are what a session is made of.
type Options struct {
	Root       string
	Config     Config
	ConfigFile string // absolute; watched, whether or not it exists; may be empty
	Socket     string // where the control socket is, for the first event

	// ReadConfig reads the config anew after its file changed.
	ReadConfig func(context.Context) (Config, error)
	// NewWatcher makes a watcher for the [watch] table; note takes lines for people.
	NewWatcher func(c watch.Config, note func(string)) (Watcher, error)
	Builder    Builder
	Target     Target
}

// Watcher is what a session needs of a watch.Watcher.
type Watcher interface {
	Arm(watch.Scope) (watch.Info, error)
	Follow(watch.Scope)
	Run(context.Context, chan<- watch.Batch) error
}

// Builder is what a session needs of a build.Builder.
type Builder interface {
	Graph(context.Context, build.Config, string) (*build.Graph, error)
	Build(context.Context, build.Request) (build.Artifact, error)
	Forget(build.Artifact)
}

// Target is what a session needs of a runner.Target.
type Target interface {
	Run(context.Context)
	Apply(runner.Request)
	Kill()
	Events() <-chan runner.Event
	Output() <-chan runner.Output
}

// ErrQuit is the cause to cancel a session's context with: its message is the
// reason that the last event gives.
type ErrQuit struct{ Reason string }

func (e ErrQuit) Error() string { return e.Reason }

// Run runs a session until its context ends or a command quits it. It stops the
// app, tells of that, and closes the outlets, which must be received from until
// then. When kill ends, the app is not waited for any longer. The error says
// why the session could not do its work.
func Run(ctx, kill context.Context, o Options, commands <-chan Command, outlets ...chan<- Update) error {
	l := &loop{
		Options: o, ctx: ctx,
		state: State{
			Root: o.Root, Package: o.Config.Package, Phase: Idle,
			config: o.Config, configFile: o.ConfigFile,
		},
		inputs: make(chan input), batches: make(chan watch.Batch), freed: make(chan struct{}, 1),
	}
	l.ctx, l.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	for _, out := range outlets {
		l.outlets = append(l.outlets, newOutlet(out, l.freed))
	}
	targetCtx, stopTarget := context.WithCancel(context.Background())
	l.stopTarget = stopTarget
	targetDone := make(chan struct{})
	go func() {
		defer close(targetDone)
		o.Target.Run(targetCtx)
	}()
	stopKill := context.AfterFunc(kill, o.Target.Kill)
	defer stopKill()

	err := l.run(ctx, commands, targetDone)

	l.cancel(errors.New("the session has ended"))
	l.work.Wait()
	for _, out := range l.outlets {
		out.close()
	}
	return err
}

// loop is the one owner of the state.
type loop struct {
	Options
	ctx    context.Context // of the work that the effects start
	cancel context.CancelCauseFunc
	state  State
	work   sync.WaitGroup // the goroutines that the effects started

	inputs  chan input // from those goroutines
	batches chan watch.Batch
	outlets []*outlet
	freed   chan struct{} // an outlet took in what it was behind with

	watcher     Watcher
	stopWatch   func()
	cancelBuild context.CancelFunc
	cancelList  context.CancelFunc
	stopTarget  func()
	failed      error // why it has to end
}

// run starts the session and serves its inputs until the app is gone.
func (l *loop) run(ctx context.Context, commands <-chan Command, targetDone <-chan struct{}) error {
	quitting := ctx.Done()
	l.work.Go(func() {
		armed, err := l.begin(l.ctx)
		if err != nil {
			l.input(broken{err})
			return
		}
		l.input(armed)
	})
	for {
		select {
		case <-quitting:
			quitting = nil
			l.step(quit{reason(ctx)})
		case <-targetDone:
			if l.state.quitting == "" {
				panic("session: the target ended unasked")
			}
			l.step(stopped{})
			return l.failed
		case c := <-commands:
			l.step(c)
		case b := <-l.batches:
			l.step(b)
		case e := <-l.Target.Events():
			l.step(e)
		case o := <-l.output():
			l.step(o)
		case <-l.freed: // and look again at what may be taken in
		case in := <-l.inputs:
			switch in := in.(type) {
			case broken:
				l.fail(in.err)
			case armed:
				l.watch(in.watcher)
				l.step(in.then)
			default:
				l.step(in)
			}
		}
	}
}

// broken ends a session that cannot do its work.
type broken struct{ err error }

// armed hands over a watcher that misses nothing any more, and the input that
// tells of it.
type armed struct {
	watcher Watcher
	then    input
}

// fail ends the session because it cannot do its work.
func (l *loop) fail(err error) {
	if l.failed == nil {
		l.failed = err
	}
	l.step(quit{err.Error()})
}

// reason is why a context ended, for people.
func reason(ctx context.Context) string {
	var quit ErrQuit
	if errors.As(context.Cause(ctx), &quit) {
		return quit.Reason
	}
	return context.Cause(ctx).Error()
}

// output is the app's output while the screens keep up. Otherwise the app
// waits, as it would for any slow reader, and nothing else does.
func (l *loop) output() <-chan runner.Output {
	for _, out := range l.outlets {
		if out.behind() {
			return nil
		}
	}
	return l.Target.Output()
}

// begin arms the watch and lists the package graph, side by side.
func (l *loop) begin(ctx context.Context) (armed, error) {
	start := time.Now()
	var graph *build.Graph
	var graphErr error
	var listing sync.WaitGroup
	listing.Go(func() {
		graph, graphErr = l.Builder.Graph(ctx, l.state.config.Build, l.state.config.Package)
	})
	watcher, err := l.NewWatcher(l.state.config.Watch, l.note)
	listing.Wait()
	if err != nil {
		return armed{}, err
	}
	if graphErr != nil {
		// The build will say what is wrong; until it is mended every Go file counts.
		graph = nil
	}
	s := l.state
	s.graph = graph
	info, err := watcher.Arm(s.scope())
	if err != nil {
		return armed{}, err
	}
	return armed{watcher, begun{
		start: SessionStart{Root: s.Root, Package: s.Package, PID: os.Getpid(), Socket: l.Socket},
		watch: watchReady(info, start),
		graph: graph,
	}}, nil
}

func watchReady(info watch.Info, start time.Time) WatchReady {
	return WatchReady{Backend: info.Backend, Dirs: info.Dirs, Files: info.Files, MS: milliseconds(time.Since(start))}
}

// note passes a line for people on to the screens.
func (l *loop) note(text string) { l.input(noted{text}) }

// input hands an input to the loop, unless the session has ended.
func (l *loop) input(in input) {
	select {
	case l.inputs <- in:
	case <-l.ctx.Done():
	}
}

// step takes an input and carries out what follows from it.
func (l *loop) step(in input) {
	var effects []effect
	l.state, effects = l.state.apply(time.Now(), in)
	for _, e := range effects {
		l.carryOut(e)
	}
}

func (l *loop) carryOut(e effect) {
	switch e := e.(type) {
	case emit:
		for _, out := range l.outlets {
			out.put(Update{e.event, l.state})
		}
	case startBuild:
		ctx, cancel := context.WithCancel(l.ctx)
		l.cancelBuild = cancel
		l.work.Go(func() {
			defer cancel()
			start := time.Now()
			a, err := l.Builder.Build(ctx, e.request)
			l.input(built{e.request.ID, a, err, time.Since(start)})
		})
	case cancelBuild:
		l.cancelBuild()
	case apply:
		l.Target.Apply(e.request)
	case forget:
		l.Builder.Forget(e.artifact)
	case listGraph:
		l.list(e.config)
	case readConfig:
		l.work.Go(func() {
			c, err := l.ReadConfig(l.ctx)
			l.input(reloaded{c, err})
		})
	case follow:
		if l.watcher != nil {
			l.watcher.Follow(e.scope)
		}
	case watchAnew:
		l.watchAnew(e.config)
	case stop:
		l.stopTarget()
	default:
		panic(fmt.Sprintf("session: no such effect: %T", e))
	}
}

// list reads the package graph again; a listing under way is out of date.
func (l *loop) list(c Config) {
	if l.cancelList != nil {
		l.cancelList()
	}
	ctx, cancel := context.WithCancel(l.ctx)
	l.cancelList = cancel
	l.work.Go(func() {
		defer cancel()
		g, err := l.Builder.Graph(ctx, c.Build, c.Package)
		if ctx.Err() == nil {
			l.input(listed{g, err})
		}
	})
}

// watch lets an armed watcher report, in place of the one before.
func (l *loop) watch(w Watcher) {
	if l.stopWatch != nil {
		l.stopWatch()
	}
	ctx, cancel := context.WithCancel(l.ctx)
	done := make(chan struct{})
	l.watcher, l.stopWatch = w, func() { cancel(); <-done }
	l.work.Go(func() {
		err := w.Run(ctx, l.batches)
		close(done)
		if err != nil {
			l.input(broken{err})
		}
	})
}

// watchAnew arms a watcher for a changed [watch] table. The former one reports
// until the new one is armed, so nothing is missed in between.
func (l *loop) watchAnew(c watch.Config) {
	scope := l.state.scope()
	l.work.Go(func() {
		start := time.Now()
		w, err := l.NewWatcher(c, l.note)
		if err != nil {
			l.note(err.Error())
			return
		}
		info, err := w.Arm(scope)
		if err != nil {
			l.note(err.Error())
			return
		}
		l.input(armed{w, rewatched{watchReady(info, start)}})
	})
}
