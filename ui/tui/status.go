package tui

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"hotreload/session"
	"hotreload/ui/words"
)

// status is the first line of the screen: what is going on.
type status struct {
	state    session.State
	activity activity
	stopping bool
	look     styles
}

// activity is what the line shows of events and the state does not keep: how far the
// present build is, and how the last version ended.
type activity struct {
	began     time.Time         // of the build or start in progress
	generator string            // the one that runs; else empty
	compiled  session.Compiling // so far, by the build in progress
	took      []int64           // the last good builds, in milliseconds
	exit      *session.AppExit  // unexpected, of the newest version that started; nil: none
	exited    int               // that version
	waiting   int               // changes while paused
}

const (
	holdsUp = 5 * time.Second // a generator that takes longer may never end
	builds  = 5               // whose durations predict the next one's
	roomy   = 60              // fewer columns have no details
)

// take records an update.
func (s *status) take(u session.Update) {
	s.state = u.State
	s.activity.take(u)
}

func (a *activity) take(u session.Update) {
	switch d := u.Event.Data.(type) {
	case session.GenerateStart:
		a.began, a.generator = u.Event.Time, strings.Join(d.Command, " ")
		a.exit, a.compiled = nil, session.Compiling{}
	case session.GenerateOK, session.GenerateError, session.BuildCancel:
		a.generator = ""
	case session.BuildStart:
		a.began, a.generator = u.Event.Time, ""
		a.exit, a.compiled = nil, session.Compiling{}
	case session.AppStart:
		if d.Replaces != 0 { // the version has run for some time
			break
		}
		a.began = u.Event.Time
		if u.Event.Gen >= a.exited { // not a version before it, started again
			a.exit = nil
		}
	case session.Compiling:
		a.compiled = d
	case session.BuildOK:
		a.began = u.Event.Time
		if a.took = append(a.took, d.MS); len(a.took) > builds {
			a.took = a.took[1:]
		}
	case session.AppExit:
		if !d.Expected {
			a.exit, a.exited = &d, u.Event.Gen
		}
	case session.Change:
		if u.State.Paused {
			a.waiting++
		}
	case session.Resumed:
		a.waiting = 0
	}
}

// ended reports whether the app exited on its own and nothing is being done about it.
func (s *status) ended() bool {
	return s.activity.exit != nil && s.state.Serving.PID == 0 && s.failed() == "" && !s.busy() && !s.stopping
}

// busy reports whether the line shows time as it passes.
func (s *status) busy() bool {
	return s.state.Phase == session.Building || s.state.Phase == session.Applying
}

// piece is a part of the line. The higher its rank, the sooner it is omitted.
type piece struct {
	text string
	rank int
}

// view draws as much of the line as fits.
func (s *status) view(width int, now time.Time) string {
	pieces := []piece{{s.phase(now, width), 0}}
	if s.state.Paused {
		pieces = append(pieces, piece{s.look.paint(warning, s.paused(width)), 0})
	}
	if project := s.project(); project != "" {
		pieces = append(pieces, piece{s.look.paint(dim, project), 4})
	}
	if text := s.done(); text != "" {
		pieces = append(pieces, piece{text, 3})
	}
	if serving := s.state.Serving; serving.PID != 0 {
		pieces = append(pieces, piece{s.look.paint(dim, "up since "+serving.Since.Format("15:04")), 5})
		if serving.Address != "" {
			pieces = append(pieces, piece{s.look.paint(accent, s.url()), 2})
		}
		if others := serving.Others; len(others) > 0 {
			pieces = append(pieces, piece{s.look.paint(dim, "and "+clean(strings.Join(others, ", "))), 6})
		}
	}
	if text := s.browsers(); text != "" {
		pieces = append(pieces, piece{s.look.paint(dim, text), 4})
	}
	if text := s.instances(); text != "" {
		pieces = append(pieces, piece{s.look.paint(dim, text), 3})
	}
	if n := s.state.PluginLoads; n > 0 {
		pieces = append(pieces, piece{s.look.paint(dim, words.Plural(n, "plugin load")), 6})
	}
	for rank := 6; rank > 0; rank-- {
		line := " " + join(pieces)
		if cells(line) <= width {
			return fit(line, width)
		}
		pieces = slices.DeleteFunc(pieces, func(p piece) bool { return p.rank == rank })
	}
	return fit(" "+join(pieces), width)
}

