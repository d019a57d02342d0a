// Package session decides what happens next.
//
// In go what the watcher, the builder, the app and the user report; out come
// Updates: each event with the state after it. What always holds: the state is
// changed by one pure function, State.apply, called by one loop; the last good
// version keeps running until a newer one is built; nothing of an overtaken
// build is shown; the loop never waits for a screen.
//
//	watch.Batch ─┐
//	generated ───┤
//	built ───────┤          ┌─▶ emit ─▶ outlets ─▶ screens, files, sockets
//	runner.Event ┼─▶ apply ─┼─▶ startGenerate, startBuild, cancelBuild
//	Command ─────┤          └─▶ apply, stop ─▶ the app
//	quit ────────┘
package session

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"

	"hotreload/build"
	"hotreload/internal/proxy"
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
	ConfigFile string        // absolute; watched, whether or not it exists; may be empty
	Front      string        // URL of the front door; empty: there is none
	Socket     string        // where the control socket is, for the first event
	Own        []fs.FileInfo // files that the outlets write to, and that are not to be watched
	Verbose    bool          // notes tell how the next build will be made

	// ReadConfig reads the config anew after its file changed.
	ReadConfig func(context.Context) (Config, error)
	// NewWatcher makes a watcher for the [watch] table; note takes lines for people.
	NewWatcher func(c watch.Config, note func(string)) (Watcher, error)
	// NewSurveyor makes what looks at a project as a watcher does.
	NewSurveyor func(watch.Config) (Surveyor, error)
	Builder     Builder
	Target      Target
}

// Watcher is what a session needs of a watch.Watcher.
type Watcher interface {
	Arm(watch.Scope) (watch.Info, error)
	Follow(watch.Scope)
	Run(context.Context, chan<- watch.Batch) error
}

// Surveyor is what a session needs of a watch.Watcher that does not watch.
type Surveyor interface {
	Survey(s watch.Scope, tell func(path string, entry fs.DirEntry))
}

// Builder is what a session needs of a build.Builder.
type Builder interface {
	Graph(context.Context, build.Config, string) (*build.Graph, error)
	Generate(context.Context, build.GenerateRequest) (text string, err error)
	Build(context.Context, build.Request) (build.Artifact, error)
	Learn(context.Context, build.Request, build.Artifact, *build.Graph) error
	Forget(build.Artifact)
}

// Target is what a session needs of a runner.Target.
type Target interface {
	Run(context.Context)
	Apply(runner.Request)
	Load(runner.LoadRequest)
	Broken(proxy.Failure)
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
			Root: o.Root, Package: o.Config.Package, Phase: Idle, Front: o.Front,
			config: o.Config, configFile: o.ConfigFile, own: o.Own,
		},
		inputs: make(chan input), freed: make(chan struct{}, 1),
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

	inputs  chan input       // from those goroutines
	batches chan watch.Batch // from the watcher; nil before it is armed
	outlets []*outlet
	freed   chan struct{} // an outlet took in what it was behind with

	watcher     Watcher
	stopWatch   func()
	armings     int                // of watchers; the last one counts
	builder     chan struct{}      // closed when the builder has ended its last task
	records     records            // its tasks' alone
	cancelBuild context.CancelFunc // or the generator that runs before it
	cancelLearn context.CancelFunc
	cancelList  context.CancelFunc
	stopTarget  func()
	failed      error // why it has to end
}

// run starts the session and serves its inputs until the app is gone.
func (l *loop) run(ctx context.Context, commands <-chan Command, targetDone <-chan struct{}) error {
	quitting := ctx.Done()
	l.step(begun{SessionStart{Root: l.Root, Package: l.Config.Package, PID: os.Getpid(), Socket: l.Socket}})
	l.begin(l.state)
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
				if l.watch(in) {
					l.step(in.then)
				}
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
	arming  int
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
func (l *loop) begin(s State) {
	l.armings++
	arming := l.armings
	l.work.Go(func() {
		start := time.Now()
		var graph *build.Graph
		var listing sync.WaitGroup
		listing.Go(func() {
			// What is wrong the build will say; until it is mended every Go file counts.
			graph, _ = l.Builder.Graph(l.ctx, s.config.Build, s.config.Package)
		})
		watcher, err := l.NewWatcher(Watched(s.config), l.note)
		listing.Wait()
		if err != nil {
			l.input(broken{err})
			return
		}
		s.graph = graph
		info, err := watcher.Arm(s.scope())
		if err != nil {
			l.input(broken{err})
			return
		}
		l.handOver(armed{arming, watcher, ready{watchReady(info, start), graph}})
	})
}

func watchReady(info watch.Info, start time.Time) WatchReady {
	return WatchReady{Backend: info.Backend, Dirs: info.Dirs, Files: info.Files, MS: milliseconds(time.Since(start))}
}

// note passes a line for people on to the screens.
func (l *loop) note(text string) { l.input(noted{text}) }

// input hands an input to the loop, and reports false when the session has ended.
func (l *loop) input(in input) bool {
	select {
	case l.inputs <- in:
		return true
	case <-l.ctx.Done():
		return false
	}
}

// handOver hands a watcher to the loop. One that comes too late it closes.
func (l *loop) handOver(a armed) {
	if !l.input(a) {
		_ = a.watcher.Run(l.ctx, nil)
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
	case startGenerate:
		l.generate(e)
	case startBuild:
		l.build(e)
	case learn:
		l.learn(e)
	case cancelBuild:
		l.cancelBuild()
	case apply:
		l.Target.Apply(e.request)
	case load:
		l.Target.Load(e.request)
	case showBroken:
		l.Target.Broken(e.failure)
	case forget:
		l.Builder.Forget(e.artifact)
	case listGraph:
		l.list(e)
	case readConfig:
		l.work.Go(func() {
			c, err := l.ReadConfig(l.ctx)
			l.input(reloaded{e.id, c, err})
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
func (l *loop) list(e listGraph) {
	if l.cancelList != nil {
		l.cancelList()
	}
	ctx, cancel := context.WithCancel(l.ctx)
	l.cancelList = cancel
	l.work.Go(func() {
		defer cancel()
		g, err := l.Builder.Graph(ctx, e.config.Build, e.config.Package)
		l.input(listed{e.id, g, err})
	})
}

// watch lets an armed watcher report, in place of the one before, unless that
// is the newer one.
func (l *loop) watch(a armed) (newest bool) {
	ctx, cancel := context.WithCancel(l.ctx)
	// Each has a channel of its own: the former one, which may be waiting for the
	// loop to take a note, is not waited for, and is not heard any more.
	batches := make(chan watch.Batch)
	if newest = a.arming == l.armings; !newest {
		cancel() // and Run closes it
	} else {
		if l.stopWatch != nil {
			l.stopWatch()
		}
		l.watcher, l.stopWatch, l.batches = a.watcher, cancel, batches
	}
	l.work.Go(func() {
		defer cancel()
		if err := a.watcher.Run(ctx, batches); err != nil {
			l.input(broken{err})
		}
	})
	return newest
}

// watchAnew arms a watcher for a changed [watch] table. The former one reports
// until the new one is armed, so nothing is missed in between.
func (l *loop) watchAnew(c watch.Config) {
	scope := l.state.scope()
	l.armings++
	arming := l.armings
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
		l.handOver(armed{arming, w, rewatched{watchReady(info, start)}})
	})
}
