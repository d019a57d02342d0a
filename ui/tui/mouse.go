package tui

import (
	tea "github.com/charmbracelet/bubbletea"

	"hotreload/ui/keys"
)

// wheelRows is how far a notch of the wheel scrolls.
const wheelRows = 3

// toggleMouse takes the mouse or leaves it to the terminal, where it selects text.
// Most terminals then send arrow keys for the wheel, so it scrolls in either case.
func (m *model) toggleMouse() tea.Cmd {
	m.mouse = !m.mouse
	if m.mouse {
		m.notice = notice{"the mouse scrolls and clicks; " + m.keyName(keys.Mouse) + " leaves it to the terminal, to select text", dim}
		return tea.EnableMouseCellMotion
	}
	m.notice = notice{"the mouse selects text", dim}
	return tea.DisableMouse
}

// mouseEvent handles the wheel, and clicks on tabs and items.
func (m *model) mouseEvent(e tea.MouseEvent) tea.Cmd {
	switch {
	case e.Button == tea.MouseButtonWheelUp:
		m.wheel(-wheelRows)
	case e.Button == tea.MouseButtonWheelDown:
		m.wheel(wheelRows)
	case e.Button == tea.MouseButtonLeft && e.Action == tea.MouseActionPress:
		return m.click(e.X, e.Y)
	}
	return nil
}

// wheel scrolls lines by a notch, or moves by an item.
func (m *model) wheel(by int) {
	if p := m.lines(); p != nil {
		p.move(by)
		return
	}
	m.panes.move(by / wheelRows)
}

// click goes to a tab, or to an item. A second click on the item opens it.
func (m *model) click(x, y int) tea.Cmd {
	l := m.panes.layout()
	tabs := 1
	if l.reason {
		tabs++
	}
	if y == tabs {
		_, spans := m.tabLine()
		for t, s := range spans {
			if s.from <= x && x < s.to {
				m.goTo(tab(t))
			}
		}
		return nil
	}
	row := y - tabs - 1
	if l.rules {
		row--
	}
	if row < 0 || row >= l.pane || m.lines() != nil {
		return nil
	}
	if _, owners := m.panes.view(); row < len(owners) && owners[row] >= 0 {
		return m.clickItem(owners[row])
	}
	return nil
}

func (m *model) clickItem(n int) tea.Cmd {
	problems, history := &m.panes.problems, &m.panes.history
	switch {
	case m.panes.tab == problemsTab && problems.chosen == n, m.panes.tab == historyTab && history.chosen == n:
		return m.choose(keys.Select)
	case m.panes.tab == problemsTab:
		problems.choose(n)
	default:
		history.chosen = n
	}
	return nil
}
