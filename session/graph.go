package session

import "hotreload/build"

// This file has the package graph, which tells what the app is built from.

// listing is the package graph, as far as it is known.
type listing struct {
	graph    *build.Graph // nil: it is not known
	again    bool         // it is to be listed again after the next good build
	underWay bool         // it is being listed: what we have may be out of date
	last     int          // ID of the last listing
}

// list has the graph listed again.
func (t *step) list() {
	t.listing.underWay = true
	t.listing.last++
	t.do(listGraph{t.listing.last, t.config})
}

// graphListed takes the new graph, and decides what waited for it.
func (t *step) graphListed(in listed) {
	if in.id != t.listing.last {
		return // a newer one is on its way
	}
	t.listing.underWay = false
	if in.err == nil {
		if t.builds.learning == impossible {
			t.builds.learning = needless
		}
		if t.builds.sharing == impossible {
			t.builds.sharing = needless // until something is learnt
		}
		t.listing.graph = in.graph
		t.rejudge()
		t.follow()
		t.tellHandover()
		t.tellUnplug()
	} else {
		t.emit(t.Gen, Note{"the package graph could not be read: " + in.err.Error()})
	}
	t.readyWithoutPort()
	t.addedByGraph()
	t.decideWaiting()
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

// decideWaiting decides what waited for the graph.
func (t *step) decideWaiting() {
	b := t.changes.backlog
	if len(b.waiting(theGraphIsListed)) == 0 || t.listing.underWay || t.quitting != "" {
		return
	}
	pending := t.pending()
	t.changes.backlog = b.decided()
	t.act(t.answer(), t.judge(pending).Plan, pending, b.first)
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
