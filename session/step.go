package session

import (
	"fmt"
	"time"

	"hotreload/build"
	"hotreload/internal/proxy"
	"hotreload/runner"
	"hotreload/watch"
)

// input is what the loop tells a step: one of the types below, a watch.Batch, a
// runner.Event, a runner.Output or a Command.
type input any

type (
	// begun is the first input.
	begun struct{ start SessionStart }
	// ready says that the watch is armed and the graph listed, nil if it cannot be.
	ready struct {
		watch WatchReady
		graph *build.Graph
	}
	// compiles says how many packages a build has compiled or is compiling.
	compiles struct{ id, count int }
	// built is the end of a build.
	built struct {
		id       int
		artifact build.Artifact
		err      error
		took     time.Duration
		wrote    []build.Written // what changed in the project meanwhile, if it was build.command
	}
	// learned is the end of learning how the app is built.
	learned struct{ err error }
	// listed is the package graph after it may have changed.
	listed struct {
		id    int
		graph *build.Graph
		err   error
	}
	// reloaded is the config after its file changed.
	reloaded struct {
		id     int
		config Config
		err    error
	}
	// rewatched says that the watcher follows a changed [watch] table.
	rewatched struct{ ready WatchReady }
	// noted is a line for people.
	noted struct{ text string }
	// quit asks for the end.
	quit struct{ reason string }
	// stopped says that nothing of the app is left.
	stopped struct{}
)

// effect is what a step wants done: one of the types below.
type effect any

type (
	emit        struct{ event Event }
	startBuild  struct{ request build.Request }
	cancelBuild struct{}
	apply       struct{ request runner.Request }
	load        struct{ request runner.LoadRequest }
	showBroken  struct{ failure proxy.Failure }
	forget      struct{ artifact build.Artifact }
	learn       struct {
		request  build.Request
		artifact build.Artifact
		graph    *build.Graph
	}
	listGraph struct {
		id     int
		config Config
	}
	readConfig struct{ id int }
	watchAnew  struct{ config watch.Config }
	follow     struct{ scope watch.Scope }
	stop       struct{}
)

// step is one transition: the state, what happened, and what is to be done.
type step struct {
	State
	now     time.Time
	effects []effect
}

// apply is the whole logic of a session. It is pure but for what the package
// graph reads of files that changed.
func (s State) apply(now time.Time, in input) (State, []effect) {
	t := &step{State: s, now: now}
	switch in := in.(type) {
	case begun:
		t.emit(0, in.start)
	case ready:
		t.begin(in)
	case watch.Batch:
		t.changes(in)
	case compiles:
		t.compiles(in)
	case built:
		t.builtOne(in)
	case generated:
		t.generatedOne(in)
	case learned:
		t.learned(in)
	case listed:
		t.graphRead(in)
	case reloaded:
		t.configRead(in)
	case rewatched:
		t.rewatched(in)
	case runner.Started:
		t.started(in)
	case runner.Ready:
		t.ready(in)
	case runner.Failed:
		t.needsRerun(notTheNewest)
		t.exited(runner.Exited{Gen: in.Gen, Code: -1, LastWords: in.Err.Error()})
	case runner.Exited:
		t.exited(in)
	case runner.Shares:
		if t.Serving.PID == in.PID {
			t.Serving.Shared = true
			t.listensByItself(false)
		}
	case runner.RolledBack:
		t.rolledBack(in)
	case runner.PluginOpened:
		t.pluginOpened(in)
	case runner.PluginLoaded:
		t.pluginLoaded(in)
	case runner.PluginRejected:
		t.pluginRejected(in)
	case runner.PluginWaits:
		t.pluginWaits(in)
	case runner.Settled:
		if t.applying == nil {
			t.forgetFormer()
		}
	case runner.Tunables:
		t.tunes(in)
	case runner.TunableSet:
		t.tuned(in)
	case runner.Output:
		t.output(in)
	case Command:
		t.command(in)
	case noted:
		t.emit(t.Gen, Note{in.text})
	case quit:
		t.quit(in.reason)
	case stopped:
		t.emit(t.Gen, SessionEnd{t.quitting})
	default:
		panic(fmt.Sprintf("session: no such input: %T", in))
	}
	t.learn()
	t.Phase, t.Tunables, t.PluginLoads = t.phase(), t.tunablesNow(), t.plugsOf(t.Serving.PID).loads
	return t.State, t.effects
}

func (t *step) do(e effect) { t.effects = append(t.effects, e) }

// emit tells the world, and numbers what goes into the JSON stream.
func (t *step) emit(gen int, d Data) {
	e := Event{Time: t.now, Gen: gen, Data: d}
	if n := e.lines(); n > 0 {
		e.Seq = t.seq + 1
		t.seq += n
	}
	t.do(emit{e})
}

func (s State) phase() Phase {
	switch {
	case s.job != nil && s.job.published:
		return Building
	case s.applying != nil, s.loading != nil:
		return Applying
	case s.failing:
		return Broken
	case s.Serving.PID != 0 && s.Serving.artifact.Path != s.artifact.Path:
		return Broken // the one before serves
	case s.Serving.PID != 0 && len(s.Rejected) > 0:
		return Broken // a version before serves
	case s.Serving.PID != 0:
		return Running
	case s.artifact.Path != "" && !s.done:
		return Broken // it did not stay up
	}
	return Idle
}

// begin starts the first build.
func (t *step) begin(in ready) {
	if t.quitting != "" {
		return
	}
	t.graph = in.graph
	t.emit(0, in.watch)
	t.owe(t.generators()) // nobody knows what changed before
	t.tellHandover()
	t.tellUnplug()
	t.act(t.fresh(), Plan{Rung: Restart, Build: true, Reason: "the first start"}, nil, t.now)
}

