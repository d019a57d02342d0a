package tui

import (
	"time"

	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"hotreload/session"
)

// hiding masks what is typed for the app while the app does not echo it. Until it is known
// whether the app does, a letter is masked.
type hiding struct {
	asked  int  // questions so far; an answer to an older one does not count
	known  bool // the last question was answered
	hidden bool // by the last answer, the app echoes nothing
}

// lookEvery is how often the app is looked at while a line is being typed for it.
const lookEvery = 100 * time.Millisecond

type (
	// looked is the answer to a question.
	looked struct {
		asked    int
		terminal session.Terminal
	}
	// lookAgain is the moment for another question.
	lookAgain struct{ asked int }
)

// look asks whether the app echoes what is typed.
func (h *hiding) look(l link) tea.Cmd {
	h.asked++
	h.known = false
	asked := h.asked
	return l.look(func(t session.Terminal) tea.Msg { return looked{asked, t} })
}

// take takes an answer, and asks again in a while.
func (h *hiding) take(answer looked) tea.Cmd {
	if answer.asked != h.asked {
		return nil
	}
	h.known, h.hidden = true, answer.terminal.Hidden
	return tea.Tick(lookEvery, func(time.Time) tea.Msg { return lookAgain{answer.asked} })
}

// mode is how a line for the app is shown.
func (h *hiding) mode() textinput.EchoMode {
	if h.hidden || !h.known {
		return textinput.EchoPassword
	}
	return textinput.EchoNormal
}

// lookAgain asks again, if nothing has been asked since and the line is still being typed.
func (m *model) lookAgain(due lookAgain) tea.Cmd {
	h := &m.prompt.hiding
	if m.prompt.kind != inputPrompt || due.asked != h.asked {
		return nil
	}
	was := h.known
	cmd := h.look(m.link)
	h.known = was // no letter has come
	return cmd
}
