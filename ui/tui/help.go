package tui

import (
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/help"
	"github.com/charmbracelet/bubbles/key"

	"hotreload/ui/keys"
)

// ofLines are the actions that only panes of lines have.
var ofLines = []keys.Action{keys.Search, keys.Filter, keys.NextMatch, keys.PrevMatch, keys.Follow, keys.Wrap}

// newHelp draws keys and what they do, in the screen's styles.
func newHelp(look styles) help.Model {
	h := help.New()
	h.ShortSeparator, h.Ellipsis = "  ", ""
	h.Styles = help.Styles{ShortKey: look[strong], ShortDesc: look[dim], FullKey: look[strong], FullDesc: look[dim]}
	return h
}

// toggleHelp opens or closes the list of keys.
func (m *model) toggleHelp() {
	if m.overlay.kind == helpOverlay {
		m.overlay.close()
		return
	}
	m.overlay.open(helpOverlay, m.helpLines(), &m.panes, m.look)
}

// helpLines lists the keys that do something in the pane in front.
func (m *model) helpLines() []line {
	const name = 15 // columns, as wide as the longest name of an action
	var all []key.Binding
	var keysWidth int
	for _, b := range m.settings.Keys.Bindings() {
		if m.panes.lines() == nil && slices.Contains(ofLines, b.Action) {
			continue
		}
		shown := b.All()
		if shown == "" {
			shown = "-"
		}
		keysWidth = max(keysWidth, cells(shown))
		text := fmt.Sprintf("%-*s%s", name, b.Action, b.Doc)
		if m.panes.narrow() {
			text = string(b.Action) + ": " + b.Doc
		}
		all = append(all, key.NewBinding(key.WithKeys(shown), key.WithHelp(shown, text)))
	}
	indent := 1 + keysWidth + 1
	if !m.panes.narrow() {
		indent += name
	}
	var lines []line
	for row := range strings.SplitSeq(newHelp(m.look).FullHelpView([][]key.Binding{all}), "\n") {
		lines = append(lines, line{text: " " + strings.TrimRight(row, " "), indent: indent})
	}
	return append(lines, line{},
		line{text: m.look.paint(dim, ` To use other keys, bind the actions in the config: [ui.keys] rebuild = "ctrl+r"`), indent: 1})
}

// keyLine lists the keys that matter here, as many as fit. Help and quit always do.
func (m *model) keyLine() string {
	h := newHelp(m.look)
	always := h.ShortHelpView([]key.Binding{m.hint(keys.Help), m.hint(keys.Quit)})
	var offered []key.Binding
	for _, a := range m.offered() {
		offered = append(offered, m.hint(a))
	}
	h.Width = max(1, m.panes.width-1-cells(always)-2)
	return fit(" "+strings.TrimLeft(strings.TrimRight(h.ShortHelpView(offered), " ")+"  "+always, " "), m.panes.width)
}

// hint is a key with its action in a word.
func (m *model) hint(a keys.Action) key.Binding {
	b := m.settings.Keys.Of(a).Key
	lines := m.lines()
	switch {
	case a == keys.Pause && m.status.state.Paused:
		b.SetHelp(b.Help().Key, "resume")
	case a == keys.Select && m.panes.tab == historyTab:
		b.SetHelp(b.Help().Key, "details")
	case a == keys.Back && m.overlay.pager == nil && lines != nil && lines.search.empty():
		b.SetHelp(b.Help().Key, "show all") // it leaves a filter
	}
	return b
}

// offered are the actions that matter in the pane in front, the most useful first.
func (m *model) offered() []keys.Action {
	common := []keys.Action{keys.Rebuild, keys.Restart, keys.Pause}
	if m.status.state.Paused {
		common = []keys.Action{keys.Pause, keys.Rebuild, keys.Restart}
	}
	tail := []keys.Action{keys.NextTab, keys.Copy, keys.Mouse}
	items := []keys.Action{keys.Down, keys.Up}
	lines := m.lines()
	switch {
	case m.overlay.kind == valuesOverlay:
		return slices.Concat([]keys.Action{keys.Set, keys.Back}, items)
	case m.overlay.kind == helpOverlay, m.overlay.kind == instancesOverlay:
		return slices.Concat([]keys.Action{keys.Back}, items)
	case m.panes.tab == problemsTab && len(m.panes.problems.list) > 0:
		return slices.Concat([]keys.Action{keys.Edit}, items, common, tail)
	case m.panes.tab == historyTab && len(m.panes.history.list) > 0:
		return slices.Concat([]keys.Action{keys.Select}, items, common, tail)
	case lines != nil && !lines.search.empty():
		return slices.Concat([]keys.Action{keys.NextMatch, keys.PrevMatch, keys.Back, keys.Search}, common)
	case lines != nil && !lines.filter.empty():
		return slices.Concat([]keys.Action{keys.Back, keys.Filter, keys.Search}, common)
	case lines != nil && lines.paused:
		return slices.Concat([]keys.Action{keys.Follow}, common, []keys.Action{keys.Search, keys.Filter}, tail)
	}
	if len(m.panes.problems.list) > 0 {
		common = append(common, keys.Edit)
	}
	if lines != nil {
		common = append(common, keys.Search)
	}
	if m.status.state.Serving.Address != "" {
		common = append(common, keys.Open)
	}
	if lines != nil {
		common, tail = append(common, keys.NextTab, keys.Filter, keys.Input), tail[1:]
		if m.console.drawn() { // the lines that it prints are not meant to be read
			common = append([]keys.Action{keys.Attach}, common...)
		} else {
			common = append(common, keys.Attach)
		}
	}
	return slices.Concat(common, tail)
}
