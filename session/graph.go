package session

import (
	"slices"
	"time"

	"hotreload/build"
)

// This file has the package graph, which tells what the app is built from.

// listing is the package graph, as far as it is known.
type listing struct {
	graph    *build.Graph // nil: it is not known
	tried    *build.Graph // that of a build that failed: what is in it may fix it
	again    bool         // it is to be listed again after the next good build
	underWay bool         // it is being listed: what we have may be out of date
	last     int          // ID of the last listing
	out      []string     // what it leaves out, and the build before it may not have
}

// graphs are the graphs by which changes are judged.
func (l listing) graphs() []*build.Graph {
	return slices.DeleteFunc([]*build.Graph{l.graph, l.tried}, func(g *build.Graph) bool { return g == nil })
}

// with is the listing with another graph, which may be that of a build that failed. That one
// may lack much of the app, so it does not take the place of the one before.
func (l listing) with(g *build.Graph, failing bool) listing {
	if failing {
		l.tried = g
	} else {
		l.graph, l.tried = g, nil
	}
	return l
}

// of judges a change of a file.
func (l listing) of(path string) build.Verdict {
	v := l.graph.Of(path)
	if !v.Built && l.tried != nil {
		if tried := l.tried.Of(path); tried.Built {
			return tried
		}
	}
	return v
}

func (l listing) mayEmbed(dir string) bool { return l.graph.MayEmbed(dir) || l.tried.MayEmbed(dir) }

// list has the graph listed again.
func (t *step) list() { t.listSince(time.Time{}, nil) }

// listAfter has the graph listed again after a build. What that has brought in may lie where
// nothing was watched meanwhile. What build.command writes is another matter.
func (t *step) listAfter(j job) {
	if len(t.config.Build.Command) > 0 {
		j.reads = time.Time{}
	}
	t.listSince(j.reads, pathsOf(j.changes))
}

func (t *step) listSince(since time.Time, read []string) {
	t.listing.underWay = true
	t.listing.last++
	t.do(listGraph{t.listing.last, t.config, t.listing.graphs(), since, read})
}

// graphListed takes the new graph, and decides what waited for it.
func (t *step) graphListed(in listed) {
	if in.id != t.listing.last {
		return // a newer one is on its way
	}
	t.listing.underWay = false
	switch {
	case in.err == nil && t.builds.failing:
		t.takeGraph(in)
	case in.err == nil:
		if t.builds.learning == impossible {
			t.builds.learning = needless
		}
		if t.builds.sharing == impossible {
			t.builds.sharing = needless // until something is learnt
		}
		t.takeGraph(in)
		t.tellHandover()
		t.tellUnplug()
	case !t.builds.failing: // else the build has said what is wrong
		t.emit(t.Gen, Note{"the package graph could not be read: " + in.err.Error()})
	}
	t.readyWithoutPort()
	t.decideWaiting()
}

// takeGraph takes a new graph, and what is to be decided because of it.
func (t *step) takeGraph(in listed) {
	t.listing = t.listing.with(in.graph, t.builds.failing)
	t.listing.out = in.out
	t.rejudge()
	t.follow()
	t.addedByGraph()
	t.addLate(slices.Concat(in.late, in.out))
}

// unsure reports whether another graph than the one that is known may hold: the one that is
// being listed, or that of the build under way, into which it may bring packages and files.
// An edit of those while it runs is one of a file that the app is not built from yet.
func (s State) unsure() bool {
	return s.listing.underWay || s.listing.again && s.builds.published()
}

// addedByGraph has what was acted on during the last build decided once more if the app is
// built from it now.
func (t *step) addedByGraph() {
	more, _ := split(t.ruled(t.changes.backlog.waiting(theGraphAddsToIt)), func(c change) bool { return c.verdict.Built })
	t.changes.backlog = t.changes.backlog.without(theGraphAddsToIt)
	if len(more) > 0 {
		t.changes.backlog = t.changes.backlog.add(itsTurn, more).awaits(theGraphIsListed, t.now)
	}
}

// mayBeIn reports whether the last build may have read a file before it was written as it is
// now, so that the app has it, though the package graph, which was read later, leaves it out.
func (s State) mayBeIn(c change) bool {
	return c.verdict.LeftOut && slices.Contains(s.listing.out, c.path)
}

// addLate adds what was written during the last build where nothing was watched yet.
func (t *step) addLate(paths []string) {
	waits := pathsOf(t.changes.backlog.pending())
	late, _ := split(t.observed(paths), func(c change) bool {
		return (c.verdict.Built || t.mayBeIn(c)) && !slices.Contains(waits, c.path) && !t.changes.isOpen(c.path)
	})
	t.change(late)
	t.changes.backlog = t.changes.backlog.add(itsTurn, late)
	if len(late) > 0 && !t.Paused {
		t.changes.backlog = t.changes.backlog.awaits(theGraphIsListed, t.now)
	}
}

// decideWaiting decides what waited for the graph, if it is known or need not be.
func (t *step) decideWaiting() {
	b, pending := t.changes.backlog, t.pending()
	if len(b.waiting(theGraphIsListed)) == 0 || t.quitting != "" {
		return
	}
	if t.listing.underWay && !t.decide(pending).Build {
		return
	}
	d := t.judge(pending)
	t.changes.backlog = b.decided()
	t.act(t.answer(), d.Plan, pending, b.first)
}

// rejudge takes over what a new graph says of all changes that count.
func (t *step) rejudge() {
	judged := func(changes []change) []change {
		now := make([]change, len(changes))
		for i, c := range changes {
			if f, ok := t.disk[c.path]; ok {
				c.verdict = f.verdict
			}
			now[i] = c
		}
		return now
	}
	t.changes.backlog.changes = judged(t.changes.backlog.changes)
	if open := t.changes.open; open != nil {
		t.changes.open = &batch{t.ruled(judged(open.changes)), open.first}
	}
	if t.builds.job != nil {
		t.forJob(func(j *job) { j.changes = t.ruled(judged(j.changes)) })
	}
}

// listens reports whether the app can open a port, as far as is known.
func (s State) listens() bool {
	return s.listing.graph == nil || s.listing.underWay || s.listing.graph.Net
}

func (s State) uses(path string) bool {
	return s.listing.graph != nil && s.listing.graph.Packages[path]
}
