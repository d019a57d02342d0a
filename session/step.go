package session

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"hotreload/build"
	"hotreload/runner"
	"hotreload/watch"
)

// input is what the loop tells a step: one of the types below, a watch.Batch, a
// runner.Event, a runner.Output or a Command.
type input any

type (
	// begun starts a session: the watch is armed and the graph listed.
	begun struct {
		start SessionStart
		watch WatchReady
		graph *build.Graph
	}
	// built is the end of a build.
	built struct {
		id       int
		artifact build.Artifact
		err      error
		took     time.Duration
	}
	// listed is the package graph after it may have changed.
	listed struct {
		graph *build.Graph
		err   error
	}
	// reloaded is the config after its file changed.
	reloaded struct {
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
	forget      struct{ artifact build.Artifact }
	listGraph   struct{ config Config }
	readConfig  struct{}
	watchAnew   struct{ config watch.Config }
	follow      struct{ scope watch.Scope }
	stop        struct{}
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
		t.begin(in)
	case watch.Batch:
		t.changes(in)
	case built:
		t.builtOne(in)
	case listed:
		t.graphRead(in)
	case reloaded:
		t.configRead(in)
	case rewatched:
		t.emit(t.Gen, in.ready)
		t.follow()
	case runner.Started:
		t.started(in)
	case runner.Ready:
		t.ready(in)
	case runner.Failed:
		t.exited(runner.Exited{Gen: in.Gen, Code: -1, LastWords: in.Err.Error()})
	case runner.Exited:
		t.exited(in)
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
	t.Phase = t.phase()
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
	case s.applying != nil:
		return Applying
	case s.failing:
		return Broken
	case s.Serving.PID != 0:
		return Running
	case s.artifact.Path != "":
		return Broken // it did not stay up
	}
	return Idle
}

func (t *step) begin(in begun) {
	if t.quitting != "" {
		return
	}
	t.graph = in.graph
	t.emit(0, in.start)
	t.emit(0, in.watch)
	t.plan(t.Gen+1, Plan{Rung: Restart, Build: true, Reason: "the first start"})
	t.build(t.Plan, nil, t.now)
	t.publish(nil)
}

// plan tells what will be done.
func (t *step) plan(gen int, p Plan) {
	t.Plan = p
	t.emit(gen, p)
}

