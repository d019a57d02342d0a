package tui

import (
	"slices"

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
	m.openLayer(helpLayer, m.helpLines())
}

// helpLines are that list, for the width of the screen.
func (m *model) helpLines() []line {
	ofPane := m.tab == outputTab || m.tab == buildTab
	var lines []line
	for _, b := range m.Keys.Bindings() {
		if !ofPane && slices.Contains(ofLines, b.Action) {
			continue
		}
		names := b.All()
		if names == "" {
			names = "-"
		}
		lines = append(lines, m.helpLine(names, b))
	}
	return append(lines, line{},
		line{text: m.look.paint(dim, " Bind them anew in the config, by their names: [ui.keys] rebuild = \"ctrl+r\""), indent: 1})
}

// helpLine is a line of the list: in columns, where there is room for them.
func (m *model) helpLine(names string, b keys.Binding) line {
	if m.narrow() {
		return line{text: " " + m.look.paint(strong, names) + " " + string(b.Action) + ": " + m.look.paint(dim, b.Doc), indent: 3}
	}
	const first, second = 18, 15
	return line{
		text:   " " + fit(m.look.paint(strong, names), first) + fit(string(b.Action), second) + m.look.paint(dim, b.Doc),
		indent: 1 + first + second,
	}
}
