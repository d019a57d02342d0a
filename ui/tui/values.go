package tui

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"hotreload/session"
	"hotreload/ui/words"
)

// noTunables is the answer to keys that need tunables.
const noTunables = "the app has no tunables; hot.Tune makes them"

// toggleValues opens or closes the list of tunables.
func (m *model) toggleValues() {
	if m.overlay.kind == valuesOverlay {
		m.overlay.close()
		return
	}
	if len(m.status.state.Tunables) == 0 {
		m.notice = notice{noTunables, warning}
		return
	}
	m.overlay.open(valuesOverlay, m.valueLines(m.status.state), &m.panes, m.look)
}

// refreshValues updates the values on the screen.
func (m *model) refreshValues(s session.State) {
	if m.overlay.kind != valuesOverlay {
		return
	}
	if len(s.Tunables) == 0 {
		m.overlay.close()
		return
	}
	m.overlay.renew(m.valueLines(s), &m.panes, m.look)
}

// valueLines lists the values.
func (m *model) valueLines(s session.State) []line {
	names, types := 0, 0
	for _, t := range s.Tunables {
		names, types = max(names, cells(clean(t.Name))), max(types, cells(clean(t.Type)))
	}
	var lines []line
	for _, t := range s.Tunables {
		text := " " + m.look.paint(strong, fit(clean(t.Name), min(names, 30))) + "  " +
			m.look.paint(dim, fit(clean(t.Type), min(types, 20))) + "  " + clean(string(t.Value))
		if string(t.Default) != string(t.Value) {
			text += m.look.paint(dim, "  default "+clean(string(t.Default)))
		}
		lines = append(lines, line{text: text, indent: 3})
	}
	if n := s.PluginLoads; n > 0 {
		lines = append(lines, line{}, line{text: " " + words.Plural(n, "plugin version") + " loaded into the process", indent: 1})
	}
	return append(lines, line{}, line{text: m.look.paint(dim, " New versions keep a value until its default in the code changes"), indent: 1})
}

// askToSet prompts for a name and a value.
func (m *model) askToSet() {
	all := m.status.state.Tunables
	switch len(all) {
	case 0:
		m.notice = notice{noTunables, warning}
	case 1:
		m.ask(setPrompt, all[0].Name+" ")
	default:
		m.ask(setPrompt, "")
	}
}

// set sets the value that was typed.
func (m *model) set(typed string) tea.Cmd {
	name, value, ok := strings.Cut(strings.TrimLeft(typed, " "), " ")
	if !ok {
		m.notice = notice{"type a name and a value, for example: " + clean(m.status.state.Tunables[0].Name) + " …", warning}
		return nil
	}
	return m.link.set(name, value)
}
