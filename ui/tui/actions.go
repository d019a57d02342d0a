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

// goTo brings a pane to the front.
func (m *model) goTo(t tab) {
	m.panes.goTo(t)
	m.overlay.close()
}

// keys handles what the keyboard sent. Keys that are typed fast come together.
func (m *model) keys(k tea.KeyMsg) tea.Cmd {
	if k.Paste && m.prompt.kind == noPrompt {
		m.notice = notice{"nothing here accepts pasted text; " + m.keyName(keys.Input) + " types to the app", warning}
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

// key runs the action of a key.
func (m *model) key(k tea.KeyMsg) tea.Cmd {
	if k.Type == tea.KeyCtrlC && m.link.options.Interrupt != nil && (m.prompt.kind == noPrompt || m.status.stopping) {
		m.link.options.Interrupt()
		m.stop()
		return nil
	}
	if m.prompt.kind != noPrompt {
		return m.promptKey(k)
	}
	m.notice = notice{}
	a := m.settings.Keys.Action(k)
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
		m.goTo((m.panes.tab + 1) % tabCount)
	case keys.PrevTab:
		m.goTo((m.panes.tab + tabCount - 1) % tabCount)
	case keys.Help:
		m.toggleHelp()
	case keys.Values:
		m.toggleValues()
	case keys.Instances:
		m.toggleInstances()
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

// unbound answers a key without an action.
func (m *model) unbound(k tea.KeyMsg) {
	text := clean(k.String()) + " does nothing"
	if help := m.keyName(keys.Help); help != "" {
		text += "; " + help + " lists the keys"
	}
	m.notice = notice{text, warning}
}

// command runs actions on the app and the whole screen.
func (m *model) command(a keys.Action) (cmd tea.Cmd, done bool) {
	switch a {
	case keys.Rebuild:
		return m.link.send(session.CommandRebuild), true
	case keys.Restart:
		return m.link.send(session.CommandRestart), true
	case keys.Pause:
		if m.status.state.Paused {
			return m.link.send(session.CommandResume), true
		}
		return m.link.send(session.CommandPause), true
	case keys.Open:
		return m.open(), true
	case keys.Input:
		if m.status.state.Serving.PID == 0 {
			m.notice = notice{"the app is not running, so it cannot read a line", warning}
			return nil, true
		}
		m.ask(inputPrompt, "")
		m.prompt.hiding.hidden = false
		return m.prompt.hiding.look(m.link), true
	case keys.Attach:
		return m.attach(), true
	case keys.Detach:
		m.notice = notice{"the screen has the keyboard already; " + m.keyName(keys.Attach) + " gives it to the app", warning}
		return nil, true
	case keys.Suspend:
		return tea.Suspend, true
	case keys.Quit:
		if !m.status.stopping {
			m.link.send(session.CommandQuit)
		}
		m.stop()
		return nil, true
	}
	return nil, false
}

// stop shows that the session ends, and what a user can do who does not want to wait.
func (m *model) stop() {
	if m.status.stopping {
		m.notice = notice{"stopping the app; hotreload waits for it, and Ctrl-C ends it at once", warning}
	}
	m.status.stopping = true
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

// inPane runs actions on the pane in front.
func (m *model) inPane(a keys.Action) {
	page := max(1, m.panes.layout().pane-1)
	moves := map[keys.Action]int{keys.Down: 1, keys.Up: -1, keys.PageDown: page, keys.PageUp: -page, keys.Top: -1 << 20, keys.Bottom: 1 << 20}
	by, moving := moves[a]
	p := m.lines()
	switch {
	case p != nil && a == keys.Top:
		p.toTop()
		if p.buffer.lost > 0 {
			m.notice = notice{fmt.Sprintf("%s before these are gone; --events FILE keeps them all", words.Plural(p.buffer.lost, "line")), dim}
		}
	case p != nil && a == keys.Bottom:
		p.follow()
	case p != nil && moving:
		p.move(by)
	case moving && m.panes.tab == problemsTab && (a == keys.Top || a == keys.Bottom):
		m.panes.problems.choose(by)
	case moving:
		m.panes.move(by)
	case p != nil:
		m.inPager(a, p)
	case slices.Contains(ofLines, a):
		m.notice = notice{m.settings.Keys.Of(a).Key.Help().Desc + " works only in Output and Build", warning}
	case a == keys.Clear && m.panes.tab == historyTab:
		m.panes.history.clear()
	case a == keys.Clear:
		m.notice = notice{"problems disappear with the next good build", warning}
	}
}

// inPager runs actions that only panes of lines have.
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
		p.buffer.clear()
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
		m.notice = notice{"there is no search; " + m.keyName(keys.Search) + " starts one", warning}
	case !p.find(direction):
		m.notice = notice{"no match: " + p.search.text, warning}
	default:
		which, of := p.matches()
		m.notice = notice{fmt.Sprintf("%s: %d of %d", p.search.text, which, of), dim}
	}
}

// leave closes what is open, the topmost first.
func (m *model) leave() {
	p := m.lines()
	switch {
	case m.overlay.pager != nil:
		m.overlay.close()
	case m.panes.tab == historyTab && m.panes.history.open:
		m.panes.history.open = false
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
		m.notice = notice{"there is nothing to leave here", dim}
	}
}

// choose opens the chosen problem or cycle.
func (m *model) choose(a keys.Action) tea.Cmd {
	p := m.panes.problems.current()
	switch {
	case a == keys.Select && m.panes.tab == historyTab:
		m.panes.history.toggle()
		return nil
	case a == keys.Select && m.panes.tab != problemsTab:
		m.notice = notice{m.keyName(a) + " opens items in Problems and History", warning}
		return nil
	case p == nil:
		m.notice = notice{"there is no problem to open", warning}
		return nil
	case p.File == "":
		m.notice = notice{"this problem has no known place", warning}
		return nil
	}
	file := filepath.FromSlash(p.File)
	if !filepath.IsAbs(file) {
		file = filepath.Join(m.status.state.Root, file)
	}
	return m.edit(file, p.Line, p.Column)
}

// copy copies the chosen item or, in a pane of lines, the text in view.
func (m *model) copy() tea.Cmd {
	text, what := "", "the text in view"
	switch p := m.lines(); {
	case p != nil:
		text = p.text()
	case m.panes.tab == problemsTab && m.panes.problems.current() != nil:
		text, what = m.panes.problems.current().text(), "the problem"
	case m.panes.tab == historyTab && len(m.panes.history.list) > 0:
		c := m.panes.history.cycle(m.panes.history.chosen)
		text, what = fmt.Sprintf("v%d %s in %d ms: %s", c.gen, c.cycle.Rung, c.cycle.TotalMS, c.cycle.Reason), "the line"
		if c.idle() {
			text = "nothing to do: " + c.cycle.Reason
		}
	}
	if text == "" {
		m.notice = notice{"there is nothing to copy", warning}
		return nil
	}
	m.notice = notice{"copied " + what, dim}
	return m.link.write(ansi.SetSystemClipboard(text))
}