// changes takes a batch as it opens, grows and settles.
func (t *step) changes(b watch.Batch) {
	if t.quitting != "" {
		return
	}
	if t.Paused {
		if b.Settled {
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
	t.batch = &batch{paths: b.Paths, first: b.First, held: !opened}
	d := t.decide(b.Paths)
	t.relist = t.relist || d.relist
	if !d.Build {
		return
	}
	t.overtake(d.Reason)
	if opened && !d.config { // the config may decide how to build
		t.build(d.Plan, union(t.pending, b.Paths), b.First)
	}
}

// change tells of a settled batch.
func (t *step) change(paths []string) {
	var names []string
	for _, path := range paths {
		names = append(names, t.relative(path))
	}
	t.emit(t.Gen, Change{names})
}

// settled acts on a batch that is complete.
func (t *step) settled(b watch.Batch) {
	t.batch = nil
	t.change(b.Paths)
	paths := union(t.pending, b.Paths)
	d := t.decide(paths)
	t.relist = t.relist || d.relist
	if d.config {
		t.pending = paths
		t.reload = &batch{paths: paths, first: b.First}
		t.do(readConfig{})
		return
	}
	if t.listing && !d.Build {
		t.pending = paths
		t.deferred = &batch{first: b.First}
		return
	}
	t.act(d.Plan, paths, b.First)
}

// graphRead takes the new graph, and decides what waited for it.
func (t *step) graphRead(in listed) {
	t.listing = false
	if in.err == nil {
		t.graph = in.graph
		t.follow()
	} else {
		t.emit(t.Gen, Note{"the package graph could not be read: " + in.err.Error()})
	}
	if b, paths := t.deferred, t.pending; b != nil && t.quitting == "" && !t.Paused {
		t.deferred, t.pending = nil, nil
		d := t.decide(paths)
		t.relist = t.relist || d.relist
		t.act(d.Plan, paths, b.first)
	}
}

// act carries out a plan.
func (t *step) act(p Plan, paths []string, first time.Time) {
	switch {
	case p.Build:
		if t.job != nil && t.job.published {
			t.overtake(p.Reason)
		}
		if t.job == nil {
			t.build(p, paths, first)
		}
		t.pending = nil
		t.plan(t.job.gen, p)
		t.publish(paths)
	case p.Rung == Restart && t.artifact.Path == "":
		p = Plan{Rung: None, Reason: p.Reason + ", and nothing has been built yet"}
		t.none(p, first)
	case p.Rung == Restart:
		t.Gen++
		t.plan(t.Gen, p)
		t.start(t.Gen, t.artifact, first, Cycle{Rung: Restart, Reason: p.Reason, WatchMS: milliseconds(t.now.Sub(first))})
	default:
		t.none(p, first)
	}
}

// none closes a cycle in which there is nothing to do.
func (t *step) none(p Plan, first time.Time) {
	t.plan(t.Gen, p)
	took := milliseconds(t.now.Sub(first))
	t.cycle(t.Gen, Cycle{Result: NoOp, Rung: None, Reason: p.Reason, WatchMS: took, TotalMS: took})
}

func (t *step) cycle(gen int, c Cycle) {
	t.Cycle = c
	t.emit(gen, c)
}

// overtake cancels the build under way in favour of what comes next.
func (t *step) overtake(reason string) {
	if t.job == nil {
		return
	}
	t.do(cancelBuild{})
	t.pending = union(t.pending, t.job.paths)
	if t.job.published {
		t.emit(t.job.gen, BuildCancel{reason})
	} else {
		t.Gen-- // nobody heard of that version
		if r := t.job.result; r != nil && r.err == nil && !r.artifact.Same {
			t.do(forget{r.artifact})
		}
	}
	t.job = nil
}

// build starts a build that nobody is told of yet.
func (t *step) build(p Plan, paths []string, first time.Time) {
	t.Gen++
	t.builds++
	t.job = &job{id: t.builds, gen: t.Gen, paths: paths, first: first, began: t.now, plan: p}
	t.do(startBuild{build.Request{
		Config: t.config.Build, Package: t.config.Package, ID: t.builds, Prev: t.artifact,
	}})
}

// publish tells of the build, and acts on its result if that is in already.
func (t *step) publish(paths []string) {
	t.emit(t.job.gen, BuildStart{[]string{t.config.Package}})
	j := *t.job
	j.published, j.plan, j.paths = true, t.Plan, paths
	t.job = &j
	if j.result != nil {
		t.finish(*j.result)
	}
}

// builtOne takes the end of a build; of one that was overtaken nothing is shown.
func (t *step) builtOne(b built) {
	switch {
	case t.job == nil || t.job.id != b.id:
		if b.err == nil && !b.artifact.Same {
			t.do(forget{b.artifact})
		}
	case !t.job.published:
		j := *t.job
		j.result = &b
		t.job = &j
	default:
		t.finish(b)
	}
}

// finish acts on the result of the build under way.
func (t *step) finish(b built) {
	j := t.job
	t.job = nil
	c := Cycle{
		Result: Failed, Rung: j.plan.Rung, Reason: j.plan.Reason,
		WatchMS: milliseconds(j.began.Sub(j.first)), BuildMS: milliseconds(b.took),
		TotalMS: milliseconds(t.now.Sub(j.first)),
	}
	if b.err != nil {
		t.failing, t.relist = true, true // what mends it may bring in packages
		failed := failure(b)
		t.Diagnostics = failed.Diagnostics
		t.emit(j.gen, failed)
		t.cycle(j.gen, c)
		return
	}
	t.failing = false
	t.Diagnostics = nil
	t.emit(j.gen, BuildOK{Targets: []string{t.config.Package}, MS: milliseconds(b.took), Same: b.artifact.Same})
	if t.relist {
		t.relist, t.listing = false, true
		t.do(listGraph{t.config})
	}
	if b.artifact.Same && (t.Serving.PID != 0 || t.applying != nil) {
		c.Result, c.Rung = NoOp, None
		c.Reason = "the build came out byte-identical to what runs"
		t.cycle(j.gen, c)
		return
	}
	t.start(j.gen, b.artifact, j.first, c)
}

// failure describes a failed build, also one for which nothing could be run.
func failure(b built) BuildError {
	var failed *build.Error
	if errors.As(b.err, &failed) {
		return BuildError{Diagnostics: failed.Diagnostics, Text: failed.Text, MS: milliseconds(b.took)}
	}
	text := b.err.Error()
	return BuildError{
		Diagnostics: []build.Diagnostic{{Severity: "error", Message: text}},
		Text:        text, MS: milliseconds(b.took),
	}
}

// start puts an artifact into service.
func (t *step) start(gen int, a build.Artifact, first time.Time, c Cycle) {
	if a.Path != t.artifact.Path {
		t.stale = append(slices.Clone(t.stale), t.artifact)
		t.artifact = a
	}
	t.applying = &applying{gen: gen, artifact: a, began: t.now, cycle: c, first: first}
	t.do(apply{runner.Request{
		Gen: gen, Artifact: a, Config: t.config.Runner, Root: t.Root, Listens: t.listens(),
	}})
}

// configRead acts on the config file's new content.
func (t *step) configRead(r reloaded) {
	if t.reload == nil {
		return
	}
	paths, first := t.reload.paths, t.reload.first
	t.reload, t.pending = nil, nil
	if r.err != nil {
		t.plan(t.Gen, Plan{Rung: None, Reason: r.err.Error() + "; the former settings stay"})
		t.cycle(t.Gen, Cycle{Result: Failed, Rung: None, Reason: t.Plan.Reason, TotalMS: milliseconds(t.now.Sub(first))})
		return
	}
	old := t.config
	t.config, t.Package = r.config, r.config.Package
	name := t.relative(t.configFile)
	p := t.decide(paths).Plan
	changed := func(table string) Plan {
		return Plan{Rung: Restart, Reason: name + " changed its [" + table + "] table"}
	}
	switch {
	case old.Package != r.config.Package || !reflect.DeepEqual(old.Build, r.config.Build):
		p = changed("build")
		p.Build = true
		t.relist = true
	case p.Build:
	case !reflect.DeepEqual(old.Runner, r.config.Runner):
		p = changed("runner")
	case p.Rung != None:
	case reflect.DeepEqual(old, r.config):
		p.Reason = name + " says what it said before"
	default:
		p.Reason = name + " changed what is watched"
	}
	if !reflect.DeepEqual(old.Watch, r.config.Watch) {
		t.do(watchAnew{r.config.Watch})
	} else {
		t.follow() // env files may be others
	}
	t.act(p, paths, first)
}

// follow tells the watcher what matters now.
func (t *step) follow() { t.do(follow{t.scope()}) }

// scope is what is to be watched besides the project's tree.
func (s State) scope() watch.Scope {
	scope := watch.Scope{Files: s.envFiles(), Matters: s.matters}
	if s.configFile != "" {
		scope.Files = append(scope.Files, s.configFile)
	}
	if s.graph != nil {
		scope.Dirs = s.graph.Dirs
	}
	return scope
}

func (t *step) command(c Command) {
	if t.quitting != "" {
		return
	}
	switch {
	case c == CommandQuit:
		t.quit("asked to quit")
	case c == CommandPause && !t.Paused:
		t.Paused = true
		t.emit(t.Gen, Paused{})
		if t.job != nil && !t.job.published {
			t.overtake("paused")
		}
	case c == CommandResume && t.Paused:
		t.Paused = false
		t.emit(t.Gen, Resumed{})
		if paths := t.pending; len(paths) > 0 {
			d := t.decide(paths)
			t.relist = t.relist || d.relist
			if d.config {
				t.reload = &batch{paths: paths, first: t.now}
				t.do(readConfig{})
				return
			}
			t.pending = nil
			t.act(d.Plan, paths, t.now)
		}
	case c == CommandRestart && t.artifact.Path != "":
		t.act(Plan{Rung: Restart, Reason: "asked to restart"}, nil, t.now)
	case c == CommandRebuild || c == CommandRestart:
		t.relist = true
		t.act(Plan{Rung: Restart, Build: true, Reason: "asked to " + string(c)}, t.pending, t.now)
	}
}

// quit stops all. Nothing else is begun from now on.
func (t *step) quit(reason string) {
	if t.quitting != "" {
		return
	}
	t.quitting = reason
	if t.job != nil {
		t.do(cancelBuild{})
		t.job = nil
	}
	t.do(stop{})
}
