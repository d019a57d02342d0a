package tui

import (
	"fmt"

	"github.com/charmbracelet/bubbles/cursor"
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"
)

// promptKind is what is being typed.
type promptKind int

const (
	noPrompt promptKind = iota
	searchPrompt
	filterPrompt
	inputPrompt
	setPrompt
)

// prompt is the line in which something is typed.
type prompt struct {
	kind  promptKind
	input textinput.Model
	pane  *pager // that is searched
	was   pager  // as it was before, should the search be given up
}

// ask opens a prompt.
func (m *model) ask(kind promptKind, text string) {
	m.prompt.kind = kind
	m.prompt.input.SetValue(text)
	m.prompt.input.CursorEnd()
	m.prompt.input.Focus()
	m.prompt.pane = m.pager()
	if m.prompt.pane != nil {
		m.prompt.was = *m.prompt.pane
	}
}

// promptKey takes a key while a prompt is open.
func (m *model) promptKey(k tea.KeyMsg) tea.Cmd {
	p := &m.prompt
	switch k.String() {
	case "esc", "ctrl+c":
		m.giveUp()
		return nil
	case "enter":
		return m.answer()
	}
	var cmd tea.Cmd
	p.input, cmd = p.input.Update(k)
	switch p.kind {
	case searchPrompt:
		// From where the search began, each time: more letters may find an earlier line.
		p.pane.paused, p.pane.top, p.pane.row, p.pane.found = p.was.paused, p.was.top, p.was.row, p.was.found
		p.pane.search = newQuery(p.input.Value())
		p.pane.find(-1)
	case filterPrompt:
		p.pane.setFilter(newQuery(p.input.Value()))
	}
	return cmd
}

// giveUp closes a prompt as if it had never been.
func (m *model) giveUp() {
	p := &m.prompt
	switch p.kind {
	case searchPrompt:
		p.pane.search = query{}
		p.pane.paused, p.pane.top, p.pane.row, p.pane.found = p.was.paused, p.was.top, p.was.row, -1
	case filterPrompt:
		p.pane.setFilter(p.was.filter)
	}
	p.kind = noPrompt
}

// answer takes what was typed.
func (m *model) answer() tea.Cmd {
	p := &m.prompt
	kind := p.kind
	p.kind = noPrompt
	switch kind {
	case searchPrompt:
		if _, of := p.pane.matches(); of == 0 && !p.pane.search.empty() {
			m.notice = notice{"not found: " + p.input.Value(), warning}
			p.pane.search = query{}
		}
	case setPrompt:
		return m.set(p.input.Value())
	case inputPrompt:
		text := p.input.Value() + "\n"
		return func() tea.Msg {
			m.Type([]byte(text))
			return nil
		}
	}
	return nil
}

// promptLine is the prompt with what is typed, and what it finds.
func (m *model) promptLine() string {
	p := &m.prompt
	label := map[promptKind]string{searchPrompt: "/", filterPrompt: "& ", inputPrompt: "for the app: ", setPrompt: "set "}[p.kind]
	right := ""
	if p.kind == searchPrompt && !p.pane.search.empty() {
		which, of := p.pane.matches()
		right = fmt.Sprintf("%d of %d ", which, of)
		if of == 0 {
			right = "not found "
		}
	}
	input := p.input
	input.Width = max(1, m.width-cells(label)-cells(right)-3)
	return spread(" "+m.look.paint(strong, label)+input.View(), m.look.paint(dim, right), m.width)
}

// newInput is the line that is typed in. Its cursor does not blink: a screen on
// which nothing happens is not written to.
func newInput() textinput.Model {
	input := textinput.New()
	input.Prompt = ""
	input.Cursor.SetMode(cursor.CursorStatic)
	return input
}
