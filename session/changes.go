package session

import (
	"slices"
	"strings"
	"time"

	"hotreload/build"
)

// This file has what has changed: the batch that has not settled, and the backlog.

// changes is what has changed and has not been dealt with.
type changes struct {
	open    *batch  // what has not settled; nil: nothing
	backlog backlog // what has settled or was overtaken
	reads   int     // ID of the last reading of the config
}

// change is one file that changed, with what follows from that.
type change struct {
	path    string // absolute
	verdict build.Verdict
	ruling  ruling
	until   until // in the backlog: what it waits for
}

// batch is a set of changes in the making.
type batch struct {
	changes []change
	first   time.Time
}

func (b *batch) paths() []string {
	if b == nil {
		return nil
	}
	return pathsOf(b.changes)
}

func pathsOf(changes []change) []string {
	var paths []string
	for _, c := range changes {
		paths = append(paths, c.path)
	}
	return paths
}

// isOpen reports whether a batch that has not settled names a path.
func (c changes) isOpen(path string) bool {
	return c.open != nil && slices.ContainsFunc(c.open.changes, func(c change) bool { return c.path == path })
}

// until is what a change in the backlog waits for.
type until int

const (
	itsTurn          until = iota // the next batch that settles, or the end of a pause
	theGraphIsListed              // which may make more of it
	theConfigIsRead               // which may make more of it
	theBuildEnds                  // it was held, so that the build comes to an end
	theGeneratorEnds              // only then it is known whether the generator wrote it
	theGraphAddsToIt              // it was acted on, and the build under way may bring it into the app
)

// pending reports whether the change is among those that are decided together.
func (u until) pending() bool { return u <= theConfigIsRead }

// backlog is the work that is not done yet. Its changes are sorted by path.
type backlog struct {
	changes []change
	first   time.Time // when the first changed of those that wait for the graph or the config
	gen     int       // the cycle under which they were reported; 0: there are none
	owed    *Plan     // of a build that was overtaken: owed whatever comes
	restart *Plan     // unnecessary if the build in progress succeeds
}

// add puts changes into the backlog; a newer change of a path replaces the older.
func (b backlog) add(u until, more []change) backlog {
	if len(more) == 0 {
		return b
	}
	more = slices.Clone(more)
	for i := range more {
		more[i].until = u
	}
	var same, others []change
	for _, c := range b.changes {
		if c.until == u || c.until.pending() && u.pending() {
			same = append(same, c)
		} else {
			others = append(others, c)
		}
	}
	b.changes = append(others, union(same, more)...)
	slices.SortStableFunc(b.changes, func(a, b change) int { return strings.Compare(a.path, b.path) })
	return b
}

// waiting are the changes that wait for one of some things.
func (b backlog) waiting(which ...until) []change {
	var found []change
	for _, c := range b.changes {
		if slices.Contains(which, c.until) {
			found = append(found, c)
		}
	}
	return found
}

// pending are the changes that are decided together, whatever each waits for.
func (b backlog) pending() []change {
	return b.waiting(itsTurn, theGraphIsListed, theConfigIsRead)
}

// without is the backlog except for what waits for some things.
func (b backlog) without(which ...until) backlog {
	b.changes = slices.DeleteFunc(slices.Clone(b.changes), func(c change) bool { return slices.Contains(which, c.until) })
	return b
}

// decided is the backlog once something has been done about all that was pending.
func (b backlog) decided() backlog {
	return b.without(itsTurn, theGraphIsListed, theConfigIsRead)
}

// awaits is the backlog when all that is pending waits for one thing.
func (b backlog) awaits(u until, first time.Time) backlog {
	pending := b.pending()
	b = b.decided().add(u, pending)
	b.first = first
	return b
}

// union joins two sets of changes, sorted by path; of a path in both the change in
// b is the newer one.
func union(a, b []change) []change {
	byPath := make(map[string]change, len(a)+len(b))
	for _, c := range slices.Concat(a, b) {
		byPath[c.path] = c
	}
	all := make([]change, 0, len(byPath))
	for _, c := range byPath {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b change) int { return strings.Compare(a.path, b.path) })
	return all
}
