package watch

import (
	"slices"
	"time"
)

const (
	// lull is how long the disk must be still before a batch opens. A save is
	// several operations (truncate and write, or write aside and rename) within
	// a fraction of a millisecond; a build that starts between them is in vain.
	lull = 2 * time.Millisecond
	// patience bounds a batch that never falls quiet.
	patience = 5 * time.Second
)

// suspect is a path at which something happened. Whether it has changed is
// found out when somebody is about to be told, and not before: most of what
// happens on a disk comes to nothing.
type suspect struct {
	before  entry // what lay there when the last batch settled
	told    entry // what lay there when the batch was last reported
	now     entry // what lies there
	matters bool
	written bool // its content is in doubt though its stamp may be the same
	dirty   bool // something happened since it was examined
	first   time.Time
	last    time.Time
}

// settler decides when changes are a batch. It knows no clock but what it is
// told, and does nothing by itself: the caller asks due at the time next names.
type settler struct {
	quiet   time.Duration
	examine func(path string, s *suspect) entry // what lies there now

	suspects    map[string]*suspect
	first, last time.Time // of all suspects of the batch
	firstMatter time.Time // of those that matter; zero when there is none
	lastMatter  time.Time
	doubt       time.Time // the first that mattered since a batch that is open was examined
	held        time.Time // it neither opens nor settles before
	opened      bool      // reported as open
	grown       bool      // not as it was reported
}

// add takes note that something happened at a path. before is what was known
// to lie there; it counts when the path is new to the batch.
func (s *settler) add(now time.Time, path string, before entry, matters bool) *suspect {
	if s.suspects == nil {
		s.suspects = map[string]*suspect{}
	}
	if !s.pending() {
		s.first = now
	}
	one := s.suspects[path]
	if one == nil {
		one = &suspect{before: before, told: before, first: now}
		s.suspects[path] = one
	}
	one.dirty, one.last = true, now
	one.matters = one.matters || matters
	s.last = now
	if matters {
		if s.firstMatter.IsZero() {
			s.firstMatter = now
		}
		s.lastMatter = now
		if s.doubt.IsZero() {
			s.doubt = now
		}
	}
	return one
}

func (s *settler) pending() bool { return len(s.suspects) > 0 || s.opened }

// again counts all that is pending as if it had happened now.
func (s *settler) again(now time.Time) {
	for _, one := range s.suspects {
		one.dirty, one.first, one.last = true, now, now
	}
	s.restart()
	s.held = time.Time{}
}

// hold keeps the batch from opening and from settling for a while.
func (s *settler) hold(until time.Time) { s.held = until }

// next is when due has something to do, unless more happens.
func (s *settler) next() (at time.Time, ok bool) {
	if !s.pending() {
		return time.Time{}, false
	}
	at = s.settles()
	switch {
	case s.firstMatter.IsZero():
	case !s.opened:
		at = later(earlier(at, s.lastMatter.Add(lull)), s.held)
	case !s.doubt.IsZero():
		at = earlier(at, s.doubt.Add(lull))
	}
	return at, true
}

// settles is when the batch has settled. What does not matter delays only what
// does not matter: an app that writes its log into the project holds back nothing.
func (s *settler) settles() time.Time {
	first, last := s.since()
	at := earlier(last.Add(s.quiet), first.Add(max(patience, s.quiet)))
	return later(at, s.held)
}

// since is the first and the last change that count.
func (s *settler) since() (first, last time.Time) {
	if s.firstMatter.IsZero() {
		return s.first, s.last
	}
	return s.firstMatter, s.lastMatter
}

// due reports the batch if it has opened, grown or settled by now.
func (s *settler) due(now time.Time) (Batch, bool) {
	if at, ok := s.next(); !ok || now.Before(at) {
		return Batch{}, false
	}
	settled := !now.Before(s.settles())
	s.sift()
	first, _ := s.since()
	switch {
	case !s.pending():
		s.clear()
		return Batch{}, false
	case s.opened && s.grown: // also before it settles: what began with the former report is in vain
		return s.report(Batch{First: first}), true
	case settled:
		b := s.report(Batch{First: first, Settled: true})
		s.clear()
		return b, true
	case !s.opened && !s.firstMatter.IsZero():
		s.opened = true
		return s.report(Batch{First: first}), true
	}
	return Batch{}, false
}

// sift examines the suspects at which something happened, and drops those that
// are as they were before the batch.
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

// restart counts the times anew, of the suspects that are left.
func (s *settler) restart() {
	opened := s.firstMatter
	s.first, s.last, s.firstMatter = time.Time{}, time.Time{}, time.Time{}
	lastMatter := s.lastMatter
	s.lastMatter = time.Time{}
	for _, one := range s.suspects {
		s.first, s.last = earliest(s.first, one.first), later(s.last, one.last)
		if one.matters {
			s.firstMatter, s.lastMatter = earliest(s.firstMatter, one.first), later(s.lastMatter, one.last)
		}
	}
	if s.opened && s.firstMatter.IsZero() { // all that mattered is as before: that is to be told too
		s.firstMatter, s.lastMatter = opened, lastMatter
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

// earliest is earlier for a first time that may not be known yet.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() {
		return b
	}
	return earlier(a, b)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
