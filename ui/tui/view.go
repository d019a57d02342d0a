package tui

import (
	"fmt"
	"strings"

	"hotreload/ui/display"
	"hotreload/ui/keys"
)

// layout is how the screen's height is shared out. On a small one the pane gets
// what rules and the reason would take.
type layout struct {
	reason, upper, lower bool
	pane                 int
}

const (
	smallest = 6  // rows, below which the tabs go
	low      = 10 // rows, below which the rules go
	high     = 16 // rows, from which on the reason has a line
)

func (m *model) layout() layout {
	l := layout{reason: m.height >= high, upper: m.height >= low, lower: m.height >= low}
	used := 3 // status, tabs, keys
	for _, there := range []bool{l.reason, l.upper, l.lower} {
		if there {
			used++
		}
	}
	l.pane = max(1, m.height-used)
	return l
}

// View draws the screen: exactly as many rows as it has, none wider than it is.
func (m *model) View() string {
	l := m.layout()
	rows := []string{m.status.view(m.width, m.now())}
	if l.reason {
		t := dim
		if wrongSettings(m.status.state) != "" && !m.status.busy() {
			t = bad
		}
		rows = append(rows, fit("   "+m.look.paint(t, m.reason()), m.width))
	}
	rows = append(rows, m.tabs())
	rule := m.look.rule(dim, "", m.width)
	if l.upper {
		rows = append(rows, rule)
	}
	pane := m.pane(l.pane)
	for i := range l.pane {
		row := ""
		if i < len(pane) {
			row = pane[i]
		}
		rows = append(rows, row)
	}
	if l.lower {
		rows = append(rows, rule)
	}
	rows = append(rows, m.bottom())
	for i := range rows {
		rows[i] = display.Cut(rows[i], m.width)
	}
	if len(rows) > m.height { // a window of a few rows
		rows = rows[len(rows)-m.height:]
	}
	frame := strings.Join(rows, "\n")
	if m.ascii {
		return ascii.Replace(frame)
	}
	return frame
}

// pane draws the one in front.
func (m *model) pane(height int) []string {
	if p := m.pager(); p != nil {
		return m.withHint(p.view(), p)
	}
	var rows []string
	if m.tab == problemsTab {
		rows, _ = m.problems.view(m.width, height)
	} else {
		rows, _ = m.history.view(m.width, height)
	}
	return rows
}

// withHint says what an empty pane is for.
func (m *model) withHint(rows []string, p *pager) []string {
	if len(rows) > 0 {
		return rows
	}
	text := "nothing printed yet"
	switch {
	case !p.filter.empty():
		text = "no line matches the filter; " + m.keyName(keys.Back) + " shows all"
	case p.first() > 0:
		text = "cleared; what comes now is shown here"
	case p == m.build:
		text = "nothing done yet"
	}
	return []string{"", fit(" "+m.look.paint(dim, text), m.width)}
}

// reason is the second line: why the last thing was done or, where that leads
// nowhere, what to do next.
func (m *model) reason() string {
	if !m.status.ended() {
		return m.status.reason()
	}
	if key := m.keyName(keys.Restart); key != "" {
		return "waiting for a change; " + key + " starts it anew"
	}
	return "waiting for a change"
}

// tabName is how a tab is called, in full and where there is little room.
var tabNames = [tabCount]struct{ full, short string }{
	{"Output", "Out"}, {"Build", "Build"}, {"Problems", "Prob"}, {"History", "Hist"},
}

// tabSpan is where a tab stands on its line.
type tabSpan struct{ from, to int }

// tabs draws their line, with how the pane is scrolled at its end.
func (m *model) tabs() string {
	text, _ := m.tabLine()
	position := m.position()
	if position != "" && !m.narrow() {
		position += " "
	}
	return spread(text, position, m.width)
}

