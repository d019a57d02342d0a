package tui

import (
	"slices"
	"strings"

	"hotreload/ui/keys"
)

// ofLines are the actions that only a pane of lines knows.
var ofLines = []keys.Action{keys.Search, keys.Filter, keys.NextMatch, keys.PrevMatch, keys.Follow, keys.Wrap}

// help opens the list of keys that do something in the pane in front, or closes it.
func (m *model) help() {
	if m.layer == helpLayer {
		m.closeLayer()
		return
	}
	ofPane := m.pager() != nil
	var lines []line
	for _, b := range m.Keys.Bindings() {
		if !ofPane && slices.Contains(ofLines, b.Action) {
			continue
		}
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
