package runner

import (
	"context"

	"hotreload/internal/appsock"
)

// What an app keeps goes from version to version, and is with one of them at any time. A
// version that ends before it has taken it over leaves it where it was.

// legacy is the state that a process is to take over. The zero value is none.
type legacy struct {
	of    *process      // who has it; nil: nobody
	state appsock.State // or else the state itself
}

// claim asks for the state, which may take as long as requests of the process that has it.
// The process must have been asked to end.
func (l legacy) claim(ctx context.Context) appsock.Kept {
	if l.of == nil {
		return appsock.Kept{State: l.state}
	}
	kept := l.of.desk.Kept(ctx)
	if kept.State == nil && !l.of.entry.isAdmitted() { // it never took over what there was for it
		return l.of.entry.legacy.Load().claim(ctx)
	}
	return kept
}

// bequeath leaves to the next version what the one that ended has handed over, or what there
// was for it, if it crashed before it took that over or in its probation.
func (s *succession) bequeath(ended *instance, e Exited, onProbation bool, got *legacy) {
	l := &legacy{of: ended.process}
	switch {
	case e.Expected:
	case onProbation || !ended.process.entry.isAdmitted():
		l = got
	default:
		return
	}
	if s.next != nil {
		s.next.process.entry.legacy.Store(l)
	} else {
		s.handed = *l
	}
}
