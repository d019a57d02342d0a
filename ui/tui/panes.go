package tui

import (
	"hotreload/session"
)

// tab is one of the panes.
type tab int

const (
	outputTab tab = iota
	buildTab
	problemsTab
	historyTab
	tabCount
)

// panes are the four panes, of which one is in front.
type panes struct {
	width, height int // of the screen
	tab           tab
	former        *tab // the tab to return to when the problems are fixed
	output, build *pager
	problems      problems
	history       history
}

func newPanes(look styles) panes {
	return panes{
		width: 80, height: 24, output: newPager(look), build: newPager(look),
		problems: problems{look: look, load: loadSource}, history: history{look: look},
	}
}

// layout is how the rows of the screen are divided. On a small screen the pane gets
// the rows of the rules and the reason.
type layout struct {
	reason, rules bool
	pane          int
}

const (
	low       = 10 // fewer rows have no rules
	high      = 16 // fewer rows have no line for the reason
	roomyTabs = 64 // fewer columns have only short labels
)

func (p *panes) layout() layout {
	l := layout{reason: p.height >= high, rules: p.height >= low}
	used := 3 // status, tabs, keys
	if l.reason {
		used++
	}
	if l.rules {
		used += 2
	}
	l.pane = max(1, p.height-used)
	return l
}

// narrow reports whether only short labels fit.
func (p *panes) narrow() bool { return p.width < roomyTabs }

// brief is the long label where it fits, else the short one.
func (p *panes) brief(long, short string) string {
	if p.narrow() {
		return short
	}
	return long
}

// lines is the pane of lines in front; nil: another kind of pane is.
func (p *panes) lines() *pager {
	switch p.tab {
	case outputTab:
		return p.output
	case buildTab:
		return p.build
	}
	return nil
}

// goTo brings a pane to the front, as the user asked.
func (p *panes) goTo(t tab) { p.tab, p.former = t, nil }

func (p *panes) resize(width, height int) {
	p.width, p.height = max(1, width), max(1, height)
	pane := p.layout().pane
	p.output.resize(p.width, pane)
	p.build.resize(p.width, pane)
}

// showProblems shows the problems of a state. Errors bring the pane to the front,
// and their end brings back the pane before, unless the user has changed panes or
// is typing. It reports whether the problems have changed.
func (p *panes) showProblems(u session.Update, typing bool) bool {
	if !p.problems.take(u) {
		return false
	}
	errors, _ := p.problems.counts()
	switch {
	case typing:
	case errors > 0 && p.tab != problemsTab && p.former == nil:
		former := p.tab
		p.former, p.tab = &former, problemsTab
	case errors == 0 && p.former != nil:
		p.tab, p.former = *p.former, nil
	}
	return true
}

// view draws the rows of the problems or the history, and which item each row
// belongs to; -1: none.
func (p *panes) view() (rows []string, owners []int) {
	if p.tab == problemsTab {
		return p.problems.view(p.width, p.layout().pane)
	}
	return p.history.view(p.width, p.layout().pane)
}

// move goes up or down by lines or items.
func (p *panes) move(by int) {
	switch lines := p.lines(); {
	case lines != nil:
		lines.move(by)
	case p.tab == problemsTab:
		p.problems.move(by, p.width, p.layout().pane)
	default:
		p.history.move(by)
	}
}
