package session

import (
	"fmt"
	"strings"
	"time"
)

// This file finds loops: a file that build.command or the app keeps rewriting, so
// that what its change causes changes it again. Each time, the user may have saved it
// instead. So the change is answered a few times in a row. Then the file is ignored
// whenever it changes during a build or a start, and a note names it. A change at any
// other time still counts.

// echo is how soon after its start the app writes what it writes at each start.
// A person has to look at something first.
const echo = 500 * time.Millisecond

// checkoutSize is more files than an app writes at its start: it is a checkout.
const checkoutSize = 100

// launch is a start of the app.
type launch struct {
	n              int
	began, started time.Time // the former process was asked to stop; the new one runs
	told           time.Time // when its cycle was closed
	listens        bool      // it may open a port
}

// launched notes a start of the app.
func (w writes) launched(now time.Time, listens bool) writes {
	w.launch = launch{n: w.launch.n + 1, began: now, listens: listens}
	return w
}

// writer is what keeps writing a file whose change sets it off again.
type writer string

const (
	aGenerator writer = "a generator"
	theBuild   writer = "build.command"
	theApp     writer = "the app"
)

// round counts how often in a row a file has changed in the course of what its
// change led to.
type round struct {
	n      int
	launch int    // for the app: the last
	print  string // for a build: what it left
}

// countInBuild counts a change during build.command, and reports whether it is
// considered a loop now. print is what the command left, once it ended.
func (t *step) countInBuild(path, print string) (loops bool) {
	r := round{n: t.writes.rounds[path].n + 1, print: print}
	t.count(path, r)
	if r.n < 2*maxRounds {
		return false
	}
	t.ignoreEchoes(path, theBuild, "during each of the last builds", "write it only when its content differs, or with a [[build.generate]]")
	return true
}

// hold lets the build finish that a change would overtake, if that has happened a
// few times in a row, and reports whether it does. The change is answered when the
// build ends: so a user who saves often during a slow build gets results, and the
// last save is built.
func (t *step) hold(c change) bool {
	if t.writes.rounds[c.path].n < maxRounds {
		return false
	}
	t.changes.backlog = t.changes.backlog.add(theBuildEnds, []change{c})
	return true
}

// startsToLoop is at how many starts of the app in a row a file has to change before
// that is considered a loop; 0: its change now does not look like the app's. Before the
// app is reported to serve, a user or a script is still waiting for that. Soon after,
// the change may be the next step of a script; less so if the app cannot be reached. An
// app is unlikely to write its own source.
func (s State) startsToLoop(path string, at time.Time) int {
	l := s.writes.launch
	if l.n == 0 || at.Before(l.began) || !l.started.IsZero() && at.After(l.started.Add(echo)) {
		return 0
	}
	early, source := l.told.IsZero() || !at.After(l.told), strings.HasSuffix(path, ".go")
	switch {
	case early && !source:
		return maxRounds
	case early, !source && l.listens:
		return 5 * maxRounds
	case source:
		return 0
	}
	return 2*maxRounds - 1
}

// countAtStart counts a change at a start of the app, and reports whether it is
// considered a loop now.
func (t *step) countAtStart(c change, at time.Time) (loops bool) {
	r := t.writes.rounds[c.path]
	most := t.startsToLoop(c.path, at)
	switch {
	case most == 0 || c.ruling.plan.rank() <= Plan{Rung: Browser}.rank() || t.disk[c.path].author == notByTheApp:
		if r.launch > 0 {
			t.count(c.path, round{})
		}
		return false
	case r.n > 0 && r.launch == t.writes.launch.n:
		return false
	case r.launch != t.writes.launch.n-1:
		r = round{}
	}
	r = round{n: r.n + 1, launch: t.writes.launch.n}
	t.count(c.path, r)
	if r.n < most {
		return false
	}
	gen := t.fresh()
	t.changeOf(gen, []change{c})
	finding := t.ignoreEchoes(c.path, theApp, fmt.Sprintf("at each of the last %d starts of the app", r.n), "let it write elsewhere, or narrow watch.include")
	t.none(gen, Plan{Rung: None, Reason: finding}, t.now)
	return true
}

// count keeps the count of a path; the zero round forgets it.
func (t *step) count(path string, r round) {
	if _, counted := t.writes.rounds[path]; !counted && r == (round{}) {
		return
	}
	rounds := copyOf(t.writes.rounds)
	rounds[path] = r
	if r == (round{}) {
		delete(rounds, path)
	}
	t.writes.rounds = rounds
}

// ignoreEchoes ignores echoes of a path from now on, and says so: in a note with
// advice, and in the JSON stream as the reason of a cycle.
func (t *step) ignoreEchoes(path string, by writer, when, advice string) (finding string) {
	t.count(path, round{})
	t.writes.ignored = copyOf(t.writes.ignored)
	t.writes.ignored[path] = by
	finding = fmt.Sprintf("%s has changed %s: it seems that %s writes it", t.named(path), when, by)
	t.emit(t.Gen, Note{finding + ". From now on this is ignored; a change at any other time counts. To fix it, " + advice})
	if t.builds.job != nil {
		t.forJob(func(j *job) { j.plan.Reason += "; " + finding })
	}
	return finding
}
