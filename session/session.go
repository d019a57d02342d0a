// Package session decides what happens next.
//
// In go what the watcher, the builder, the app and the user report; out come
// Updates: each event with the state after it. What always holds: the state is
// changed by one pure function, State.apply, called by one loop; what the disk
// says comes with the input; the last good version keeps running until a newer one
// is built; nothing of an overtaken build is shown; the loop never waits for a
// screen. The loop itself looks at the disk, as what to look at depends on the state;
// but only for what may change files or end a build, never for output or keys.
//
//	watch.Batch ─┐
//	generated ───┤
//	built ───────┤                  ┌─▶ emit ─▶ outlets ─▶ screens, files, sockets
//	runner.Event ┼─▶ look ─▶ apply ─┼─▶ startGenerate, startBuild, cancelBuild
//	Command ─────┤                  └─▶ apply, stop ─▶ the app
//	quit ────────┘
//
// This file is the loop. The step is in step.go, what it knows in state.go; each
// concern of the state has a file: changes.go, graph.go, builds.go, service.go,
// generators.go, echoes.go, plugin.go, browser.go and noise.go.
//
// # Cycles
//
// What is done about changes or a command is a cycle, and has a number, gen. The change events
// that it answers, its plan, all that follows and the one event that ends it (cycle or
// build.cancel) share that number. So does the version of the app that results. A cycle whose
// version is replaced before it is ready ends with result none.
//
// # Builds
//
// A build starts when a batch opens, and nothing is reported yet. If the batch grows, the build
// is killed and starts again once the batch has settled: a storm of changes costs one build.
// Then change, plan and build.start are reported, and the result is acted on as soon as it is
// there. A result whose ID is not that of the current build is dropped, and its files removed.
//
// The package graph is listed at the start, and after a build whose changes may have altered
// it: imports, build constraints, embed patterns, files that came or went, go.mod. While it is
// being listed, a change that means nothing to the old graph waits for the new one. After a
// failed build every Go file counts: the fix may be a package that nothing imports yet.
//
// # Generators
//
// A generator is due when a file that it matches has changed, and until it succeeds; at the
// first start all are due. Builds wait for generators, and generators for the batch to settle:
// what writes into a project must not do so in the middle of a checkout.
//
// The watcher reports late and cannot say who wrote a file. So the files are compared before
// and after a generator runs. What it wrote makes other generators due and is part of the
// build that follows; when the watcher reports it, it is nothing new.
//
// build.command and the app write, too, but what was built or started may not have seen that.
// So these changes are answered, and counted. A file that keeps changing during builds or
// starts is named in a note, and then ignored while a build or a start is in progress. What
// the app writes while it serves, at each request say, is found out by watching its processes
// write: see habits.go and witness.go.
//
// # Pages
//
// Open pages are told through a browser.Hub which version serves, which files that they load from
// disk have changed (watch.browser), and what failed. What they do comes back as events (browser.go).
//
// # Output
//
// Each listener has an outlet, a queue that the session never waits for. If one is more than
// 1 MiB behind, the session stops taking output and the app waits, as it would for any slow
// reader. Everything else goes on.
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
	"hotreload/internal/proxy/browser"
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
	ProxyURL   string // empty: there is no proxy
	Ways       Ways
	Own        []fs.FileInfo // files that the outlets write to, and that are not to be watched
	CanSwap    bool          // runner.CanSwap; a value, so that recorded inputs lead to the same on any system
	Verbose    bool          // notes tell how the next build will be made

	// ReadConfig reads the config again after its file changed.
	ReadConfig func(context.Context) (Config, error)
	// NewWatcher makes a watcher for the [watch] table; note takes lines for the user.
	NewWatcher func(c watch.Config, note func(string)) (Watcher, error)
	// NewSurveyor makes what looks at a project as a watcher does.
	NewSurveyor func(watch.Config) (Surveyor, error)
	Builder     Builder
	Target      Target
	Fleet       Fleet // nil: there are no instances elsewhere
	Pages       Pages // nil: there is nothing that pages connect to
}

// Ways are the ways into a session, for the user and for the first event.
type Ways struct {
	Socket string // where the control socket is
	Script string // the element by which pages connect, for the user to put into them; empty: the proxy does that
	Join   string // the command by which instances elsewhere do
	Bus    bool   // versions come over the bus, and are not built here
}

// Pages is what a session needs of a browser.Hub.
type Pages interface {
	Serves(browser.Version)
	Changed(browser.Change)
	Fail(browser.Problem)
	Fixed()
	Events() <-chan browser.Event
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
	Share(ctx context.Context, r build.Request, g *build.Graph, anew bool) (build.Library, error)
	Forget(build.Artifact)
}

// Target is what a session needs of a runner.Target.
type Target interface {
	Run(context.Context)
	Apply(runner.Request)
	Load(runner.LoadRequest)
	Broken(proxy.Failure)
	Type([]byte)
	TypeHidden(text []byte, done chan<- error)
	Look(chan<- runner.Terminal)
	Resize(runner.Size)
	Set(ctx context.Context, name, value string) error
	Kill()
	Events() <-chan runner.Event
	Output() <-chan runner.Output
}

