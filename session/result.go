package session

import (
	"slices"
	"strings"

	"hotreload/watch"
)

// This file acts on the result of a build.

// conclude acts on the result of the build under way, and then on the changes that
// were held until its end.
func (t *step) conclude(b built) {
	held := t.changes.backlog.waiting(theBuildEnds)
	j := *t.builds.job
	t.endJob()
	t.finish(j, b)
	if len(held) > 0 {
		t.batch(watch.Batch{Paths: pathsOf(held), Settled: true, First: t.now})
	}
}

// finish acts on the result of a build.
func (t *step) finish(j job, b built) {
	c := t.cycleOf(j)
	c.BuildMS = milliseconds(b.took)
	if b.err != nil {
		failed := failure(b.err, b.took)
		t.emit(j.gen, failed)
		t.broke(j, c, "The build failed", failed)
		return
	}
	t.builds.failing, t.changes.backlog.restart = false, nil
	t.Diagnostics = t.rejections()
	t.hasBuilt(b.artifact)
	plugins := b.artifact.Beyond(t.builds.artifact).Plugins
	t.emit(j.gen, BuildOK{Targets: t.targets(j.plan), MS: milliseconds(b.took), Same: b.artifact.Same && len(plugins) == 0, How: b.artifact.How()})
	if t.listing.again {
		t.listing.again = false
		t.listAfter(j)
	}
	switch same, runs := b.artifact.Same, t.Serving.PID != 0 || t.service.applying != nil; {
	case same && t.builds.rerun == "" && runs && len(plugins) > 0:
		t.loadOrStart(j.gen, b.artifact, j.first, c)
	case same && t.builds.rerun == "" && runs:
		c.Result, c.Rung = NoOp, None
		c.Reason = "the build came out byte-identical to what runs"
		t.cycle(j.gen, c)
	case same && t.builds.rerun != "": // not what the build was for brings the new process
		c.Reason = "the build came out byte-identical; " + t.builds.rerun + strings.TrimPrefix(j.plan.Reason, j.asked.Reason)
		t.start(j.gen, b.artifact, j.first, c)
	default:
		t.start(j.gen, b.artifact, j.first, c)
	}
}

// cycleOf is the cycle of a job, which has failed unless it turns out otherwise.
func (t *step) cycleOf(j job) Cycle {
	return Cycle{
		Result: Failed, Rung: j.plan.Rung, Reason: j.plan.Reason,
		WatchMS: milliseconds(j.began.Sub(j.first)), GenerateMS: milliseconds(j.generated),
		TotalMS: milliseconds(t.now.Sub(j.first)),
	}
}

// broke closes the cycle of a build that failed, or that could not be begun. what failed
// is the headline.
func (t *step) broke(j job, c Cycle, what string, failed BuildError) {
	t.builds.failing, t.listing.again = true, true // what fixes it may bring in packages
	t.Diagnostics, t.browsing.failed = failed.Diagnostics, headline{what, failed.Text}
	t.cycle(j.gen, c)
	if p := t.changes.backlog.restart; p != nil {
		t.changes.backlog.restart = nil
		t.act(t.fresh(), *p, nil, t.now)
	}
	t.showFailure(what, failed)
	if slices.ContainsFunc(j.changes, func(c change) bool { return c.verdict.Relist }) {
		t.listAfter(j) // what fixes it may lie where nothing is watched yet
	}
	t.decideWaiting()
}