// changes takes a batch as it opens, grows and settles.
func (t *step) changes(b watch.Batch) {
	if t.quitting != "" {
		return
	}
	all := len(b.Paths)
	b.Paths = t.foreign(b)
	b.Paths = t.hush(b)
	if len(b.Paths) == 0 && all > 0 && !b.Settled {
		return
	}
	if t.meanwhile(b) {
		return
	}
	if b.Settled {
		t.owe(t.decide(b.Paths).due)
	}
	if t.Paused {
		if b.Settled {
			t.batch = nil
			t.change(b.Paths)
			t.pending = union(t.pending, b.Paths)
		}
		return
	}
	if b.Settled {
		t.settled(b)
		return
	}
	opened := t.batch == nil
	t.batch = &batch{paths: b.Paths, first: b.First}
	if !opened {
		t.abandon() // what it began with has changed
	}
	d := t.decide(b.Paths)
	t.relist = t.relist || d.relist
	if !d.Build {
		return
	}
	t.overtake(d.Reason)
	// The config may decide how to build, and of a batch that grows nobody knows
	// whether it is done. Generators wait for the batch to settle, and builds for
	// them: what writes into a project has no business there during a checkout.
	if opened && !d.config && t.reload == nil && len(d.due) == 0 && len(t.due) == 0 {
		t.build(union(t.pending, b.Paths), b.First)
	}
}

// settled acts on a batch that is complete.
func (t *step) settled(b watch.Batch) {
	t.batch = nil
	t.change(b.Paths)
	paths := union(t.pending, b.Paths)
	d := t.judge(paths)
	if d.config || !t.decide(b.Paths).Build {
		t.abandon() // what it is for has gone again, or it is built in another way
	}
	switch {
	case d.config:
		t.read(paths, b.First)
	case d.Build:
		t.act(t.answer(), d.Plan, paths, b.First)
	case len(paths) == 0:
	case t.listing:
		t.pending = paths
		t.deferred = &batch{first: b.First}
	default:
		t.pending = nil
		if d.Rung == None {
			t.nothing(d.Plan, paths, b.First)
			return
		}
		t.act(t.answer(), d.Plan, paths, b.First)
	}
}

// judge decides about changes that are complete, and notes what follows from
// them besides the plan.
func (t *step) judge(paths []string) decision {
	d := t.decide(paths)
	t.relist = t.relist || d.relist
	t.needsRerun(d.rerun)
	if !d.Build && t.overtaken != nil {
		d.Plan = *t.overtaken // what overtook it has gone again
	}
	return d
}

// graphRead takes the new graph, and decides what waited for it.
func (t *step) graphRead(in listed) {
	if in.id != t.lists {
		return // a newer one is on its way
	}
	t.listing = false
	if in.err == nil {
		if t.learning == impossible {
			t.learning = needless
		}
		t.graph = in.graph
		t.follow()
		t.tellHandover()
		t.tellUnplug()
	} else {
		t.emit(t.Gen, Note{"the package graph could not be read: " + in.err.Error()})
	}
	t.readyWithoutPort()
	if b, paths := t.deferred, t.pending; b != nil && t.quitting == "" {
		t.deferred, t.pending = nil, nil
		t.act(t.answer(), t.judge(paths).Plan, paths, b.first)
	}
}

// act carries out a plan, in the cycle of a number.
func (t *step) act(gen int, p Plan, paths []string, first time.Time) {
	switch {
	case p.Build:
		if t.job != nil && t.job.published {
			t.overtake(p.Reason)
		}
		if len(t.due) > 0 {
			t.abandon()
			t.pending, t.deferred, t.overtaken = nil, nil, nil
			t.generate(gen, p, paths, first)
			return
		}
		if t.job == nil {
			t.build(paths, first)
		}
		t.pending, t.deferred, t.overtaken = nil, nil, nil
		t.publish(gen, p, paths)
	case p.Rung == Restart && t.artifact.Path == "":
		p = Plan{Rung: None, Reason: p.Reason + ", and nothing has been built yet"}
		t.none(gen, p, first)
	case p.Rung == Restart && t.job != nil && t.job.published:
		t.needsRerun(p.Reason)
		t.owed = &p
		t.none(gen, Plan{Rung: None, Reason: p.Reason + "; the build under way brings a new process"}, first)
	case p.Rung == Restart:
		t.Gen = gen
		p = t.gentlest(p)
		t.plan(gen, p)
		t.start(gen, t.artifact, first, Cycle{Rung: p.Rung, Reason: p.Reason, WatchMS: milliseconds(t.now.Sub(first))})
	default:
		t.none(gen, p, first)
	}
}

// start puts an artifact into service.
func (t *step) start(gen int, a build.Artifact, first time.Time, c Cycle) {
	t.supersede(a)
	if c.Rung == Plugin {
		c.Rung = Restart
	}
	t.tellHandover() // which may not be what could be built
	t.rerun = ""
	t.overtakeStart(c.Reason)
	t.launch = launch{n: t.launch.n + 1, began: t.now, listens: t.listens()}
	h := t.chooseHandover()
	t.applying = &applying{
		gen: gen, artifact: a, began: t.now, cycle: c, first: first, listens: t.listens(),
		overlaps: h.overlaps(), held: h.swaps() && h.alone && t.Serving.Ready,
	}
	t.do(apply{runner.Request{
		Gen: gen, Artifact: a, Config: t.config.Runner, Root: t.Root, Listens: t.listens(),
		Unplug: t.unplug(), Strategy: h.strategy, Front: t.front(),
	}})
}
