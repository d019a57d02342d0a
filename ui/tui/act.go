package tui

import (
	"fmt"
	"path/filepath"
	"slices"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"hotreload/session"
	"hotreload/ui/keys"
	"hotreload/ui/words"
)

// keys takes what came from the keyboard at once: keys typed fast come together.
func (m *model) keys(k tea.KeyMsg) tea.Cmd {
	if k.Paste && m.prompt.kind == noPrompt {
		m.notice = notice{"nothing here takes what you paste; " + m.keyName(keys.Input) + " types for the app", warning}
		return nil
	}
	if k.Type != tea.KeyRunes || k.Paste || len(k.Runes) < 2 {
		return m.key(k)
	}
	var all []tea.Cmd
	for _, r := range k.Runes {
		one := k
		one.Runes = []rune{r}
		all = append(all, m.key(one))
	}
	return tea.Sequence(all...)
}

// key does what a key is bound to.
func (m *model) key(k tea.KeyMsg) tea.Cmd {
	if m.prompt.kind != noPrompt {
		return m.promptKey(k)
	}
	m.notice = notice{}
	a := m.Keys.Action(k)
	if a == "" {
		m.unbound(k)
		return nil
	}
	if cmd, done := m.command(a); done {
		return cmd
	}
	if t, ok := tabOf(a); ok {
		m.goTo(t)
		return nil
	}
	switch a {
	case keys.NextTab:
		m.goTo((m.tab + 1) % tabCount)
	case keys.PrevTab:
		m.goTo((m.tab + tabCount - 1) % tabCount)
	case keys.Help:
		m.help()
	case keys.Values:
		m.values()
	case keys.Set:
		m.askToSet()
	case keys.Back:
		m.leave()
	case keys.Mouse:
		return m.toggleMouse()
	case keys.Copy:
		return m.copy()
	case keys.Edit, keys.Select:
		return m.choose(a)
	default:
		m.inPane(a)
	}
	return nil
}

// unbound tells somebody who pressed a key that does nothing which ones do.
func (m *model) unbound(k tea.KeyMsg) {
	text := clean(k.String()) + " does nothing"
	if help := m.keyName(keys.Help); help != "" {
		text += "; " + help + " lists the keys"
	}
	m.notice = notice{text, warning}
}

// command does what concerns the app and the whole screen.
func (m *model) command(a keys.Action) (cmd tea.Cmd, done bool) {
	switch a {
	case keys.Rebuild:
		return m.send(session.CommandRebuild), true
	case keys.Restart:
		return m.send(session.CommandRestart), true
	case keys.Pause:
		if m.status.state.Paused {
			return m.send(session.CommandResume), true
		}
		return m.send(session.CommandPause), true
	case keys.Open:
		return m.open(), true
	case keys.Input:
		if m.status.state.Serving.PID == 0 {
			m.notice = notice{"nothing runs that could take a line", warning}
			return nil, true
		}
		m.ask(inputPrompt, "")
		return nil, true
	case keys.Suspend:
		return tea.Suspend, true
	case keys.Quit:
		if m.status.stopping {
			m.notice = notice{"the app is being stopped; " + "hotreload waits for it", warning}
			return nil, true
		}
		m.status.stopping = true
		return m.send(session.CommandQuit), true
	}
	return nil, false
}

func tabOf(a keys.Action) (tab, bool) {
	switch a {
	case keys.Output:
		return outputTab, true
	case keys.Build:
		return buildTab, true
	case keys.Problems:
		return problemsTab, true
	case keys.History:
		return historyTab, true
	}
	return 0, false
}

// inPane does what concerns the pane in front.
func (m *model) inPane(a keys.Action) {
	page := max(1, m.layout().pane-1)
	moves := map[keys.Action]int{keys.Down: 1, keys.Up: -1, keys.PageDown: page, keys.PageUp: -page, keys.Top: -1 << 20, keys.Bottom: 1 << 20}
	by, moving := moves[a]
	p := m.pager()
	switch {
	case p != nil && a == keys.Top:
		p.toTop()
		if p.lost > 0 {
			m.notice = notice{fmt.Sprintf("%s before these are no longer known here; --events FILE keeps all", words.Plural(p.lost, "line")), dim}
		}
	case p != nil && a == keys.Bottom:
		p.follow()
	case p != nil && moving:
		p.move(by)
	case moving && m.tab == problemsTab:
		m.moveProblems(a, by)
	case moving:
		m.history.move(by)
	case p != nil:
		m.inPager(a, p)
	case slices.Contains(ofLines, a):
		m.notice = notice{m.Keys.Of(a).Key.Help().Desc + " works in Output and Build", warning}
	case a == keys.Clear && m.tab == historyTab:
		m.history.list, m.history.chosen, m.history.open = nil, 0, false
	case a == keys.Clear:
		m.notice = notice{"problems go by themselves when a build is good", warning}
	}
}

