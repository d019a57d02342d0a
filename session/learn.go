package session

import (
	"errors"

	"hotreload/build"
)

// This file has the builder learn how the app is built, so that the next build
// needs no go command.

// learning is how far that is.
type learning int

const (
	needless   learning = iota // the last build was direct, or nothing is built yet
	due                        // the go command made the last build
	underWay                   // the builder is at it
	impossible                 // as the config and the graph are, only the go command can build
)

// hasBuilt takes a good build.
func (t *step) hasBuilt(a build.Artifact) {
	t.anew, t.relearnt = false, false
	switch {
	case a.Direct && a.Kept: // of the app itself there is nothing new
	case a.Direct:
		t.learning = needless
	case t.learning != impossible:
		t.learning = due
	}
}

// learn begins to learn when there is something to be learnt and nobody waits
// for anything: it takes the machine for a moment.
func (t *step) learn() {
	busy := t.job != nil || t.applying != nil || t.loading != nil || t.listing || t.relist || t.batch != nil || t.reload != nil
	if t.learning == due && !busy && t.graph != nil && t.quitting == "" {
		t.learning = underWay
		t.do(learn{t.request(nil), t.artifact, t.graph})
	}
}

// learned takes the end of it. What was not learnt now is tried again after the
// next build of the go command.
func (t *step) learned(in learned) {
	switch {
	case t.learning != underWay:
	case errors.Is(in.err, build.ErrCannotLearn):
		t.learning = impossible
	case errors.Is(in.err, build.ErrOutdated) && !t.relearnt:
		t.relearnt, t.learning, t.listing = true, due, true
		t.lists++
		t.do(listGraph{t.lists, t.config})
	default:
		t.learning = needless
	}
}
