package session

import (
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"time"

	"hotreload/watch"
)

// This file keeps changes without effect from filling the screen: an app may write
// its log into the project all day. A few changes of such a file in a row are
// reported, and the last report says how to exclude it. From then on its changes are
// ignored until it has been quiet for a while. Only changes without effect are
// ignored, so none that matters is lost.

// rest is how long a file has to be quiet before a change of it is news.
const rest = 10 * time.Second

// noise is the files that change again and again without effect.
type noise map[string]streak

// streak is how often in a row a file changed without effect.
type streak struct {
	n    int
	last time.Time
	told bool // that its changes are no longer reported
}

// hides reports whether a change of a file is not news.
func (n noise) hides(path string, now time.Time) bool {
	m := n[path]
	return m.told && m.n >= maxRounds && now.Sub(m.last) < rest
}

// heard counts changes without effect, and returns the files whose changes are
// no longer reported from now on.
func (n noise) heard(paths []string, now time.Time) (_ noise, muted []string) {
	if len(paths) == 0 {
		return n, nil
	}
	streaks := copyOf(n)
	maps.DeleteFunc(streaks, func(_ string, m streak) bool { return !m.told && now.Sub(m.last) >= rest })
	for _, path := range paths {
		m := streaks[path]
		if m.told && now.Sub(m.last) >= rest {
			m.n = maxRounds - 1 // it is known already
		}
		m.n, m.last = m.n+1, now
		if m.n == maxRounds && !m.told {
			m.told = true
			muted = append(muted, path)
		}
		streaks[path] = m
	}
	return streaks, muted
}

// dropNoise counts the noise in a batch that has settled, and returns the changes that
// are worth reporting.
func (t *step) dropNoise(b watch.Batch, changes []change) []change {
	noisy, worth := split(changes, func(c change) bool { return t.noise.hides(c.path, t.now) && !t.mayMatter(c) })
	if b.Settled {
		t.heard(noisy)
	}
	return worth
}

// mayMatter reports whether a change has, or may have, an effect. Users ask why a Go
// file has none, and while another graph may hold that is not known.
func (s State) mayMatter(c change) bool {
	return s.unsure() || filepath.Ext(c.path) == ".go" || c.path == s.configFile || c.ruling.plan.Rung != None
}

// heard counts those of the changes that have no effect, and returns the names of
// the files whose changes are no longer reported from now on. Many at once are a
// checkout.
func (t *step) heard(changes []change) (muted []string) {
	if len(changes) > checkoutSize {
		return nil
	}
	_, noisy := split(changes, t.mayMatter)
	var paths []string
	t.noise, paths = t.noise.heard(pathsOf(noisy), t.now)
	for _, path := range paths {
		muted = append(muted, t.named(path))
	}
	return muted
}

// nothing closes a cycle of changes without effect.
func (t *step) nothing(p Plan, changes []change, first time.Time) {
	if muted := t.heard(changes); len(muted) > 0 {
		finding := fmt.Sprintf("%s changed %d times in a row: it is not reported again until it has been quiet for %s",
			strings.Join(muted, ", "), maxRounds, rest)
		t.emit(t.Gen, Note{finding + ". To leave it out for good, name it in watch.exclude or .gitignore"})
		p.Reason += "; " + finding
	}
	t.none(t.answer(), p, first)
}