// browsers says how many are connected, and what they have loaded again last.
func (s *status) browsers() string {
	b := s.state.Browsers
	if b.Connected == 0 {
		return ""
	}
	text := words.Plural(b.Connected, "browser")
	if r := b.Reload; r != nil {
		what := map[session.PageChange]string{session.Stylesheets: "styles", session.Images: "images", session.WholePage: "page"}[r.Kind]
		text += ": " + what + " in " + words.Duration(r.MS)
	}
	return text
}

// paused says that the session is paused, and how many changes wait.
func (s *status) paused(width int) string {
	switch {
	case s.activity.waiting == 0:
		return "paused"
	case width < roomy:
		return fmt.Sprintf("paused (%d)", s.activity.waiting)
	}
	return "paused, " + words.Plural(s.activity.waiting, "change") + " waiting"
}

func join(pieces []piece) string {
	var texts []string
	for _, p := range pieces {
		texts = append(texts, p.text)
	}
	return strings.Join(texts, "   ")
}

// phase says what is going on, and what serves meanwhile.
func (s *status) phase(now time.Time, width int) string {
	st := s.state
	serving := fmt.Sprintf("serving v%d", st.Serving.Gen)
	if st.Serving.Address == "" {
		serving = fmt.Sprintf("running v%d", st.Serving.Gen)
	}
	switch {
	case s.stopping:
		return s.look.paint(warning, "◌ stopping")
	case st.Phase == session.Building && s.activity.generator != "":
		return s.generating(now, width)
	case st.Phase == session.Building:
		text := s.look.paint(warning, fmt.Sprintf("◐ building v%d", st.Gen)) + " " + s.progress(now, width)
		if st.Serving.PID != 0 && width >= roomy {
			text += s.look.paint(dim, fmt.Sprintf(" · v%d serves", st.Serving.Gen))
		}
		return text
	case st.Phase == session.Applying:
		return s.look.paint(warning, fmt.Sprintf("◐ starting v%d", st.Gen)) + " " + elapsed(now.Sub(s.activity.began))
	case st.Phase == session.Broken && s.failed() != "" && st.Serving.PID != 0:
		failed := s.failed()
		if st.Paused && width < roomy {
			failed, _, _ = strings.Cut(failed, ":")
		}
		return s.look.paint(good, "● "+serving) + " · " + s.look.paint(bad, failed)
	case st.Phase == session.Broken && s.failed() != "":
		return s.look.paint(bad, "✗ "+s.failed())
	case st.Serving.PID != 0 && s.newestDown() != "":
		return s.look.paint(good, "● "+serving) + " · " + s.look.paint(bad, s.newestDown())
	case st.Serving.PID != 0:
		return s.look.paint(good, "● "+serving)
	case s.activity.exit != nil && s.activity.exit.Code == 0:
		return "○ " + ending(st.Gen, s.activity.exit)
	case s.activity.exit != nil:
		return s.look.paint(bad, "✗ "+ending(st.Gen, s.activity.exit))
	case st.Phase == session.Idle && st.Gen > 0:
		return "○ " + fmt.Sprintf("v%d has ended", st.Gen)
	}
	return s.look.paint(warning, "◌ starting")
}

// generating names the generator that runs. One that never ends, because it watches its
// input itself, holds up every save.
func (s *status) generating(now time.Time, width int) string {
	passed := now.Sub(s.activity.began)
	text := s.look.paint(warning, "◐ running "+clean(s.activity.generator)) + " " + elapsed(passed)
	if passed >= holdsUp && width >= roomy {
		text += s.look.paint(dim, " · saves wait for it")
	}
	return text
}

