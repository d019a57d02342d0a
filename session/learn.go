package session

import (
	"errors"

	"hotreload/build"
)

// This file has the builder learn how the app is built, so that the next build
// does not need the go command, and then make a library of what never changes, so that
// it is not linked again.

// learning is how far that is.
type learning int

const (
	needless   learning = iota // the last build was direct, or nothing is built yet
	due                        // the go command made the last build
	underWay                   // the builder is learning
	later                      // after the next build
	impossible                 // as the config and the graph are, it cannot be done
)

// hasBuilt takes a good build.
func (t *step) hasBuilt(a build.Artifact) {
	t.builds.full, t.builds.relisted = false, false
	switch {
	case a.Direct && a.Kept: // of the app itself there is nothing new
	case a.Direct:
		t.builds.learning, t.builds.saved = needless, true
		fitsNoLonger := t.builds.artifact.Shared && !a.Shared
		if t.builds.sharing == later || fitsNoLonger {
			t.builds.sharing = due
		}
	case t.builds.learning != impossible:
		t.builds.learning = due
	}
}

// learn begins to learn when there is something to be learnt and nothing else to
// do: it takes the machine for a moment.
func (t *step) learn() {
	busy := t.builds.job != nil || t.service.applying != nil || t.plugins.loading != nil ||
		t.listing.underWay || t.listing.again || t.changes.open != nil || len(t.changes.backlog.waiting(theConfigIsRead)) > 0
	if t.builds.learning == due && !busy && t.listing.graph != nil && t.quitting == "" {
		t.builds.learning = underWay
		t.do(learn{t.request(nil), t.builds.artifact, t.listing.graph})
	}
	if t.builds.sharing == due && t.builds.learning == needless && !busy && t.listing.graph != nil && t.quitting == "" {
		t.builds.sharing = underWay
		t.do(share{t.request(nil), t.listing.graph, t.builds.saved})
	}
}

// shared takes the end of making a library. What cannot be done is tried again with the
// next package graph. A session without a save needs no library, and may be over in a moment:
// it uses the one that the project has from before, if there is one.
func (t *step) shared(in libraryMade) {
	switch {
	case t.builds.sharing != underWay:
	case in.err == nil || errors.Is(in.err, build.ErrOutdated):
		t.builds.sharing = needless
	case errors.Is(in.err, build.ErrLater):
		t.builds.sharing = later
	default:
		t.builds.sharing = impossible
	}
}

// learned takes the end of it. What was not learnt now is tried again after the
// next build of the go command.
func (t *step) learned(in learned) {
	switch {
	case t.builds.learning != underWay:
	case in.err == nil:
		t.builds.learning = needless
		if t.builds.sharing != impossible {
			t.builds.sharing = due
		}
	case errors.Is(in.err, build.ErrCannotLearn):
		t.builds.learning = impossible
	case errors.Is(in.err, build.ErrOutdated) && !t.builds.relisted:
		t.builds.relisted, t.builds.learning = true, due
		t.list()
	default:
		t.builds.learning = needless
	}
}
