package tui

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"hotreload/build"
	"hotreload/session"
	"hotreload/ui/display"
)

// problem is an error, a warning or a panic. Its place in the source may be unknown.
type problem struct {
	build.Diagnostic
	source []sourceRow // the lines around it
	trace  []string    // of a panic
}

// problems is the pane of problems.
type problems struct {
	list     []problem
	chosen   int
	scrolled int                                       // rows of the chosen one above the pane
	shown    problemsKey                               // what the list was made from
	load     func(root string, list []problem) tea.Cmd // reads the source around problems
	look     styles
}

// problemsKey tells two lists of problems apart.
type problemsKey struct {
	seq      int64 // of the event that can have changed the diagnostics
	panicked bool
	settings string // what is wrong with them
}

// take shows the problems of a state. It reports whether they have changed.
func (p *problems) take(u session.Update) bool {
	now := p.shown
	switch u.Event.Data.(type) {
	case session.BuildError, session.BuildOK, session.AppStart, session.AppExit:
		now.seq = u.Event.Seq
	}
	now.panicked = u.State.Panic != nil
	now.settings = wrongSettings(u.State)
	if now == p.shown {
		return false
	}
	p.shown, p.list, p.chosen, p.scrolled = now, problemsOf(u.State), 0, 0
	return true
}

// problemsOf lists what is wrong in a state. A panic comes first, since it happened
// last; diagnostics are sorted already.
func problemsOf(s session.State) []problem {
	var list []problem
	if p := s.Panic; p != nil {
		one := problem{Diagnostic: build.Diagnostic{File: p.File, Line: p.Line, Severity: "panic", Message: p.Message}}
		for _, l := range p.Trace {
			one.trace = append(one.trace, underRoot(l, s.Root))
		}
		list = append(list, one)
	}
	if text := wrongSettings(s); text != "" {
		list = append(list, problem{Diagnostic: placed(text)})
	}
	for _, d := range s.Diagnostics {
		list = append(list, problem{Diagnostic: d})
	}
	return list
}

// wrongSettings is what is wrong with a changed config; empty: nothing. Nothing else
// fails before anything was tried.
func wrongSettings(s session.State) string {
	c := s.Cycle
	if c.Result != session.Failed || c.Rung != session.None {
		return ""
	}
	return c.Reason
}

// placed splits the place off a message that begins with file:line:column.
func placed(text string) build.Diagnostic {
	d := build.Diagnostic{Severity: "error", Message: text}
	parts := strings.SplitN(text, ":", 4)
	if len(parts) < 4 {
		return d
	}
	line, errLine := strconv.Atoi(parts[1])
	column, errColumn := strconv.Atoi(parts[2])
	if errLine == nil && errColumn == nil {
		d.File, d.Line, d.Column, d.Message = parts[0], line, column, strings.TrimSpace(parts[3])
	}
	return d
}

// underRoot makes the path in a line of a trace relative to the root, like the files
// of diagnostics.
func underRoot(l, root string) string {
	indent := l[:len(l)-len(strings.TrimLeft(l, " \t"))]
	if path, ok := strings.CutPrefix(l[len(indent):], root+string(filepath.Separator)); ok && root != "" {
		return indent + path
	}
	return l
}

// counts counts errors and warnings.
func (p *problems) counts() (errors, warnings int) {
	for _, one := range p.list {
		if one.Severity == "warning" {
			warnings++
		} else {
			errors++
		}
	}
	return errors, warnings
}

// current is the chosen problem; nil: there is none.
func (p *problems) current() *problem {
	if p.chosen >= len(p.list) {
		return nil
	}
	return &p.list[p.chosen]
}

// move chooses another problem, or scrolls in one that is higher than the pane.
func (p *problems) move(by, width, height int) {
	if len(p.list) == 0 {
		return
	}
	rows := len(p.rows(p.chosen, width))
	if room := rows - height; by > 0 && p.scrolled < room {
		p.scrolled = min(room, p.scrolled+by)
		return
	}
	if by < 0 && p.scrolled > 0 {
		p.scrolled = max(0, p.scrolled+by)
		return
	}
	p.chosen = min(max(0, p.chosen+by), len(p.list)-1)
	p.scrolled = 0
}

func (p *problems) choose(n int) { p.chosen, p.scrolled = min(max(0, n), max(0, len(p.list)-1)), 0 }

// rows draws a problem: its first line or, if it is the chosen one, all of it.
func (p *problems) rows(n, width int) []string {
	one := p.list[n]
	sign, t := "✗", bad
	if one.Severity == "warning" {
		sign, t = "!", warning
	}
	lines := strings.Split(one.Message, "\n")
	message := clean(lines[0])
	if one.Severity == "panic" {
		message = "panic: " + message
	}
	head := " " + p.look.paint(t, sign) + " "
	if at := one.place(); at != "" {
		head += p.look.paint(strong, at) + "  "
	}
	if n != p.chosen {
		return []string{display.Cut(head+message, width)}
	}
	var rows []string
	head = p.look.paint(accent, "▌") + head[1:]
	rows = append(rows, display.WrapWords(head+message, width, 3)...)
	for _, l := range lines[1:] {
		rows = append(rows, display.WrapWords("   "+printable(l), width, 3)...)
	}
	for _, l := range draw(one.source, p.look, max(1, width-3)) {
		rows = append(rows, display.Cut("   "+l, width))
	}
	for _, l := range one.trace {
		rows = append(rows, display.Cut("   "+p.look.paint(dim, printable(l)), width))
	}
	return rows
}

// place is file:line:column, as far as they are known.
func (p problem) place() string {
	switch {
	case p.File == "":
		return ""
	case p.Line == 0:
		return clean(p.File)
	case p.Column == 0:
		return fmt.Sprintf("%s:%d", clean(p.File), p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", clean(p.File), p.Line, p.Column)
}

// text is the problem in a line, for the clipboard.
func (p problem) text() string { return strings.TrimSpace(p.place() + ": " + p.Message) }

// view draws the pane, scrolled to the chosen problem, and says which problem each
// row belongs to.
func (p *problems) view(width, height int) (shown []string, owners []int) {
	if len(p.list) == 0 {
		return []string{"", " " + p.look.paint(good, "✓") + " no problems"}, []int{-1, -1}
	}
	var rows []string
	start, end := 0, 0
	for n := range p.list {
		if n == p.chosen {
			start = len(rows)
		}
		for _, row := range p.rows(n, width) {
			rows, owners = append(rows, row), append(owners, n)
		}
		if n == p.chosen {
			end = len(rows)
		}
	}
	from := 0
	if end > height {
		from = min(start, end-height)
	}
	if end-start > height {
		from = start + p.scrolled
	}
	to := min(len(rows), from+height)
	return rows[from:to], owners[from:to]
}

// badge is the count of problems beside the tab's name.
func (p *problems) badge() string {
	errors, warnings := p.counts()
	switch {
	case errors > 0:
		return p.look.paint(bad, fmt.Sprint(" ", errors))
	case warnings > 0:
		return p.look.paint(warning, fmt.Sprint(" ", warnings))
	}
	return ""
}
