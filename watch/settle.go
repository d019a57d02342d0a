package watch

import (
	"path/filepath"
	"slices"
	"time"
)

const (
	// lull is how long the disk must be still before a batch opens. A save is several
	// operations (truncate and write, or write a temporary file and rename) within a
	// fraction of a millisecond; a build that starts between them is wasted.
	lull = 2 * time.Millisecond
	// patience bounds a batch that never becomes quiet.
	patience = 5 * time.Second
	// rest is how long a file that has been emptied must be still. What writes it again may
	// take its time: the shell empties a file before the command whose output it takes starts.
	rest = time.Second
)

// suspect is a path at which something happened. Whether it has changed is found
// out when it is about to be reported, and not before: most of what happens on a
// disk has no effect.
type suspect struct {
	before  entry // what was there when the last batch settled
	told    entry // what was there when the batch was last reported
	now     entry // what is there
	matters bool
	written bool // its content is in doubt although its stamp may be the same
	dirty   bool // something happened since it was examined
	times   span
}

// isEmptied reports whether a file has lost all that it held, or is a Go file that holds
// nothing, which no Go file does for long.
func (s *suspect) isEmptied(path string) bool {
	if !s.matters || s.now.kind != file || s.now.stamp.size != 0 {
		return false
	}
	return s.before.kind == file && s.before.stamp.size != 0 || filepath.Ext(path) == ".go"
}

// settler is the debounce: it decides when changes are a batch. It has no clock of its own and does
// nothing by itself: the caller asks due at the time that next returns.
//
//	add ─▶ suspects ─ lull ─▶ open ─ more ─▶ grown ─ quiet ─▶ settled
type settler struct {
	quiet   time.Duration
	examine func(path string, s *suspect) entry // what is there now

	suspects map[string]*suspect
	all      span      // the times of all suspects of the batch
	matter   span      // of those that matter
	doubt    time.Time // the first that mattered since a batch that is open was examined
	held     time.Time // the batch neither opens nor settles before
	opened   bool      // reported as open
	grown    bool      // differs from what was reported
}

// span is from the first of some changes to the last; the zero span has none.
type span struct{ first, last time.Time }

func (s span) empty() bool { return s.first.IsZero() }

func (s *span) add(at time.Time) { s.join(span{at, at}) }

func (s *span) join(other span) {
	if s.empty() || other.first.Before(s.first) {
		s.first = other.first
	}
	s.last = later(s.last, other.last)
}

// add records that something happened at a path. before is what was known to be
// there; it counts if the path is new to the batch. written: the content may have
// changed under the same stamp.
func (s *settler) add(now time.Time, path string, before entry, matters, written bool) {
	if s.suspects == nil {
		s.suspects = map[string]*suspect{}
	}
	if !s.pending() {
		s.all = span{}
	}
	one := s.suspects[path]
	if one == nil {
		one = &suspect{before: before, told: before, times: span{first: now}}
		s.suspects[path] = one
	}
	one.dirty, one.times.last = true, now
	one.matters = one.matters || matters
	if written {
		one.written = true
		one.before, one.told = one.before.inDoubt(), one.told.inDoubt()
	}
	s.all.add(now)
	if matters {
		s.matter.add(now)
		if s.doubt.IsZero() {
			s.doubt = now
		}
	}
}

func (s *settler) pending() bool { return len(s.suspects) > 0 || s.opened }

// has reports whether a path is a suspect.
func (s *settler) has(path string) bool { return s.suspects[path] != nil }

// again counts all that is pending as if it had happened now.
func (s *settler) again(now time.Time) {
	for _, one := range s.suspects {
		one.dirty, one.times = true, span{now, now}
	}
	s.restart()
	s.held = time.Time{}
}

// hold keeps the batch from opening and from settling for a while.
func (s *settler) hold(until time.Time) { s.held = until }

// next returns when due has something to do, unless more happens.
func (s *settler) next() (at time.Time, ok bool) {
	if !s.pending() {
		return time.Time{}, false
	}
	at = s.settles()
	switch {
	case s.matter.empty():
	case !s.opened:
		at = later(earlier(at, s.matter.last.Add(lull)), s.held)
	case !s.doubt.IsZero():
		at = earlier(at, s.doubt.Add(lull))
	}
	return at, true
}

// settles returns when the batch has settled. What does not matter delays only what
// does not matter: an app that writes its log into the project holds back nothing.
func (s *settler) settles() time.Time {
	counts := s.counts()
	at := counts.last.Add(s.quiet)
	for path, one := range s.suspects {
		if one.isEmptied(path) {
			at = later(at, one.times.last.Add(rest))
		}
	}
	at = earlier(at, counts.first.Add(max(patience, s.quiet)))
	return later(at, s.held)
}

// counts returns the times of the changes that count.
func (s *settler) counts() span {
	if s.matter.empty() {
		return s.all
	}
	return s.matter
}

// due returns a report of the batch if it has opened, grown or settled by now.
func (s *settler) due(now time.Time) (Batch, bool) {
	if at, ok := s.next(); !ok || now.Before(at) {
		return Batch{}, false
	}
	settled := !now.Before(s.settles())
	s.sift()
	settled = settled && !now.Before(s.settles())
	first := s.counts().first
	switch {
	case !s.pending():
		s.clear()
		return Batch{}, false
	case s.opened && s.grown: // also before it settles: what began with the former report is wasted
		return s.report(Batch{First: first}), true
	case settled:
		b := s.report(Batch{First: first, Settled: true})
		s.clear()
		return b, true
	case !s.opened && !s.matter.empty():
		s.opened = true
		return s.report(Batch{First: first}), true
	}
	return Batch{}, false
}

// sift examines the suspects at which something happened, and drops those that are
// as they were before the batch.
func (s *settler) sift() {
	dropped := false
	for path, one := range s.suspects {
		if !one.dirty {
			continue
		}
		one.now, one.dirty = s.examine(path, one), false
		s.grown = s.grown || one.matters && one.told.differs(one.now)
		if !one.before.differs(one.now) {
			delete(s.suspects, path)
			dropped = true
		}
	}
	s.doubt = time.Time{}
	if dropped {
		s.restart()
	}
}

// restart counts the times again, of the suspects that are left.
func (s *settler) restart() {
	mattered := s.matter
	s.all, s.matter = span{}, span{}
	for _, one := range s.suspects {
		s.all.join(one.times)
		if one.matters {
			s.matter.join(one.times)
		}
	}
	if s.opened && s.matter.empty() { // all that mattered is as it was before, which has to be reported, too
		s.matter = mattered
	}
}

func (s *settler) report(b Batch) Batch {
	for path, one := range s.suspects {
		b.Paths = append(b.Paths, path)
		one.told = one.now
	}
	slices.Sort(b.Paths)
	s.grown = false
	return b
}

func (s *settler) clear() { *s = settler{quiet: s.quiet, examine: s.examine} }

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
