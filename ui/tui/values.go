package tui

import (
	"context"
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"hotreload/session"
	"hotreload/ui/words"
)

// nothingToSet is for an app that has no tunables.
const nothingToSet = "the app has nothing that can be set: hot.Tune makes it"

// values opens the list of what can be set in the running app, or closes it.
func (m *model) values() {
	if m.layer == valuesLayer {
		m.closeLayer()
		return
	}
	if len(m.status.state.Tunables) == 0 {
		m.notice = notice{nothingToSet, warning}
		return
	}
	m.openLayer(valuesLayer, m.valueLines(m.status.state))
}

// refreshValues shows values as they are now, if they are shown.
func (m *model) refreshValues(u session.Update) {
	if m.layer != valuesLayer {
		return
	}
	if len(u.State.Tunables) == 0 {
		m.closeLayer()
		return
	}
	m.renewLayer(m.valueLines(u.State))
}

// valueLines are the values, each on a line.
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
		lines = append(lines, line{}, line{text: " " + words.Plural(n, "version") + " of plugins loaded into the process", indent: 1})
	}
	return append(lines, line{}, line{text: m.look.paint(dim, " What is set stays in the versions that follow, until its default in the code is another"), indent: 1})
}

// askToSet opens the prompt for a name and a value.
func (m *model) askToSet() {
	all := m.status.state.Tunables
	switch len(all) {
	case 0:
		m.notice = notice{nothingToSet, warning}
	case 1:
		m.ask(setPrompt, all[0].Name+" ")
	default:
		m.ask(setPrompt, "")
	}
}

// set sets what was typed.
func (m *model) set(typed string) tea.Cmd {
	name, value, ok := strings.Cut(strings.TrimLeft(typed, " "), " ")
	if !ok {
		m.notice = notice{"type a name and a value, such as: " + clean(m.status.state.Tunables[0].Name) + " …", warning}
		return nil
	}
	set := m.Set
	return func() tea.Msg {
		if err := set(context.Background(), name, value); err != nil {
			return notice{clean(err.Error()), bad}
		}
		return notice{fmt.Sprintf("%s is set to %s", clean(name), clean(value)), good}
	}
}