// newestDown says that the newest version was built but does not serve.
func (s *status) newestDown() string {
	st := s.state
	switch {
	case s.activity.exit != nil && s.activity.exited > st.Serving.Gen:
		return ending(s.activity.exited, s.activity.exit)
	case st.Cycle.Result == session.Failed && st.Cycle.Rung != session.None && st.Gen > st.Serving.Gen:
		return fmt.Sprintf("v%d did not become ready", st.Gen)
	}
	return ""
}

// failed says that the newest version does not build.
func (s *status) failed() string {
	problems := 0
	kind := "error"
	for _, d := range s.state.Diagnostics {
		if d.Severity == "error" {
			problems++
		}
	}
	if problems == 0 {
		return ""
	}
	return fmt.Sprintf("v%d failed: %s", s.state.Gen, words.Plural(problems, kind))
}

// ending says how a version ended on its own.
func ending(gen int, e *session.AppExit) string {
	switch {
	case e.PID == 0:
		return fmt.Sprintf("v%d could not be started", gen)
	case e.Signal != "":
		return fmt.Sprintf("v%d was killed by %s", gen, e.Signal)
	}
	return fmt.Sprintf("v%d exited with status %d", gen, e.Code)
}

// progress says how long the build has taken so far, and compares it with the last
// ones.
func (s *status) progress(now time.Time, room int) string {
	const width = 10
	passed := now.Sub(s.activity.began)
	if len(s.activity.took) == 0 {
		return elapsed(passed) + s.packages(room)
	}
	sorted := slices.Sorted(slices.Values(s.activity.took))
	usual := max(1, sorted[len(sorted)/2])
	filled := min(width, int(passed.Milliseconds()*width/usual))
	than := " of "
	if passed.Milliseconds() > usual {
		than = ", usually "
	}
	return s.look.paint(warning, strings.Repeat("█", filled)) + s.look.paint(dim, strings.Repeat("░", width-filled)) +
		" " + elapsed(passed) + s.look.paint(dim, than+elapsed(time.Duration(usual)*time.Millisecond))
}

// packages counts the compiled ones, for a build whose duration is unknown.
func (s *status) packages(room int) string {
	if s.activity.compiled.Packages < 2 || room < roomy {
		return ""
	}
	return s.look.paint(dim, fmt.Sprintf(" · %d of up to %s", s.activity.compiled.Packages, words.Plural(s.activity.compiled.Of, "package")))
}

// elapsed writes tenths of seconds.
func elapsed(d time.Duration) string { return fmt.Sprintf("%.1f s", max(0, d).Seconds()) }

// done says what was done last, and how long it took.
func (s *status) done() string {
	c := s.state.Cycle
	switch {
	case c.Result == session.NoOp && c.BuildMS > 0 && !c.Overtaken:
		return "identical build in " + words.Duration(c.TotalMS)
	case c.Result != session.OK || s.activity.exit != nil:
		return ""
	case c.Rung == session.Browser:
		return "" // what browsers do says it
	case s.state.Serving.Gen == 1:
		return "start in " + words.Duration(c.TotalMS)
	}
	return string(c.Rung) + " in " + words.Duration(c.TotalMS)
}

// reason says why it was done.
func (s *status) reason() string {
	if s.busy() {
		return clean(s.state.Plan.Reason)
	}
	return clean(s.state.Cycle.Reason)
}

func (s *status) project() string {
	if s.state.Root == "" {
		return ""
	}
	name := filepath.Base(s.state.Root)
	if p := s.state.Package; p != "." && p != "" {
		name += " · " + p
	}
	return clean(name)
}

// url is the address of the app for a browser.
func (s *status) url() string {
	if s.state.ProxyURL != "" {
		return s.state.ProxyURL
	}
	return "http://" + clean(s.state.Serving.Address)
}
