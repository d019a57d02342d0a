package tui

import (
	"fmt"

	"github.com/charmbracelet/bubbles/cursor"
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"
)

// promptKind is what the user types.
type promptKind int

const (
	noPrompt promptKind = iota
	searchPrompt
	filterPrompt
	inputPrompt
	setPrompt
)

// prompt is the line that the user types in.
type prompt struct {
	kind   promptKind
	input  textinput.Model
	pane   *pager // to search
	was    pager  // the pane before, to restore when the search is cancelled
	hiding hiding // of a line for the app
}

// ask opens a prompt.
func (m *model) ask(kind promptKind, text string) {
	m.prompt.kind = kind
	m.prompt.input.SetValue(text)
	m.prompt.input.CursorEnd()
	m.prompt.input.Focus()
	m.prompt.pane = m.lines()
	if m.prompt.pane != nil {
		m.prompt.was = *m.prompt.pane
	}
}

// promptKey handles a key while a prompt is open.
func (m *model) promptKey(k tea.KeyMsg) tea.Cmd {
	p := &m.prompt
	switch k.String() {
	case "esc", "ctrl+c":
		m.cancel()
		return nil
	case "enter":
		return m.answer()
	}
	var cmd tea.Cmd
	p.input, cmd = p.input.Update(k)
	switch p.kind {
	case searchPrompt:
		// Each letter searches from where the search began, as it may match an earlier line.
		p.pane.paused, p.pane.top, p.pane.row, p.pane.found = p.was.paused, p.was.top, p.was.row, p.was.found
		p.pane.search = newQuery(p.input.Value())
		p.pane.find(-1)
	case filterPrompt:
		p.pane.setFilter(newQuery(p.input.Value()))
	case inputPrompt:
		return tea.Batch(cmd, p.hiding.look(m.link))
	}
	return cmd
}

// cancel closes a prompt and restores the pane.
func (m *model) cancel() {
	p := &m.prompt
	switch p.kind {
	case searchPrompt:
		p.pane.search = query{}
		p.pane.paused, p.pane.top, p.pane.row, p.pane.found = p.was.paused, p.was.top, p.was.row, -1
	case filterPrompt:
		p.pane.setFilter(p.was.filter)
	case inputPrompt:
		p.input.Reset()
	}
	p.kind = noPrompt
}

// answer acts on what was typed.
func (m *model) answer() tea.Cmd {
	p := &m.prompt
	kind := p.kind
	p.kind = noPrompt
	switch kind {
	case searchPrompt:
		if _, of := p.pane.matches(); of == 0 && !p.pane.search.empty() {
			m.notice = notice{"no match: " + p.input.Value(), warning}
			p.pane.search = query{}
		}
	case setPrompt:
		return m.set(p.input.Value())
	case inputPrompt:
		text, hidden := p.input.Value(), p.hiding.hidden
		p.input.Reset()
		if hidden {
			return m.link.typeHidden(text)
		}
		return m.link.typeLine(text)
	}
	return nil
}

// promptLine draws the prompt with its text, and what it finds.
func (m *model) promptLine() string {
	p := &m.prompt
	label := map[promptKind]string{searchPrompt: "/", filterPrompt: "& ", inputPrompt: "to the app: ", setPrompt: "set "}[p.kind]
	right := ""
	if p.kind == searchPrompt && !p.pane.search.empty() {
		which, of := p.pane.matches()
		right = fmt.Sprintf("%d of %d ", which, of)
		if of == 0 {
			right = "no match "
		}
	}
	input := p.input
	if p.kind == inputPrompt {
		input.EchoMode = p.hiding.mode()
		if p.hiding.hidden {
			right = "hidden "
		}
	}
	input.Width = max(1, m.panes.width-cells(label)-cells(right)-3)
	return spread(" "+m.look.paint(strong, label)+input.View(), m.look.paint(dim, right), m.panes.width)
}

// newInput makes the field of the prompt. Its cursor does not blink: nothing is
// written to an idle screen.
func newInput() textinput.Model {
	input := textinput.New()
	input.Prompt = ""
	input.Cursor.SetMode(cursor.CursorStatic)
	return input
}
