package session

import (
	"fmt"
	"slices"
	"strings"

	"hotreload/build"
	"hotreload/watch"
)

// This file has what changes while generators run: what they write, and what the
// user changes meanwhile.

// leftByGenerator notes what a generator wrote, makes those due that read it, and
// returns the files.
func (t *step) leftByGenerator(in generated, current bool) (wrote []change) {
	former := t.writes.left
	t.leave(slices.DeleteFunc(slices.Clone(in.wrote), func(w build.Written) bool {
		return !current && t.changes.isOpen(w.Path) && t.isInput(w.Path) // that is what overtook it
	}))
	var paths []string
	for _, w := range in.wrote {
		if !w.Dir {
			paths = append(paths, w.Path)
		}
		if w.Dir || w.Print == w.Was || t.writes.ignored[w.Path] == aGenerator {
			continue
		}
		// Its own output is not a reason to run again; an edit of what it read is,
		// even while it ran.
		own := w.Born || w.Was != "" && w.Was == former[w.Path]
		for _, i := range t.generatorsOf(w.Path) {
			switch {
			case i == in.index && own:
			case current && t.builds.job.runs[i] >= maxRounds:
				t.ignoreEchoes(w.Path, aGenerator, fmt.Sprintf("each time it had made %s run, %d times in a row",
					strings.Join(t.config.Build.Generate[i].Command, " "), maxRounds),
					"let no generator match what depends on what it writes")
			default:
				t.makeDue([]int{i})
			}
		}
	}
	return t.observed(paths)
}

// reportMeanwhile reports what changed while a generator ran, except for its temporary
// files: these look like the user's until they are gone. New files are taken to be the
// generator's, too.
func (t *step) reportMeanwhile(j job, wrote []build.Written) {
	var changed, gone []change
	for _, c := range t.changes.backlog.waiting(theGeneratorEnds) {
		switch {
		case t.cameAndWent(c.path, j.first):
			gone = append(gone, c)
		case !slices.ContainsFunc(wrote, func(w build.Written) bool { return w.Path == c.path && w.Born }):
			changed = append(changed, c)
		}
	}
	t.changes.backlog = t.changes.backlog.without(theGeneratorEnds)
	t.changeOf(j.gen, changed)
	t.leaveGone(gone)
}

// whileGenerating takes a batch while generators run, and reports whether that is
// all there is to do about it: the build, which has not begun, sees what changed.
// The generator that reads it does not: it is overtaken, unless it may have
// written it.
func (t *step) whileGenerating(b watch.Batch, changes []change) bool {
	j := t.builds.job
	if j == nil || !j.generating || t.Paused || t.decide(changes).config {
		return false
	}
	known := slices.Contains(t.generators.ran, j.running) // what it writes is known, from the last time
	patient := t.generators.overtakes >= maxRounds        // it may be its own new files, each time
	_, others := split(changes, func(c change) bool { _, own := t.writes.left[c.path]; return own })
	reads := func(c change) bool { return slices.Contains(c.ruling.due, j.running) }
	if known && !patient && slices.ContainsFunc(others, reads) {
		t.generators.overtakes++
		return false
	}
	if !b.Settled {
		t.changes.open = &batch{changes, b.First}
		return true
	}
	t.changes.open = nil
	t.judge(changes)
	t.makeStale(changes, b.First)
	if p := t.decide(others).Plan; p.Rung == Restart && !p.Build && t.builds.artifact.Path != "" {
		t.changes.backlog.restart = &p // should a generator or the build fail
	}
	t.forJob(func(j *job) { j.changes = union(j.changes, changes) })
	if known {
		t.changes.backlog = t.changes.backlog.add(theGeneratorEnds, others)
	}
	return true
}

// changedBy are the files that a command wrote and that were not the same before.
func changedBy(wrote []build.Written) []string {
	var paths []string
	for _, w := range wrote {
		if !w.Dir && w.Print != w.Was {
			paths = append(paths, w.Path)
		}
	}
	return paths
}

// needsNoBuild reports whether generators wrote files that pages load, and nothing has
// changed that the app is built from or reads at its start.
func (t *step) needsNoBuild(j job) bool {
	b := t.builds
	if !j.asked.generated || b.failing || b.full || b.rerun != "" || b.artifact.Path == "" || t.listing.again || t.listing.underWay {
		return false
	}
	rank := 0
	for _, c := range t.ruled(j.changes) {
		rank = max(rank, c.ruling.app.rank())
	}
	return rank == Plan{Rung: Browser}.rank()
}

// browseGenerated ends a job without a build: pages are told what generators wrote.
func (t *step) browseGenerated(j job) {
	t.endJob()
	c := t.cycleOf(j)
	c.Result, c.Rung = OK, Browser
	c.Reason = j.asked.Reason + "; what it wrote is served from disk as it is (watch.browser); " + t.whatPagesDo()
	t.cycle(j.gen, c)
}
