package session

import (
	"slices"
	"time"

	"hotreload/watch"
)

// This file takes what has changed, from the batch that opens to what is done
// about the one that has settled.

// batch takes a batch as it opens, grows and settles.
func (t *step) batch(b watch.Batch) {
	if t.quitting != "" {
		return
	}
	all := t.observed(b.Paths)
	changes := t.dropNoise(b, t.foreign(b, all))
	if len(changes) == 0 && len(all) > 0 && !b.Settled {
		return
	}
	if b.Back {
		defer t.back(changes)
	}
	if t.whileGenerating(b, changes) {
		return
	}
	if b.Settled {
		t.makeDue(t.decide(changes).due)
	}
	switch {
	case t.Paused && b.Settled:
		t.changes.open = nil
		t.change(changes)
		t.changes.backlog = t.changes.backlog.add(itsTurn, changes)
	case t.Paused:
	case b.Settled:
		t.settled(changes, b.First)
	default:
		t.opened(changes, b.First)
	}
}

// back tries again what has failed, or is about to, because the project's directory was away,
// unless changes do.
func (t *step) back(changes []change) {
	failed := t.phase() == Broken || t.builds.job != nil || t.service.applying != nil
	if !failed || t.builds.last == 0 || t.decide(changes).Build {
		return
	}
	p := Plan{Rung: Restart, Build: true, Reason: "the project's directory is back"}
	if !t.builds.failing {
		t.needsRerun(p.Reason)
	}
	if t.Paused {
		t.changes.backlog.owed = &p
		return
	}
	t.act(t.answer(), p, t.pending(), t.now)
}

// opened takes a batch that may grow. Its build begins at once if it is certain
// that the batch needs one.
func (t *step) opened(changes []change, first time.Time) {
	opens := t.changes.open == nil
	t.changes.open = &batch{changes, first}
	if !opens {
		t.abandon() // what it began with has changed
	}
	d := t.decide(changes)
	t.listing.again = t.listing.again || d.relist
	if !d.Build {
		return
	}
	t.overtake(d.Plan)
	// The config may decide how to build, and whether a batch that grows is complete
	// is not known. Generators wait for the batch to settle, and builds for them:
	// what writes into a project must not do so during a checkout.
	reading := len(t.changes.backlog.waiting(theConfigIsRead)) > 0
	if opens && !d.config && !reading && len(d.due) == 0 && len(t.generators.due) == 0 {
		t.build(union(t.pending(), changes), first)
	}
}

// pending are the changes in the backlog that are decided together, judged as
// things stand now.
func (t *step) pending() []change { return t.ruled(t.changes.backlog.pending()) }

// settled acts on a batch that is complete.
func (t *step) settled(changes []change, first time.Time) {
	t.changes.open = nil
	t.change(changes)
	all := union(t.pending(), changes)
	d := t.judge(all)
	if d.config || !t.decide(changes).Build {
		t.abandon() // what it is for is gone again, or it is built in another way
	}
	switch {
	case d.config:
		t.read(all, first)
	case d.Build:
		t.act(t.answer(), d.Plan, all, first)
	case len(all) == 0:
	case t.listing.underWay, d.Rung == None && t.unsure():
		t.changes.backlog = t.changes.backlog.add(itsTurn, all).awaits(theGraphIsListed, first)
	default:
		t.changes.backlog = t.changes.backlog.decided()
		if d.Rung == None {
			t.nothing(d.Plan, all, first)
			return
		}
		if t.unsure() {
			t.changes.backlog = t.changes.backlog.add(theGraphAddsToIt, all)
		}
		t.act(t.answer(), d.Plan, all, first)
	}
}

// judge decides about changes that are complete, and notes what follows from
// them besides the plan.
func (t *step) judge(changes []change) decision {
	d := t.decide(changes)
	t.listing.again = t.listing.again || d.relist
	t.needsRerun(d.rerun)
	if owed := t.changes.backlog.owed; !d.Build && owed != nil {
		d.Plan = *owed // what overtook it is gone again
	}
	return d
}

// change reports changes that have settled. When all files of a batch are gone again,
// such as an editor's probes, there is nothing to report.
func (t *step) change(changes []change) {
	if len(changes) == 0 {
		return
	}
	if t.changes.backlog.gen == 0 {
		t.changes.backlog.gen = t.fresh()
	}
	t.changeOf(t.changes.backlog.gen, changes)
}

// changeOf reports changes that a certain cycle answers, if there are any.
func (t *step) changeOf(gen int, changes []change) {
	if len(changes) == 0 {
		return
	}
	var names []string
	for _, c := range changes {
		names = append(names, t.relative(c.path))
	}
	t.emit(gen, Change{names})
}

// answer is the number of the cycle that is about to begin: the one under which changes
// were reported that nothing has been done about yet, if there are any.
func (t *step) answer() int {
	if gen := t.changes.backlog.gen; gen != 0 {
		t.changes.backlog.gen = 0
		return gen
	}
	return t.fresh()
}

// split divides changes.
func split(changes []change, is func(change) bool) (those, others []change) {
	those = slices.DeleteFunc(slices.Clone(changes), func(c change) bool { return !is(c) })
	others = slices.DeleteFunc(slices.Clone(changes), is)
	return those, others
}
