package session

import (
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"time"

	"hotreload/watch"
)

// This file keeps what leads to nothing from filling every screen: an app may
// write its log into the project all day. A few changes of such a file in a row are
// told, and the last of them says how to leave it out. From then on its changes are
// passed over, until it has rested for a while. Only what leads to nothing is passed
// over, so no change that matters is.

// rest is how long a file has to rest before a change of it is news.
const rest = 10 * time.Second

// murmur is how often in a row changes of a file led to nothing.
type murmur struct {
	n    int
	last time.Time
	told bool // somebody was told that no more is told
}

// hush counts the noise in a batch that has settled, and returns the paths that are
// worth telling.
func (t *step) hush(b watch.Batch) []string {
	var paths, noise []string
	for _, path := range b.Paths {
		if t.isNoise(path, t.now) {
			noise = append(noise, path)
		} else {
			paths = append(paths, path)
		}
	}
	if b.Settled {
		t.murmured(noise)
	}
	return paths
}

// isNoise reports whether nobody needs to hear of a change. Of Go files people
// ask why nothing is done, and while the graph is being listed nobody knows.
func (s State) isNoise(path string, at time.Time) bool {
	m := s.murmurs[path]
	return m.told && m.n >= maxRounds && at.Sub(m.last) < rest && !s.mayMatter(path)
}

// mayMatter reports whether a change of a file leads, or may lead, to something.
func (s State) mayMatter(path string) bool {
	return s.listing || filepath.Ext(path) == ".go" || path == s.configFile || s.rule(path, s.graph.Of(path)).plan.Rung != None
}

// murmured counts changes that led to nothing, and returns the files that no more
// is told of from now on.
func (t *step) murmured(paths []string) (hushed []string) {
	if len(paths) == 0 || len(paths) > crowd {
		return nil
	}
	murmurs := maps.Clone(t.murmurs)
	if murmurs == nil {
		murmurs = map[string]murmur{}
	}
	maps.DeleteFunc(murmurs, func(_ string, m murmur) bool { return !m.told && t.now.Sub(m.last) >= rest })
	for _, path := range paths {
		if t.mayMatter(path) {
			continue
		}
		m := murmurs[path]
		if m.told && t.now.Sub(m.last) >= rest {
			m.n = maxRounds - 1 // it is known already
		}
		m.n, m.last = m.n+1, t.now
		if m.n == maxRounds && !m.told {
			m.told = true
			hushed = append(hushed, t.relative(path))
		}
		murmurs[path] = m
	}
	t.murmurs = murmurs
	return hushed
}

// nothing closes a cycle of changes that lead to nothing.
func (t *step) nothing(p Plan, paths []string, first time.Time) {
	if hushed := t.murmured(paths); len(hushed) > 0 {
		finding := fmt.Sprintf("%s changed %d times in a row: no more is told of that before it has rested for %s",
			strings.Join(hushed, ", "), maxRounds, rest)
		t.emit(t.Gen, Note{finding + ". To leave it out for good, name it in watch.exclude or .gitignore"})
		p.Reason += "; " + finding
	}
	t.none(t.answer(), p, first)
}