// ErrQuit is the cause to cancel a session's context with: its message is the
// reason that the last event gives.
type ErrQuit struct{ Reason string }

func (e ErrQuit) Error() string { return e.Reason }

// Run runs a session until its context ends or a command quits it. It stops the
// app, reports that, and closes the outlets, which must be received from until then.
// When kill ends, Run no longer waits for the app. The error says why the session
// could not do its work.
func Run(ctx, kill context.Context, o Options, commands <-chan Command, outlets ...chan<- Update) error {
	l := &loop{options: o, state: newState(o), inputs: make(chan input), freed: make(chan struct{}, 1)}
	l.ctx, l.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	l.disk.author = l.author
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
	l.watching.leave()
	for _, out := range l.outlets {
		out.close()
	}
	return err
}

// loop is the one owner of the state.
type loop struct {
	options Options
	ctx     context.Context // of the work that the effects start
	cancel  context.CancelCauseFunc
	state   State
	disk    disk
	witness witness

	work   sync.WaitGroup // the goroutines that the effects started
	inputs chan input     // from those goroutines

	outlets []*outlet
	freed   chan struct{} // an outlet took in what it was behind with

	watching   watching
	tasks      tasks
	stopTarget func()
	failed     error // why it has to end
}

// run starts the session and serves its inputs until the app is gone.
func (l *loop) run(ctx context.Context, commands <-chan Command, targetDone <-chan struct{}) error {
	quitting := ctx.Done()
	o := l.options
	l.step(begun{SessionStart{Root: o.Root, Package: o.Config.Package, PID: os.Getpid(), Socket: o.Ways.Socket}})
	l.begin(l.state)
	for {
		select {
		case <-quitting:
			quitting = nil
			l.step(quit{reason(ctx)})
		case <-targetDone:
			if l.state.quitting == "" {
				panic("session: the runner stopped unexpectedly")
			}
			l.step(stopped{})
			return l.failed
		case c := <-commands:
			l.step(c)
		case b := <-l.watching.batches:
			l.step(b)
		case e := <-o.Target.Events():
			l.step(e)
		case out := <-l.output():
			l.step(out)
		case <-l.freed: // and look again at what may be taken in
		case e := <-l.fromPages():
			l.step(e)
		case e := <-l.fromFleet():
			l.step(e)
		case in := <-l.inputs:
			l.take(in)
		case now := <-l.witness.ticks():
			l.witness.look(now)
			l.witness.attend(l.state, now)
		}
	}
}

// take takes an input from the goroutines that the effects started.
func (l *loop) take(in input) {
	switch in := in.(type) {
	case broken:
		if l.failed == nil {
			l.failed = in.err
		}
		l.step(quit{in.err.Error()})
	case armed:
		if l.watch(in) {
			l.step(in.then)
		}
	default:
		l.step(in)
	}
}

// broken ends a session that cannot do its work.
type broken struct{ err error }

// reason is why a context ended, for the user.
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
	if l.behind() {
		return nil
	}
	return l.options.Target.Output()
}

// note passes a line for the user on to the screens.
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

// step takes an input, with what the disk says of it, and carries out what
// follows.
func (l *loop) step(in input) {
	now := time.Now()
	if b, changes := in.(watch.Batch); changes {
		l.witness.look(now)
		l.flush(b)
	}
	var effects []effect
	l.state, effects = l.state.apply(now, in, l.disk.look(l.state, in))
	l.witness.attend(l.state, now)
	for _, e := range effects {
		l.carryOut(e)
	}
}

func (l *loop) carryOut(e effect) {
	o := l.options
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
	case share:
		l.share(e)
	case cancelBuild:
		l.tasks.cancelBuild()
	case apply:
		o.Target.Apply(e.request)
	case load:
		o.Target.Load(e.request)
	case showBroken:
		o.Target.Broken(e.failure)
	case tellServes:
		o.Pages.Serves(e.version)
	case tellChanged:
		o.Pages.Changed(e.change)
	case tellFailed:
		l.tellFailed(e.problem)
	case typeText:
		o.Target.Type(e.text)
	case typeHidden:
		o.Target.TypeHidden(e.typed.Text, e.typed.Done)
	case look:
		o.Target.Look(e.question.Done)
	case resize:
		o.Target.Resize(e.size)
	case set:
		l.set(e.setting)
	case forget:
		o.Builder.Forget(e.artifact)
	case listGraph:
		l.list(e)
	case readConfig:
		l.readConfig(e.id)
	case follow:
		l.watching.follow(e.scope)
	case rewatch:
		l.rewatch(e.config)
	case release:
		o.Fleet.Release(e.made)
	case setAll:
		o.Fleet.Set(e.name, e.value)
	case stop:
		l.stopTarget()
	default:
		panic(fmt.Sprintf("session: unknown effect %T", e))
	}
}
