package session

import (
	"fmt"
	"time"

	"hotreload/internal/fleet"
	"hotreload/internal/proxy/browser"
	"hotreload/runner"
	"hotreload/watch"
)

// step is one transition: the state, what happened, and what is to be done.
type step struct {
	State
	now     time.Time
	disk    facts
	effects []effect
}

// apply is the whole logic of a session. It is pure: what the disk says of the
// paths that the input asks for comes with it.
func (s State) apply(now time.Time, in input, disk facts) (State, []effect) {
	t := &step{State: s, now: now, disk: disk}
	switch in := in.(type) {
	case runner.Event:
		t.runnerEvent(in)
	case runner.Output:
		t.output(in)
	case browser.Event:
		t.browserEvent(in)
	case fleet.Event:
		t.fleetEvent(in)
	case Command:
		t.command(in)
	case quit:
		t.quit(in.reason)
	case begun:
		t.emit(0, in.start)
		t.tellUnknown("")
		t.tellJoin()
	case stopped:
		t.emit(t.Gen, SessionEnd{t.quitting})
	case noted:
		t.emit(t.Gen, Note{in.text})
	default:
		t.workDone(in)
	}
	t.learn()
	t.Phase = t.phase()
	t.showProblem()
	t.PluginLoads = t.plugins.of(t.Serving.PID).loads
	return t.State, t.effects
}

// workDone takes what the watcher found and the results of the effects.
func (t *step) workDone(in input) {
	switch in := in.(type) {
	case ready:
		t.begin(in)
	case watch.Batch:
		t.batch(in)
	case compiles:
		t.compiles(in)
	case built:
		t.buildEnded(in)
	case said:
		t.generatorSaid(in)
	case late:
		t.generatorIsLate(in)
	case generated:
		t.generatorEnded(in)
	case learned:
		t.learned(in)
	case libraryMade:
		t.shared(in)
	case listed:
		t.graphListed(in)
	case reloaded:
		t.configRead(in)
	case rewatched:
		t.rewatched(in)
	default:
		panic(fmt.Sprintf("session: unknown input %T", in))
	}
}

// runnerEvent takes what became of the app's processes.
func (t *step) runnerEvent(in runner.Event) {
	switch in := in.(type) {
	case runner.Started:
		t.started(in)
	case runner.Ready:
		t.ready(in)
	case runner.Replaced:
		t.replaced(in)
	case runner.Shares:
		t.shares(in)
	case runner.Moved:
		t.moved(in)
	case runner.NotHTTP:
		t.answersNoHTTP(in)
	case runner.Exited:
		t.exited(in)
	case runner.Failed:
		t.needsRerun(notTheNewest)
		t.exited(runner.Exited{Gen: in.Gen, Code: -1, LastWords: in.Err.Error()})
	case runner.RolledBack:
		t.rolledBack(in)
	case runner.Settled:
		if t.service.applying == nil {
			t.forgetFormer()
		}
	case runner.PluginOpened:
		t.pluginOpened(in)
	case runner.PluginLoaded:
		t.pluginLoaded(in)
	case runner.PluginRejected:
		t.pluginRejected(in)
	case runner.PluginWaits:
		t.pluginWaits(in)
	case runner.Tunables:
		t.tunes(in.PID, in.List)
	case runner.TunableSet:
		t.tuned(in)
	case runner.OtherProtocol:
		t.otherProtocol(in)
	default:
		panic(fmt.Sprintf("session: unknown event %T", in))
	}
}

func (t *step) do(e effect) { t.effects = append(t.effects, e) }

// begin starts the first build.
func (t *step) begin(in ready) {
	if t.quitting != "" {
		return
	}
	t.listing.graph = in.graph
	t.emit(0, in.watch)
	t.makeDue(t.allGenerators()) // what changed before is not known
	t.tellHandover()
	t.tellUnplug()
	t.act(t.fresh(), Plan{Rung: Restart, Build: true, Reason: "the first start"}, nil, t.now)
}

// act carries out a plan for changes, in the cycle of a number.
func (t *step) act(gen int, p Plan, changes []change, first time.Time) {
	t.makeStale(changes, first)
	t.tellUnsent(gen, changes)
	switch {
	case p.Build:
		t.actByBuild(gen, p, changes, first)
	case p.Rung == Restart && t.builds.artifact.Path == "":
		t.none(gen, Plan{Rung: None, Reason: p.Reason + ", and nothing has been built yet"}, first)
	case p.Rung == Restart && t.builds.published():
		t.needsRerun(p.Reason)
		t.changes.backlog.restart = &p
		t.none(gen, Plan{Rung: None, Reason: p.Reason + "; the build in progress starts a new process"}, first)
	case p.Rung == Restart:
		t.Gen = gen
		p = t.gentlest(p)
		t.plan(gen, p)
		t.start(gen, t.builds.artifact, first, Cycle{Rung: p.Rung, Reason: p.Reason, WatchMS: milliseconds(t.now.Sub(first))})
	case p.Rung == Browser:
		t.browse(gen, p, first)
	default:
		t.none(gen, p, first)
	}
}

// actByBuild starts the build that a plan asks for, or the generators that have to
// run before it. A build that has begun for the same changes goes on.
func (t *step) actByBuild(gen int, p Plan, changes []change, first time.Time) {
	if t.builds.published() {
		t.overtake(p)
	}
	generate := len(t.generators.due) > 0
	if generate {
		t.abandon()
	} else if t.builds.job == nil {
		t.build(changes, first)
	}
	t.changes.backlog = t.changes.backlog.decided()
	t.changes.backlog.owed = nil
	if generate {
		t.generate(gen, p, changes, first)
		return
	}
	t.publish(gen, p, changes)
}
