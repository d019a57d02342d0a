package tui

import (
	"fmt"
	"strings"

	"hotreload/ui/display"
	"hotreload/ui/keys"
)

// View draws the screen. The frame has exactly its rows, none wider than it.
func (m *model) View() string {
	l := m.panes.layout()
	rows := []string{m.status.view(m.panes.width, m.clock.now())}
	if l.reason {
		t := dim
		if wrongSettings(m.status.state) != "" && !m.status.busy() {
			t = bad
		}
		rows = append(rows, fit("   "+m.look.paint(t, m.reason()), m.panes.width))
	}
	rows = append(rows, m.tabs())
	rule := m.look.rule(dim, "", m.panes.width)
	if l.rules {
		rows = append(rows, rule)
	}
	pane := m.pane()
	for i := range l.pane {
		row := ""
		if i < len(pane) {
			row = pane[i]
		}
		rows = append(rows, row)
	}
	if l.rules {
		rows = append(rows, rule)
	}
	rows = append(rows, m.bottom())
	for i := range rows {
		rows[i] = display.Cut(rows[i], m.panes.width)
	}
	if len(rows) > m.panes.height { // a window of a few rows
		rows = rows[len(rows)-m.panes.height:]
	}
	frame := strings.Join(rows, "\n")
	if m.ascii {
		return ascii.Replace(frame)
	}
	return frame
}

// pane draws what is in front.
func (m *model) pane() []string {
	if p := m.lines(); p != nil {
		return m.withHint(p.view(), p)
	}
	rows, _ := m.panes.view()
	return rows
}

// withHint says why a pane is empty.
func (m *model) withHint(rows []string, p *pager) []string {
	if len(rows) > 0 {
		return rows
	}
	text := "no output yet"
	switch {
	case !p.filter.empty():
		text = "no line matches the filter; " + m.keyName(keys.Back) + " shows all lines"
	case p.buffer.first() > 0:
		text = "cleared; new lines appear here"
	case p == m.panes.build:
		text = "nothing yet"
	}
	return []string{"", fit(" "+m.look.paint(dim, text), m.panes.width)}
}

// reason is the second line: why the last thing was done or, after the app has ended,
// what to do next.
func (m *model) reason() string {
	if !m.status.ended() {
		return m.status.reason()
	}
	if key := m.keyName(keys.Restart); key != "" {
		return "waiting for a change; " + key + " restarts it"
	}
	return "waiting for a change"
}

// tabNames are the tabs' labels, in full and for a narrow screen.
var tabNames = [tabCount]struct{ full, short string }{
	{"Output", "Out"}, {"Build", "Build"}, {"Problems", "Prob"}, {"History", "Hist"},
}

// tabSpan is where a tab stands in its row.
type tabSpan struct{ from, to int }

// tabs draws the row of tabs, with the scroll position of the pane at its end.
func (m *model) tabs() string {
	text, _ := m.tabLine()
	position := m.position()
	if position != "" && !m.panes.narrow() {
		position += " "
	}
	return spread(text, position, m.panes.width)
}

func (m *model) tabLine() (string, []tabSpan) {
	narrow := m.panes.narrow()
	text := "  "
	if narrow {
		text = ""
	}
	var spans []tabSpan
	for t := range tabCount {
		name := tabNames[t].full
		if narrow {
			name = tabNames[t].short
		}
		key := m.keyName([]keys.Action{keys.Output, keys.Build, keys.Problems, keys.History}[t])
		label, badge := strings.TrimSpace(key+" "+name), ""
		if t == problemsTab {
			badge = m.panes.problems.badge()
		}
		from := cells(text)
		if t == m.panes.tab && m.overlay.pager == nil {
			text += m.look.tab(label, badge)
		} else {
			text += " " + label + badge + " "
		}
		spans = append(spans, tabSpan{from, cells(text)})
		if !narrow {
			text += " "
		}
	}
	return text, spans
}

// position says whether the pane follows its end, and how much lies below the view.
func (m *model) position() string {
	p := m.lines()
	problem, problems := m.panes.problems.chosen+1, len(m.panes.problems.list)
	switch {
	case p == nil && m.panes.tab == problemsTab && problems > 1 && m.panes.narrow():
		return fmt.Sprintf("%d/%d", problem, problems)
	case p == nil && m.panes.tab == problemsTab && problems > 1:
		return fmt.Sprintf("%d of %d", problem, problems)
	case p == nil, p == m.overlay.pager:
		return ""
	}
	text := m.look.paint(dim, m.panes.brief("follow ▾", "▾"))
	if p.paused {
		text = m.look.paint(warning, m.panes.brief("follow off", "-"))
		if n := p.below(); n > 0 {
			text = m.look.paint(warning, m.panes.brief(fmt.Sprintf("↓ %d more", n), fmt.Sprintf("↓%d", n)))
		}
	}
	if !p.filter.empty() {
		text = m.look.paint(warning, m.panes.brief("& "+clean(p.filter.text)+"  ", "& ")) + text
	}
	return text
}

// bottom is the last line: a prompt, a notice, or the keys.
func (m *model) bottom() string {
	switch {
	case m.prompt.kind != noPrompt:
		return m.promptLine()
	case m.notice.text != "":
		return fit(" "+m.look.paint(m.notice.tone, m.notice.text), m.panes.width)
	}
	return m.keyLine()
}
