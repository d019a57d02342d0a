package session

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"hotreload/build"
	"hotreload/internal/visible"
)

// This file finds files that the app writes while it serves, such as a report at each
// request. Each write would bring the next process, without end. That looks like a user
// who saves one file again and again, so the rhythm proves nothing: what does is that the
// app was seen to write, several times. From then on what it writes is ignored, and what
// the user saves still counts.

const (
	suspected = 2                // changes after which the app is watched while it writes
	proved    = 3                // writes of the app after which they are a habit
	mentioned = 4 * maxRounds    // changes after which a note asks, where no system tells who wrote a file
	lapse     = 10 * time.Minute // without a change; a process every ten minutes is in no one's way
	watchful  = 30 * time.Second // how long a file is suspected that the app is built from or serves as it is: mostly a user saves it, and an idle session has no wake-ups
)

// habit is what is known of the files of one directory with one extension: an app may give
// each of its reports another name.
type habit struct {
	path  string // of the last change
	many  bool   // not all changes were of that one file
	n     int    // changes that the app may have made
	seen  int    // how many of those it was seen to make
	last  time.Time
	known bool // the app writes them
	brief bool // it is suspected for a short time only
	asked bool // a note has asked
}

func habitOf(path string) string { return filepath.Join(filepath.Dir(path), "*"+filepath.Ext(path)) }

// suspects reports whether it makes a difference who writes to files.
func (s State) suspects(now time.Time) bool {
	for _, h := range s.writes.habits {
		within := lapse
		if h.brief {
			within = watchful
		}
		if h.known || h.n >= suspected && now.Sub(h.last) < within {
			return true
		}
	}
	return false
}

// processes are the app's that may write.
func (s State) processes() []int {
	var pids []int
	if s.Serving.PID != 0 {
		pids = append(pids, s.Serving.PID)
	}
	if a := s.service.applying; a != nil && a.beside != 0 {
		pids = append(pids, a.beside)
	}
	return pids
}

// isHabit reports whether the app is known to write a file, and may have made a change. Of what
// it is built from it must have been seen to make it: there a user's save must not be missed.
func (t *step) isHabit(c change) bool {
	if !t.writes.habits[habitOf(c.path)].known {
		return false
	}
	author := t.disk[c.path].author
	return author == byTheApp || author == unknown && !c.verdict.Built
}

// countHabit counts a change that the app may have made, and reports whether it turns out
// to be a habit.
func (t *step) countHabit(c change) (found bool) {
	key := habitOf(c.path)
	h, author := t.writes.habits[key], t.disk[c.path].author
	if c.ruling.plan.Rung == None || h.known {
		return false
	}
	switch {
	case author == notByTheApp || t.now.Sub(h.last) >= lapse:
		h = habit{path: c.path, n: 1, asked: h.asked}
	default:
		h.many = h.many || h.path != c.path
		h.path, h.n = c.path, h.n+1
	}
	h.last, h.brief = t.now, c.verdict.Built || c.ruling.plan.Rung == Browser
	if author == byTheApp {
		h.seen++
	}
	h.known = h.seen >= proved
	leads := "a new process"
	if c.ruling.plan.Rung == Browser {
		leads = "a reload of the pages"
	}
	asks := h.n >= mentioned && h.seen == 0 && !h.asked
	h.asked = h.asked || asks
	t.writes.habits = copyOf(t.writes.habits)
	t.writes.habits[key] = h
	if asks {
		t.emit(t.Gen, Note{fmt.Sprintf("%s has changed %d times, with %s each time. If the app writes it: %s", t.called(h), h.n, leads, t.leaveOut(h, c.verdict))})
	}
	if !h.known {
		return false
	}
	finding := fmt.Sprintf("the app itself writes %s, with %s each time", t.called(h), leads)
	t.emit(t.Gen, Note{finding + ". From now on what the app writes there is ignored; what you save counts. To leave it out for good, " + t.leaveOut(h, c.verdict)})
	gen := t.fresh()
	t.changeOf(gen, []change{c})
	t.none(gen, Plan{Rung: None, Reason: finding}, t.now)
	return true
}

// called is what a note calls the files of a habit.
func (t *step) called(h habit) string { return visible.Text(t.filesOf(h), "") }

// filesOf names the files of a habit.
func (t *step) filesOf(h habit) string {
	if h.many {
		return t.relative(habitOf(h.path))
	}
	return t.relative(h.path)
}

// leaveOut says how to leave out files that the app writes. What it is built from, and its
// env files, cannot be.
func (t *step) leaveOut(h habit, v build.Verdict) string {
	name := t.filesOf(h)
	if v.Built || filepath.IsAbs(name) || t.isEnvFile(h.path) || len(t.generatorsOf(h.path)) > 0 {
		return "let it write elsewhere"
	}
	quoted := make([]string, 0, len(t.config.Watch.Exclude)+1)
	for _, glob := range append(t.config.Watch.Exclude[:len(t.config.Watch.Exclude):len(t.config.Watch.Exclude)], literally(name, h.many)) {
		quoted = append(quoted, fmt.Sprintf("%q", glob))
	}
	return "write under [watch] of .hotreload.toml: exclude = [" + strings.Join(quoted, ", ") + "]"
}

// literally is a glob that matches what is named, and for many files those of one
// extension.
func literally(name string, many bool) string {
	dir, file := "", name
	if many {
		if i := strings.LastIndexByte(name, '*'); i >= 0 {
			dir, file = name[:i], name[i:]
		}
		return escape(dir) + "*" + escape(strings.TrimPrefix(file, "*"))
	}
	return escape(name)
}

// escape writes a name as a glob.
func escape(name string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`, `{`, `\{`).Replace(name)
}