func (m *model) moveProblems(a keys.Action, by int) {
	if a == keys.Top || a == keys.Bottom {
		m.problems.choose(by)
		return
	}
	m.problems.move(by, m.width, m.layout().pane)
}

// inPager does what only a pane of lines can.
func (m *model) inPager(a keys.Action, p *pager) {
	switch a {
	case keys.Search:
		m.ask(searchPrompt, "")
	case keys.Filter:
		m.ask(filterPrompt, p.filter.text)
	case keys.NextMatch, keys.PrevMatch:
		m.nextMatch(a, p)
	case keys.Follow:
		if p.paused {
			p.follow()
		} else {
			p.hold()
		}
	case keys.Wrap:
		p.cut = !p.cut
		p.row = 0
		m.notice = notice{map[bool]string{true: "long lines are cut", false: "long lines are wrapped"}[p.cut], dim}
	case keys.Clear:
		p.clear()
		p.follow()
	}
}

func (m *model) nextMatch(a keys.Action, p *pager) {
	direction := 1
	if a == keys.PrevMatch {
		direction = -1
	}
	switch {
	case p.search.empty():
		m.notice = notice{"nothing is searched for; " + m.keyName(keys.Search) + " begins", warning}
	case !p.find(direction):
		m.notice = notice{"not found: " + p.search.text, warning}
	default:
		which, of := p.matches()
		m.notice = notice{fmt.Sprintf("%s: %d of %d", p.search.text, which, of), dim}
	}
}

// leave closes what is open, the last thing first.
func (m *model) leave() {
	p := m.pager()
	switch {
	case m.overlay != nil:
		m.closeLayer()
	case m.tab == historyTab && m.history.open:
		m.history.open = false
	case p != nil && !p.search.empty():
		p.search, p.found = query{}, -1
		if p.paused && p.atEnd() {
			p.follow()
		}
	case p != nil && !p.filter.empty():
		p.setFilter(query{})
	case p != nil && p.paused:
		p.follow()
	default:
		m.notice = notice{"nothing is open that could be left", dim}
	}
}

// choose opens what is chosen.
func (m *model) choose(a keys.Action) tea.Cmd {
	p := m.problems.current()
	switch {
	case a == keys.Select && m.tab == historyTab:
		m.history.toggle()
		return nil
	case a == keys.Select && m.tab != problemsTab:
		m.notice = notice{m.keyName(a) + " opens what is chosen in Problems and History", warning}
		return nil
	case p == nil:
		m.notice = notice{"there is no problem to open", warning}
		return nil
	case p.File == "":
		m.notice = notice{"nobody knows where this problem is", warning}
		return nil
	}
	file := filepath.FromSlash(p.File)
	if !filepath.IsAbs(file) {
		file = filepath.Join(m.status.state.Root, file)
	}
	return m.edit(file, p.Line, p.Column)
}

// copy puts into the clipboard what is chosen or, in a pane of lines, what is shown.
func (m *model) copy() tea.Cmd {
	text, what := "", "what is shown"
	switch p := m.pager(); {
	case p != nil:
		text = p.text()
	case m.tab == problemsTab && m.problems.current() != nil:
		text, what = m.problems.current().text(), "the problem"
	case m.tab == historyTab && len(m.history.list) > 0:
		c := m.history.cycle(m.history.chosen)
		text, what = fmt.Sprintf("v%d %s in %d ms: %s", c.gen, c.Rung, c.TotalMS, c.Reason), "the line"
		if c.idle() {
			text = "nothing to do: " + c.Reason
		}
	}
	if text == "" {
		m.notice = notice{"there is nothing to copy", warning}
		return nil
	}
	m.notice = notice{"copied " + what, dim}
	return copyOut(m.Out, ansi.SetSystemClipboard(text))
}

func (m *model) resize(width, height int) {
	m.width, m.height = max(1, width), max(1, height)
	pane := m.layout().pane
	m.output.resize(m.width, pane)
	m.build.resize(m.width, pane)
	switch m.layer {
	case noLayer:
	case helpLayer: // its columns depend on the width
		m.renewLayer(m.helpLines())
	case valuesLayer:
		m.overlay.resize(m.width, pane)
	}
	if m.Resize != nil {
		m.Resize(m.width, pane)
	}
}
