package session

import (
	"fmt"
	"time"

	"hotreload/build"
	"hotreload/runner"
)

// This file follows the app's processes, from start to exit.

// service is what is known about the app's processes, besides State.Serving.
type service struct {
	applying  *applying // what is on its way into service
	done      bool      // the last process exited by itself, with status 0
	handover  handover  // how a new version takes over, as reported last
	elsewhere string    // where an app listens that ignores PORT; empty: it does not, as far as is known
	alone     string    // why two versions of the app cannot run side by side, as was found; empty: they can, as far as is known
	protocol  string    // what was told last of an app whose package hot is of another version
	canSwap   bool      // listeners can be passed to another process on this system
	env       string    // which env files set what, as told last
	fleet     bool      // there may be instances elsewhere
	unsent    bool      // it was told that files are not sent to them
	byItself  bool      // behind the proxy the app opens its port without hot.Listen
}

// applying is a cycle whose result is not known before the new process serves.
type applying struct {
	gen      int
	artifact build.Artifact
	began    time.Time
	cycle    Cycle
	first    time.Time
	listens  bool // it was started as one that may open a port
	overlaps bool // it was started as one that may run beside what serves
	beside   int  // its process, which runs beside the one that serves; 0: there is none
	held     bool // requests wait for it, and the runner may roll back to the version before
	swapped  bool // it took over

	exclusive string // why it could not run beside the version before it; empty: it could, or that was for a port
}

// forApplying updates the version on its way into service.
func (t *step) forApplying(change func(*applying)) {
	a := *t.service.applying
	change(&a)
	t.service.applying = &a
}

// isApplying reports whether a version is on its way into service.
func (s State) isApplying(gen int) bool {
	return s.service.applying != nil && s.service.applying.gen == gen
}

// start puts an artifact into service.
func (t *step) start(gen int, a build.Artifact, first time.Time, c Cycle) {
	t.supersede(a)
	if c.Rung == Plugin {
		c.Rung = Restart
	}
	t.tellHandover() // what could be built may have changed it
	t.builds.rerun = ""
	t.overtakeStart(c.Reason)
	listens := t.listens()
	t.writes = t.writes.launched(t.now, listens)
	h := t.chooseHandover()
	t.service.applying = &applying{
		gen: gen, artifact: a, began: t.now, cycle: c, first: first, listens: listens,
		overlaps: h.overlaps(), held: h.swaps() && h.alone && t.Serving.Ready,
	}
	t.release(gen, gen, a)
	t.do(apply{runner.Request{
		Gen: gen, Artifact: a, Config: t.config.Runner, Root: t.Root, Listens: listens,
		Unplug: t.unplug(), Strategy: h.strategy, Proxied: t.proxied(h),
	}})
}

// overtakeStart closes the cycle of a version that is replaced before it is ready.
func (t *step) overtakeStart(reason string) {
	a := t.service.applying
	if a == nil {
		return
	}
	t.service.applying = nil
	c := a.cycle
	c.Result, c.Rung, c.Overtaken = NoOp, None, true
	c.Reason = "replaced before it was ready: " + reason
	c.ApplyMS, c.TotalMS = milliseconds(t.now.Sub(a.began)), milliseconds(t.now.Sub(a.first))
	t.cycle(a.gen, c)
}

func (t *step) started(r runner.Started) {
	t.writes.launch.started = t.now
	t.Panic = nil
	t.emit(r.Gen, AppStart{PID: r.PID})
	t.tellEnvFiles(r)
	own := t.isApplying(r.Gen)
	if own && t.service.applying.overlaps && t.Serving.PID != 0 { // that one serves until the new one is ready
		t.forApplying(func(a *applying) { a.beside = r.PID })
		return
	}
	t.serves(Serving{Gen: r.Gen, PID: r.PID, Since: t.now, artifact: t.Serving.artifact})
	if own {
		t.Serving.artifact = t.service.applying.artifact
		if !t.service.applying.held {
			t.forgetFormer() // what ran before is gone
		}
	}
	t.readyWithoutPort()
}

// replaced notes that a process has replaced itself.
func (t *step) replaced(r runner.Replaced) {
	t.plugins = t.plugins.passed(r.Was, r.PID)
	t.builds = t.builds.passed(r.Was, r.PID)
	t.emit(r.Gen, AppStart{PID: r.PID, Replaces: r.Was})
	if a := t.service.applying; a != nil && a.beside == r.Was && a.beside != 0 {
		t.forApplying(func(a *applying) { a.beside = r.PID })
	}
	if t.Serving.PID != r.Was {
		return
	}
	t.Serving.PID, t.Serving.Since = r.PID, t.now
	if r.Ready != nil && t.Serving.Ready {
		t.tunes(r.PID, r.Ready.Tunables)
		t.Serving.Address, t.Serving.Others = t.address(*r.Ready), r.Ready.Others
		t.tellReady(*r.Ready)
	}
}

// tellReady reports a process that is ready.
func (t *step) tellReady(r runner.Ready) {
	t.emit(r.Gen, AppReady{PID: r.PID, MS: milliseconds(r.Took), Via: r.Via, Address: t.Serving.Address, Target: t.target(r), Others: r.Others})
}

// serves notes which process runs from now on.
func (t *step) serves(s Serving) {
	s.process = s.Gen
	t.Serving = s
	t.service.done = false
	t.tunes(s.PID, nil)
	t.acceptOpened()
}

