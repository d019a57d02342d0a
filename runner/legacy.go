package runner

import (
	"context"

	"hotreload/internal/appsock"
)

// What an app keeps goes from version to version, and is with one of them at any time. A
// version that ends before it has taken it over leaves it where it was.

// legacy is the state that a process is to take over. The zero value is none.
type legacy struct {
	of   *process     // who has it; nil: nobody
	kept appsock.Kept // or else the state itself
}

// claim asks for the state, which may take as long as requests of the process that has it.
// The process must have been asked to end.
func (l legacy) claim(ctx context.Context) appsock.Kept {
	if l.of == nil {
		return l.kept
	}
	kept := l.of.desk.Kept(ctx)
	if kept.State == nil && !l.of.entry.isAdmitted() { // it never took over what there was for it
		return l.of.entry.legacy.Load().claim(ctx)
	}
	return kept
}

// handedOver reports whether a process that has ended had handed over its state.
func (p *process) handedOver() bool { return p.desk.Kept(p.life).State != nil }

// settled is the same without the processes that have ended: they have said all they had to,
// and each would keep all before it in memory.
func (l legacy) settled() legacy {
	for l.of != nil && l.of.isGone() {
		kept := l.of.desk.Kept(l.of.life)
		if kept.State != nil || l.of.entry.isAdmitted() {
			return legacy{kept: kept}
		}
		l = *l.of.entry.legacy.Load()
	}
	return l
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
	left := l.settled()
	if s.next != nil {
		s.next.process.entry.legacy.Store(&left)
	} else {
		s.handed = left
	}
}
