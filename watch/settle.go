package watch

import (
	"maps"
	"path/filepath"
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

	paths       map[string]bool // what changed; true: it matters
	born        map[string]bool // what came into being and is in no batch that was settled
	first, last time.Time       // of all changes of the batch
	firstMatter time.Time       // of those that matter; zero when there is none
	lastMatter  time.Time
	opened      bool // reported as open
	grown       bool // changed since it was reported
}

// add takes a change.
func (s *settler) add(now time.Time, path string, matters bool) {
	if s.paths == nil {
		s.paths = map[string]bool{}
		s.first = now
	}
	s.paths[path] = s.paths[path] || matters
	s.last = now
	if matters {
		if s.firstMatter.IsZero() {
			s.firstMatter = now
		}
		s.lastMatter = now
		s.grown = s.opened
	}
}

// bear takes the birth of a path: it was not there before.
func (s *settler) bear(path string) {
	if _, changed := s.paths[path]; changed {
		return
	}
	if s.born == nil {
		s.born = map[string]bool{}
	}
	s.born[path] = true
}

// bury takes the end of a path, and of what was below it if it was a directory.
// It is a change, and one that leaves no path behind when its birth was of the
// same batch: the temporary file of a save is nobody's business.
func (s *settler) bury(now time.Time, path string, dir, matters bool) {
	s.add(now, path, matters)
	if s.newborn(path) {
		delete(s.paths, path)
	}
	if dir {
		for p := range s.paths {
			if within(p, path) && s.newborn(p) {
				delete(s.paths, p)
			}
		}
		for p := range s.born {
			if within(p, path) {
				delete(s.born, p)
			}
		}
	}
	delete(s.born, path)
	switch {
	case s.opened: // it has to settle, with nothing if need be
	case len(s.paths) == 0:
		*s = settler{quiet: s.quiet, born: s.born}
	case !s.anyMatters():
		s.firstMatter, s.lastMatter = time.Time{}, time.Time{}
	}
}

func (s *settler) anyMatters() bool {
	for _, matters := range s.paths {
		if matters {
			return true
		}
	}
	return false
}

// newborn reports whether a path, or a directory that it is in, came into being
// since the last batch.
func (s *settler) newborn(path string) bool {
	for ; !s.born[path]; path = filepath.Dir(path) {
		if path == filepath.Dir(path) {
			return false
		}
	}
	return true
}

// next is when due has something to report, unless more changes come.
func (s *settler) next() (at time.Time, ok bool) {
	if s.paths == nil {
		return time.Time{}, false
	}
	at = s.settles()
	if !s.firstMatter.IsZero() && !s.opened {
		at = earlier(at, s.lastMatter.Add(lull))
	}
	return at, true
}

// settles is when the batch has settled. What does not matter delays only what
// does not matter: an app that writes its log into the project holds back nothing.
func (s *settler) settles() time.Time {
	first, last := s.first, s.last
	if !s.firstMatter.IsZero() {
		first, last = s.firstMatter, s.lastMatter
	}
	return earlier(last.Add(s.quiet), first.Add(max(patience, s.quiet)))
}

// due reports the batch if it has opened, grown or settled by now.
func (s *settler) due(now time.Time) (Batch, bool) {
	if s.paths == nil {
		return Batch{}, false
	}
	var b Batch
	switch {
	case !now.Before(s.settles()):
		b.Settled = true
	case s.grown:
		s.grown = false
	case !s.opened && !s.firstMatter.IsZero() && !now.Before(s.lastMatter.Add(lull)):
		s.opened = true
	default:
		return Batch{}, false
	}
	b.Paths, b.First = slices.Sorted(maps.Keys(s.paths)), s.first
	if !s.firstMatter.IsZero() {
		b.First = s.firstMatter
	}
	if b.Settled {
		*s = settler{quiet: s.quiet}
	}
	return b, true
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
