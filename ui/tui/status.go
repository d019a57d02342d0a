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

// status is the first line of the screen: what goes on, in one look.
type status struct {
	state    session.State
	exit     *session.AppExit // of the newest version, when it did not stay up
	fell     int              // that version
	stopping bool
	began    time.Time         // of the build or start under way
	compiled session.Compiling // of the build under way
	took     []int64           // the last good builds, in milliseconds
	gathered int               // changes while paused
	look     styles
}

const (
	builds = 5  // whose times tell how long the next one will take
	roomy  = 60 // columns, from which on the line goes into details
)

// take notes what an update tells.
func (s *status) take(u session.Update) {
	s.state = u.State
	switch d := u.Event.Data.(type) {
	case session.BuildStart:
		s.began = u.Event.Time
		s.exit, s.compiled = nil, session.Compiling{}
	case session.AppStart:
		s.began = u.Event.Time
		if u.Event.Gen >= s.fell { // not the one before, that is started again
			s.exit = nil
		}
	case session.Compiling:
		s.compiled = d
	case session.BuildOK:
		s.began = u.Event.Time
		if s.took = append(s.took, d.MS); len(s.took) > builds {
			s.took = s.took[1:]
		}
	case session.AppExit:
		if !d.Expected {
			s.exit, s.fell = &d, u.Event.Gen
		}
	case session.Change:
		if u.State.Paused {
			s.gathered++
		}
	case session.Resumed:
		s.gathered = 0
	}
}

// ended: the app has come to its end by itself, and nothing is done about it.
func (s *status) ended() bool {
	return s.exit != nil && s.state.Serving.PID == 0 && s.failed() == "" && !s.busy() && !s.stopping
}

// busy: time is shown as it passes.
func (s *status) busy() bool {
	return s.state.Phase == session.Building || s.state.Phase == session.Applying
}

// piece is a part of the line. The higher its rank the sooner it is left out.
type piece struct {
	text string
	rank int
}

// view is the line, with as much of it as there is room for.
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

// paused says so, and how much waits.
func (s *status) paused(width int) string {
	switch {
	case s.gathered == 0:
		return "paused"
	case width < roomy:
		return fmt.Sprintf("paused (%d)", s.gathered)
	}
	return "paused, " + words.Plural(s.gathered, "change") + " waiting"
}

func join(pieces []piece) string {
	var texts []string
	for _, p := range pieces {
		texts = append(texts, p.text)
	}
	return strings.Join(texts, "   ")
}

// phase is what goes on, and what serves meanwhile.
func (s *status) phase(now time.Time, width int) string {
	st := s.state
	serving := fmt.Sprintf("serving v%d", st.Serving.Gen)
	if st.Serving.Address == "" {
		serving = fmt.Sprintf("running v%d", st.Serving.Gen)
	}
	switch {
	case s.stopping:
		return s.look.paint(warning, "◌ stopping")
	case st.Phase == session.Building:
		text := s.look.paint(warning, fmt.Sprintf("◐ building v%d", st.Gen)) + " " + s.progress(now, width)
		if st.Serving.PID != 0 && width >= roomy {
			text += s.look.paint(dim, fmt.Sprintf(" · v%d serves", st.Serving.Gen))
		}
		return text
	case st.Phase == session.Applying:
		return s.look.paint(warning, fmt.Sprintf("◐ starting v%d", st.Gen)) + " " + elapsed(now.Sub(s.began))
	case st.Phase == session.Broken && s.failed() != "" && st.Serving.PID != 0:
		failed := s.failed()
		if st.Paused && width < roomy {
			failed, _, _ = strings.Cut(failed, ":")
		}
		return s.look.paint(good, "● "+serving) + " · " + s.look.paint(bad, failed)
	case st.Phase == session.Broken && s.failed() != "":
		return s.look.paint(bad, "✗ "+s.failed())
	case st.Serving.PID != 0 && s.fallen() != "":
		return s.look.paint(good, "● "+serving) + " · " + s.look.paint(bad, s.fallen())
	case st.Serving.PID != 0:
		return s.look.paint(good, "● "+serving)
	case s.exit != nil && s.exit.Code == 0:
		return "○ " + ending(st.Gen, s.exit)
	case s.exit != nil:
		return s.look.paint(bad, "✗ "+ending(st.Gen, s.exit))
	case st.Phase == session.Idle && st.Gen > 0:
		return "○ " + fmt.Sprintf("v%d has ended", st.Gen)
	}
	return s.look.paint(warning, "◌ starting")
}

// fallen says that the newest version was built and is not what serves.
func (s *status) fallen() string {
	st := s.state
	switch {
	case s.exit != nil && s.fell > st.Serving.Gen:
		return ending(s.fell, s.exit)
	case st.Cycle.Result == session.Failed && st.Cycle.Rung != session.None && st.Gen > st.Serving.Gen:
		return fmt.Sprintf("v%d did not come to serve", st.Gen)
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

// ending is how a version came to its end by itself.
func ending(gen int, e *session.AppExit) string {
	switch {
	case e.PID == 0:
		return fmt.Sprintf("v%d could not be started", gen)
	case e.Signal != "":
		return fmt.Sprintf("v%d was ended by %s", gen, e.Signal)
	}
	return fmt.Sprintf("v%d exited with status %d", gen, e.Code)
}

// progress is how long the build has taken, and how much that is of what the
// last ones took.
func (s *status) progress(now time.Time, room int) string {
	const width = 10
	passed := now.Sub(s.began)
	if len(s.took) == 0 {
		return elapsed(passed) + s.packages(room)
	}
	sorted := slices.Sorted(slices.Values(s.took))
	usual := max(1, sorted[len(sorted)/2])
	filled := min(width, int(passed.Milliseconds()*width/usual))
	than := " of "
	if passed.Milliseconds() > usual {
		than = ", usually "
	}
	return s.look.paint(warning, strings.Repeat("█", filled)) + s.look.paint(dim, strings.Repeat("░", width-filled)) +
		" " + elapsed(passed) + s.look.paint(dim, than+elapsed(time.Duration(usual)*time.Millisecond))
}

// packages is how many are compiled, which says more than a bar where nobody knows
// how long it takes.
func (s *status) packages(room int) string {
	if s.compiled.Packages < 2 || room < roomy {
		return ""
	}
	return s.look.paint(dim, fmt.Sprintf(" · %d of up to %s", s.compiled.Packages, words.Plural(s.compiled.Of, "package")))
}

// elapsed writes tenths of seconds.
func elapsed(d time.Duration) string { return fmt.Sprintf("%.1f s", max(0, d).Seconds()) }

// done is what was done last, and how long it took.
func (s *status) done() string {
	c := s.state.Cycle
	switch {
	case c.Result == session.NoOp && c.BuildMS > 0 && !c.Overtaken:
		return "same build in " + words.Duration(c.TotalMS)
	case c.Result != session.OK || s.exit != nil:
		return ""
	case s.state.Serving.Gen == 1:
		return "start in " + words.Duration(c.TotalMS)
	}
	return string(c.Rung) + " in " + words.Duration(c.TotalMS)
}

// reason is why it was done.
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

// url is where the app can be seen.
func (s *status) url() string {
	if s.state.Front != "" {
		return s.state.Front
	}
	return "http://" + clean(s.state.Serving.Address)
}
