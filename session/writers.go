package session

import (
	"fmt"
	"maps"
	"strings"
	"time"

	"hotreload/watch"
)

// This file finds loops: a file that build.command or the app keeps writing anew,
// so that what its change leads to changes it again. It cannot be told from a file
// that a person saves just then. So it is answered a number of times in a row;
// then the file is passed over whenever it changes in the course of a build or a
// start, and what is said names it. A change at any other time counts as ever.

// echo is how soon after its start the app writes what it writes at each start.
// A person has to look at something first.
const echo = 500 * time.Millisecond

// crowd is more files than an app writes at its start: it is a checkout.
const crowd = 100

// launch is a start of the app.
type launch struct {
	n              int
	began, started time.Time // the former process was asked to stop; the new one runs
	told           time.Time // its cycle was closed
	listens        bool      // it may open a port
}

// writer is who keeps writing a file whose change sets it off again.
type writer string

const (
	generators writer = "a generator"
	theBuild   writer = "build.command"
	theApp     writer = "the app"
)

// round counts how often in a row a file has changed in the course of what its
// change led to.
type round struct {
	n      int
	points int    // for the app: a change is more suspicious, the earlier it comes
	launch int    // for the app: the last
	print  string // for a build: what it left
}

// countInBuild counts a change in the course of build.command, and reports
// whether that is taken for a loop now. print is what it left, once it ended.
func (t *step) countInBuild(path, print string) (loops bool) {
	r := round{n: t.rounds[path].n + 1, print: print}
	t.count(path, r)
	if r.n < 2*maxRounds {
		return false
	}
	t.passOver(path, theBuild, "during each of the last builds", "write it only when its content differs, or with a [[build.generate]]")
	return true
}

// hold lets the build go on that a change would overtake, if the same has been
// so a few times, and reports whether it does. The change is answered at the
// build's end: a person who saves often in the course of a slow build is not
// kept from it, and finds the last save built.
func (t *step) hold(path string) bool {
	if t.rounds[path].n < maxRounds {
		return false
	}
	j := *t.job
	j.held = union(j.held, []string{path})
	t.job = &j
	return true
}

// conclude acts on the result of the build under way, and then on what was held.
func (t *step) conclude(b built) {
	held := t.job.held
	t.finish(b)
	if len(held) > 0 {
		t.changes(watch.Batch{Paths: held, Settled: true, First: t.now})
	}
}

// How suspicious a change is at a start of the app. Before anybody was told that
// the app serves, a person or a script waits for just that. Soon after, it may be
// the next step of a script; less so if the app serves nobody.
const (
	surely   = 5
	likely   = 3
	possibly = 1
)

// suspicion is how much a change looks as if the app made it at its start. That
// an app writes its own source is unlikely.
func (s State) suspicion(path string, at time.Time) int {
	l := s.launch
	if l.n == 0 || at.Before(l.began) || !l.started.IsZero() && at.After(l.started.Add(echo)) {
		return 0
	}
	early, source := l.told.IsZero() || !at.After(l.told), strings.HasSuffix(path, ".go")
	switch {
	case early && source:
		return possibly
	case early:
		return surely
	case source:
		return 0
	case !l.listens:
		return likely
	}
	return possibly
}

// countAtStart counts a change at a start of the app, and reports whether that
// is taken for a loop now.
func (t *step) countAtStart(path string, points int) (loops bool) {
	r := t.rounds[path]
	switch {
	case points == 0 || t.decide([]string{path}).Rung == None:
		if r.launch > 0 {
			t.count(path, round{})
		}
		return false
	case r.n > 0 && r.launch == t.launch.n:
		return false
	case r.launch != t.launch.n-1:
		r = round{}
	}
	r = round{n: r.n + 1, points: r.points + points, launch: t.launch.n}
	t.count(path, r)
	if r.points < surely*maxRounds {
		return false
	}
	gen := t.fresh()
	t.changeOf(gen, []string{path})
	finding := t.passOver(path, theApp, fmt.Sprintf("at each of the last %d starts of the app", r.n), "let it write elsewhere, or narrow watch.include")
	t.none(gen, Plan{Rung: None, Reason: finding}, t.now)
	return true
}

// count keeps the count of a path; the zero round forgets it.
func (t *step) count(path string, r round) {
	if _, counted := t.rounds[path]; !counted && r == (round{}) {
		return
	}
	rounds := maps.Clone(t.rounds)
	if rounds == nil {
		rounds = map[string]round{}
	}
	rounds[path] = r
	if r == (round{}) {
		delete(rounds, path)
	}
	t.rounds = rounds
}

// passOver makes echoes of a path be passed over from now on, and says so: to
// people with advice, and in the JSON stream as the reason of a cycle.
func (t *step) passOver(path string, by writer, when, advice string) (finding string) {
	t.count(path, round{})
	passed := maps.Clone(t.passed)
	if passed == nil {
		passed = map[string]writer{}
	}
	passed[path] = by
	t.passed = passed
	finding = fmt.Sprintf("%s has changed %s: it seems that %s writes it", t.relative(path), when, by)
	t.emit(t.Gen, Note{finding + ". From now on that does nothing; a change of it at any other time counts. To end this, " + advice})
	if t.job != nil {
		j := *t.job
		j.plan.Reason += "; " + finding
		t.job = &j
	}
	return finding
}