func (m *model) tabLine() (string, []tabSpan) {
	narrow := m.narrow()
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
			badge = m.problems.badge()
		}
		from := cells(text)
		if t == m.tab && m.overlay == nil {
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

// narrow: there is no room for words on the line of the tabs.
func (m *model) narrow() bool { return m.width < 64 }

// position says whether the pane follows its end, and how much lies below it.
func (m *model) position() string {
	p := m.pager()
	problem, problems := m.problems.chosen+1, len(m.problems.list)
	switch {
	case p == nil && m.tab == problemsTab && problems > 1 && m.narrow():
		return fmt.Sprintf("%d/%d", problem, problems)
	case p == nil && m.tab == problemsTab && problems > 1:
		return fmt.Sprintf("%d of %d", problem, problems)
	case p == nil, p == m.overlay:
		return ""
	}
	text := m.look.paint(dim, m.brief("follow ▾", "▾"))
	if p.paused {
		text = m.look.paint(warning, m.brief("follow off", "-"))
		if n := p.below(); n > 0 {
			text = m.look.paint(warning, m.brief(fmt.Sprintf("↓ %d more", n), fmt.Sprintf("↓%d", n)))
		}
	}
	if !p.filter.empty() {
		text = m.look.paint(warning, m.brief("& "+clean(p.filter.text)+"  ", "& ")) + text
	}
	return text
}

func (m *model) brief(full, short string) string {
	if m.narrow() {
		return short
	}
	return full
}

// bottom is the last line: a prompt, a notice, or the keys.
func (m *model) bottom() string {
	switch {
	case m.prompt.kind != noPrompt:
		return m.promptLine()
	case m.notice.text != "":
		return fit(" "+m.look.paint(m.notice.tone, m.notice.text), m.width)
	}
	return m.keyLine()
}

// keyLine names the keys that matter here, as many as there is room for. How to
// get help and how to leave always have room.
func (m *model) keyLine() string {
	var parts []string
	used := 1
	var always []string
	for _, a := range []keys.Action{keys.Help, keys.Quit} {
		if h := m.hint(a); h != "" { // they have a key
			always = append(always, h)
			used += cells(h) + 2
		}
	}
	for _, a := range m.offered() {
		h := m.hint(a)
		if h == "" {
			continue
		}
		if used += cells(h) + 2; used > m.width+2 {
			break
		}
		parts = append(parts, h)
	}
	return fit(" "+strings.Join(append(parts, always...), "  "), m.width)
}

// offered are the actions that matter for the pane in front, the most wanted first.
func (m *model) offered() []keys.Action {
	common := []keys.Action{keys.Rebuild, keys.Restart, keys.Pause}
	if m.status.state.Paused {
		common = []keys.Action{keys.Pause, keys.Rebuild, keys.Restart}
	}
	tail := []keys.Action{keys.NextTab, keys.Copy, keys.Mouse}
	switch {
	case m.layer == valuesLayer:
		return []keys.Action{keys.Set, keys.Back, keys.Down, keys.Up}
	case m.layer == helpLayer:
		return []keys.Action{keys.Back, keys.Down, keys.Up}
	case m.tab == problemsTab && len(m.problems.list) > 0:
		return append(append([]keys.Action{keys.Edit, keys.Down, keys.Up}, common...), tail...)
	case m.tab == historyTab && len(m.history.list) > 0:
		return append(append([]keys.Action{keys.Select, keys.Down, keys.Up}, common...), tail...)
	case m.pager() != nil && !m.pager().search.empty():
		return append([]keys.Action{keys.NextMatch, keys.PrevMatch, keys.Back, keys.Search}, common...)
	case m.pager() != nil && !m.pager().filter.empty():
		return append([]keys.Action{keys.Back, keys.Filter, keys.Search}, common...)
	case m.pager() != nil && m.pager().paused:
		return append(append(append([]keys.Action{keys.Follow}, common...), keys.Search, keys.Filter), tail...)
	}
	if len(m.problems.list) > 0 {
		common = append(common, keys.Edit)
	}
	lines := m.pager() != nil
	if lines {
		common = append(common, keys.Search)
	}
	if m.status.state.Serving.Address != "" {
		common = append(common, keys.Open)
	}
	if lines {
		return append(append(common, keys.NextTab, keys.Filter, keys.Input), tail[1:]...)
	}
	return append(common, tail...)
}

// hint is a key and its action in a word.
func (m *model) hint(a keys.Action) string {
	name := m.keyName(a)
	if name == "" {
		return ""
	}
	short := m.Keys.Of(a).Key.Help().Desc
	switch {
	case a == keys.Pause && m.status.state.Paused:
		short = "resume"
	case a == keys.Select && m.tab == historyTab:
		short = "details"
	case a == keys.Back && m.overlay == nil && m.pager() != nil && m.pager().search.empty():
		short = "show all" // as a filter is left
	}
	return m.look.paint(strong, name) + " " + m.look.paint(dim, short)
}
