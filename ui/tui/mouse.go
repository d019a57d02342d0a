package tui

import (
	tea "github.com/charmbracelet/bubbletea"

	"hotreload/ui/keys"
)

// wheelRows is how far a notch of the wheel goes.
const wheelRows = 3

// toggleMouse takes the mouse or leaves it to the terminal, where it selects
// text. Most terminals send arrow keys for its wheel then, so it scrolls anyway.
func (m *model) toggleMouse() tea.Cmd {
	m.mouse = !m.mouse
	if m.mouse {
		m.notice = notice{"the mouse scrolls and clicks; " + m.keyName(keys.Mouse) + " leaves it for selecting text", dim}
		return tea.EnableMouseCellMotion
	}
	m.notice = notice{"the mouse selects text", dim}
	return tea.DisableMouse
}

// mouseEvent takes the wheel, and clicks on tabs and items.
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

func (m *model) wheel(by int) {
	switch p := m.pager(); {
	case p != nil:
		p.move(by)
	case m.tab == problemsTab:
		m.problems.move(by/wheelRows, m.width, m.layout().pane)
	default:
		m.history.move(by / wheelRows)
	}
}

// click goes to a tab, or to an item; a second click on that opens it.
func (m *model) click(x, y int) tea.Cmd {
	l := m.layout()
	tabsRow := 1
	if l.reason {
		tabsRow++
	}
	if y == tabsRow {
		_, spans := m.tabLine()
		for t, s := range spans {
			if s.from <= x && x < s.to {
				m.goTo(tab(t))
			}
		}
		return nil
	}
	row := y - tabsRow - 1
	if l.upper {
		row--
	}
	if row < 0 || row >= l.pane || m.overlay != nil {
		return nil
	}
	switch m.tab {
	case problemsTab:
		if _, owners := m.problems.view(m.width, l.pane); row < len(owners) && owners[row] >= 0 {
			if m.problems.chosen == owners[row] {
				return m.choose(keys.Select)
			}
			m.problems.choose(owners[row])
		}
	case historyTab:
		if _, owners := m.history.view(m.width, l.pane); row < len(owners) && owners[row] >= 0 {
			if m.history.chosen == owners[row] {
				m.history.toggle()
			}
			m.history.chosen = owners[row]
		}
	}
	return nil
}
