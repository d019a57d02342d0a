package session

import (
	"maps"

	"hotreload/runner"
)

// This file holds the steps that tell what became of the app's processes.

func (t *step) started(r runner.Started) {
	t.launch.started = t.now
	t.Panic, t.panics = nil, runner.PanicReader{}
	t.emit(r.Gen, AppStart{r.PID})
	own := t.applying != nil && t.applying.gen == r.Gen
	if own && t.applying.overlaps && t.Serving.PID != 0 { // which goes on until the new one is ready
		a := *t.applying
		a.beside = r.PID
		t.applying = &a
		return
	}
	t.Serving = Serving{Gen: r.Gen, PID: r.PID, Since: t.now, artifact: t.Serving.artifact}
	t.done = false
	t.acceptOpened()
	if own {
		t.Serving.artifact = t.applying.artifact
		if !t.applying.held {
			t.forgetFormer() // what ran before is gone
		}
	}
	t.readyWithoutPort()
}

// readyWithoutPort makes a process ready that was started before it was known
// that it cannot open a port.
func (t *step) readyWithoutPort() {
	if a := t.applying; a != nil && a.listens && !t.listens() && t.Serving.PID != 0 && t.Serving.Gen == a.gen && !t.Serving.Ready {
		t.ready(runner.Ready{Gen: a.gen, PID: t.Serving.PID, Via: "start", Took: t.now.Sub(t.Serving.Since)})
	}
}

func (t *step) ready(r runner.Ready) {
	if a := t.applying; a != nil && a.beside == r.PID && a.beside != 0 {
		t.Serving = Serving{Gen: r.Gen, PID: r.PID, Since: t.now.Add(-r.Took), artifact: a.artifact}
		t.done = false
		t.acceptOpened()
	}
	if t.Serving.PID != r.PID || t.Serving.Ready {
		return // it has ended meanwhile, or needed no port
	}
	t.Serving.Ready, t.Serving.Address, t.Serving.Shared = true, t.address(r), r.Shared
	t.emit(r.Gen, AppReady{PID: r.PID, MS: milliseconds(r.Took), Via: r.Via, Address: t.Serving.Address, Target: t.target(r)})
	if r.Swap != nil {
		t.swapped(r.Gen, *r.Swap)
	}
	t.learnWhere(r)
	if a := t.applying; a != nil && a.gen == r.Gen {
		t.applied(OK)
	}
}

// applied closes the cycle of what was being put into service.
func (t *step) applied(result string) {
	a := t.applying
	t.applying = nil
	t.launch.told = t.now
	c := a.cycle
	c.Result = result
	switch {
	case a.beside != 0, a.swapped:
		c.Rung = Swap
	case c.Rung == Swap && result == OK:
		c.Rung = Restart // what served had gone by then
	}
	c.ApplyMS = milliseconds(t.now.Sub(a.began))
	c.TotalMS = milliseconds(t.now.Sub(a.first))
	t.cycle(a.gen, c)
}

func (t *step) exited(r runner.Exited) {
	for _, piece := range r.Tail {
		t.output(piece)
	}
	t.endOfOutput(r.Gen)
	t.endOfPanic()
	t.forgetTunables(r.PID)
	e := AppExit{
		PID: r.PID, Code: r.Code, Signal: r.Signal, Expected: r.Expected,
		MS: milliseconds(r.Ran), Left: r.Left, Rollback: r.Rollback,
	}
	if !r.Expected {
		e.Last, e.Hint = r.LastWords, r.Hint
	}
	t.emit(r.Gen, e)
	if t.Serving.PID == r.PID {
		t.Serving = Serving{artifact: t.Serving.artifact}
		t.done = r.Code == 0
	}
	t.plugs = maps.Clone(t.plugs)
	delete(t.plugs, r.PID)
	t.fellLoading(r)
	if r.Again {
		t.fallBack(r.Gen)
		return
	}
	if a := t.applying; a != nil && a.gen == r.Gen && !r.Expected {
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

// output passes on what the app printed, as it came and as lines.
func (t *step) output(o runner.Output) {
	out := AppOutput{Stream: o.Stream, Bytes: o.Data}
	partial := t.partial[o.Gen]
	rest := &partial.stdout
	if o.Stream == "stderr" {
		rest = &partial.stderr
	}
	out.Lines, *rest = cut(*rest, string(o.Data))
	t.partial = maps.Clone(t.partial)
	if t.partial == nil {
		t.partial = map[int]partials{}
	}
	t.partial[o.Gen] = partial
	t.watchPanic(out.Lines)
	t.emit(o.Gen, out)
}

// endOfOutput makes lines of what had no newline when the app ended.
func (t *step) endOfOutput(gen int) {
	partial := t.partial[gen]
	for _, rest := range []AppOutput{
		{Stream: "stdout", Lines: nonEmpty(partial.stdout)},
		{Stream: "stderr", Lines: nonEmpty(partial.stderr)},
	} {
		if len(rest.Lines) > 0 {
			t.emit(gen, rest)
		}
	}
	t.partial = maps.Clone(t.partial)
	delete(t.partial, gen)
}

func nonEmpty(line string) []string {
	if line == "" {
		return nil
	}
	return []string{line}
}
