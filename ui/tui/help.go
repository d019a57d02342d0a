package tui

import (
	"strings"
)

// help opens the list of keys, or closes it.
func (m *model) help() {
	if m.layer == helpLayer {
		m.closeLayer()
		return
	}
	var lines []line
	for _, b := range m.Keys.Bindings() {
		var names []string
		for _, key := range b.Keys {
			names = append(names, shownKey(key))
		}
		if len(names) == 0 {
			names = []string{"-"}
		}
		lines = append(lines, line{text: " " + m.look.paint(strong, fit(strings.Join(names, " "), 14)) + " " +
			fit(string(b.Action), 15) + m.look.paint(dim, b.Doc)})
	}
	m.openLayer(helpLayer, append(lines, line{},
		line{text: m.look.paint(dim, " Rebind them in the config: [ui.keys] rebuild = \"ctrl+r\"")}))
}
