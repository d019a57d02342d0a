package watch

import (
	"maps"
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

// settler decides when changes are a batch. It knows no clock but what it is
// told, and does nothing by itself: the caller asks due at the time next names.
type settler struct {
	quiet time.Duration

	paths      map[string]bool
	first      time.Time // of all changes of the batch
	last       time.Time // of all changes
	lastMatter time.Time // of those that matter; zero when there is none
	opened     bool      // reported as open
	grown      bool      // changed since it was reported
}

// add takes a change.
func (s *settler) add(now time.Time, path string, matters bool) {
	if s.paths == nil {
		s.paths = map[string]bool{}
		s.first = now
	}
	s.paths[path] = true
	s.last = now
	if matters {
		s.lastMatter = now
		s.grown = s.opened
	}
}

// next is when due has something to report, unless more changes come.
func (s *settler) next() (at time.Time, ok bool) {
	if s.paths == nil {
		return time.Time{}, false
	}
	at = s.settles()
	if !s.lastMatter.IsZero() && !s.opened {
		at = earlier(at, s.lastMatter.Add(lull))
	}
	return at, true
}

// settles is when the batch has settled. What does not matter delays only what
// does not matter: an app that writes its log into the project holds back nothing.
func (s *settler) settles() time.Time {
	last := s.lastMatter
	if last.IsZero() {
		last = s.last
	}
	return earlier(last.Add(s.quiet), s.first.Add(patience))
}

// due reports the batch if it has opened, grown or settled by now.
func (s *settler) due(now time.Time) (Batch, bool) {
	if s.paths == nil {
		return Batch{}, false
	}
	b := Batch{Paths: slices.Sorted(maps.Keys(s.paths)), First: s.first}
	switch {
	case !now.Before(s.settles()):
		b.Settled = true
		*s = settler{quiet: s.quiet}
		return b, true
	case s.grown:
		s.grown = false
		return b, true
	case !s.opened && !s.lastMatter.IsZero() && !now.Before(s.lastMatter.Add(lull)):
		s.opened = true
		return b, true
	}
	return Batch{}, false
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
