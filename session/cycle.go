package session

import "time"

// This file numbers what is done, one cycle after another, and opens and closes
// it: the changes that it answers or the command, the plan, what follows from that,
// and the cycle's own event. All of that has one number, gen, and nobody else has
// it but the version that came of it.

// fresh is the number of a cycle that answers no change.
func (t *step) fresh() int {
	t.cycles++
	return t.cycles
}

// answer is the number of the cycle that is to begin: the one under which
// changes were told that nothing has been done about yet, if there are any.
func (t *step) answer() int {
	if gen := t.told; gen != 0 {
		t.told = 0
		return gen
	}
	return t.fresh()
}

// change tells of a settled batch. Of one whose files have all gone again, such
// as an editor's probes, there is nothing to tell.
func (t *step) change(paths []string) {
	if t.told == 0 && len(paths) > 0 {
		t.told = t.fresh()
	}
	t.changeOf(t.told, paths)
}

// changeOf tells of changes that a certain cycle answers, if there are any.
func (t *step) changeOf(gen int, paths []string) {
	if len(paths) == 0 {
		return
	}
	var names []string
	for _, path := range paths {
		names = append(names, t.relative(path))
	}
	t.emit(gen, Change{names})
}

// plan tells what will be done.
func (t *step) plan(gen int, p Plan) {
	t.Plan = p
	t.emit(gen, p)
}

// none is a cycle in which there is nothing to do.
func (t *step) none(gen int, p Plan, first time.Time) {
	t.plan(gen, p)
	took := milliseconds(t.now.Sub(first))
	t.cycle(gen, Cycle{Result: NoOp, Rung: None, Reason: p.Reason, WatchMS: took, TotalMS: took})
}

func (t *step) cycle(gen int, c Cycle) {
	t.Cycle = c
	t.emit(gen, c)
}

// overtakeStart closes the cycle of a version that is replaced before it was ready.
func (t *step) overtakeStart(reason string) {
	a := t.applying
	if a == nil {
		return
	}
	t.applying = nil
	c := a.cycle
	c.Result, c.Rung, c.Overtaken = NoOp, None, true
	c.Reason = "overtaken before it was ready: " + reason
	c.ApplyMS, c.TotalMS = milliseconds(t.now.Sub(a.began)), milliseconds(t.now.Sub(a.first))
	t.cycle(a.gen, c)
}