// readyWithoutPort makes a process ready if it has become known since its start that it
// cannot open a port.
func (t *step) readyWithoutPort() {
	if a := t.service.applying; a != nil && a.listens && !t.listens() && t.Serving.PID != 0 && t.Serving.Gen == a.gen && !t.Serving.Ready {
		t.ready(runner.Ready{Gen: a.gen, PID: t.Serving.PID, Via: "start", Took: t.now.Sub(t.Serving.Since)})
	}
}

func (t *step) ready(r runner.Ready) {
	if a := t.service.applying; a != nil && a.beside == r.PID && a.beside != 0 {
		t.serves(Serving{Gen: r.Gen, PID: r.PID, Since: t.now.Add(-r.Took), artifact: a.artifact})
		t.tunes(r.PID, r.Tunables)
	}
	if t.Serving.PID != r.PID || t.Serving.Ready {
		return // it has exited meanwhile, or was ready without a port
	}
	t.Serving.Ready, t.Serving.Address, t.Serving.Shared, t.Serving.Others = true, t.address(r), r.Shared, r.Others
	t.tellReady(r)
	t.tellMissed(r)
	if r.Swap != nil {
		t.swapped(r.Gen, *r.Swap)
	}
	t.learnWhere(r)
	t.learnExclusive(r.Gen)
	if !t.isApplying(r.Gen) {
		t.tellVersion(r.Gen, time.Time{})
		return
	}
	t.browsing.crash = nil
	t.tellVersion(r.Gen, t.service.applying.first)
	t.applied(OK)
}

// tellMissed says why a version counts as running that did not become ready in time.
func (t *step) tellMissed(r runner.Ready) {
	if r.Missed == "" {
		return
	}
	c := t.config.Runner
	text := fmt.Sprintf("v%d was not ready within %v (runner.ready_timeout) and counts as running: %s", r.Gen, c.ReadyTimeout, r.Missed)
	if c.Ready == "" {
		text += `. The next versions need not wait; to say when the app is ready, set ready under [runner], for example ready = "log:REGEX" for a line that it prints`
	}
	t.emit(r.Gen, Note{text})
}

// shares notes that what a process listens on outlives it after all.
func (t *step) shares(r runner.Shares) {
	if t.Serving.PID == r.PID {
		t.Serving.Shared = true
		t.listensByItself(false)
	}
}

// applied closes the cycle of what was being put into service.
func (t *step) applied(result string) {
	a := t.service.applying
	t.service.applying = nil
	t.writes.launch.told = t.now
	c := a.cycle
	c.Result = result
	switch {
	case a.beside != 0, a.swapped:
		c.Rung = Swap
	case c.Rung == Swap && result == OK:
		c.Rung = Restart // the old process was gone by then
	}
	c.ApplyMS = milliseconds(t.now.Sub(a.began))
	c.TotalMS = milliseconds(t.now.Sub(a.first))
	t.cycle(a.gen, c)
}

// killSignal leaves a process no time for its shutdown.
const killSignal = "SIGKILL"

func (t *step) exited(r runner.Exited) {
	for _, piece := range r.Tail {
		t.output(piece)
	}
	e := AppExit{
		PID: r.PID, Code: r.Code, Signal: r.Signal, Expected: r.Expected,
		MS: milliseconds(r.Ran), Left: r.Left, Rollback: r.Rollback,
	}
	e.Killed = r.Expected && r.Signal == killSignal && t.config.Runner.StopSignal != killSignal
	if !r.Expected {
		e.Last, e.Hint = r.LastWords, r.Hint
	}
	t.emit(r.Gen, e)
	t.crashed(r)
	if t.Serving.PID == r.PID {
		t.Serving = Serving{artifact: t.Serving.artifact}
		t.service.done = r.Code == 0
		t.tunes(0, nil)
	}
	t.plugins = t.plugins.without(r.PID)
	t.exitedLoading(r)
	switch a := t.service.applying; {
	case r.Again:
		t.fallBack(r)
	case a != nil && a.gen == r.Gen && !r.Expected:
		result := Failed
		if r.Code == 0 && a.beside == 0 && !r.Rollback {
			result = OK // it did its work and ended
		}
		if a.beside != 0 {
			t.needsRerun(notTheNewest)
		}
		t.applied(result)
	}
}

// output reports what the app printed.
func (t *step) output(o runner.Output) {
	if o.Panic != nil {
		t.Panic = o.Panic
	}
	if len(o.Data) > 0 || len(o.Lines) > 0 { // else a panic ended with the process
		t.emit(o.Gen, AppOutput{Stream: o.Stream, Bytes: o.Data, Raw: o.Raw, Lines: o.Lines})
	}
}

// tunes notes what can be set in the process that serves.
func (t *step) tunes(pid int, list []Tunable) {
	if pid == t.Serving.PID {
		t.Tunables = append([]Tunable{}, list...) // never nil, for JSON
	}
}

// tuned reports a value that was set.
func (t *step) tuned(r runner.TunableSet) {
	t.tunes(r.PID, r.List)
	gen := r.Gen
	if r.PID == t.Serving.PID {
		gen = t.Serving.Gen // that of its newest plugin
	}
	if t.quitting == "" {
		t.emit(gen, TunableSet{Name: r.Name, Value: r.Value})
		t.setAtInstances(r.Name, r.Value)
	}
}
