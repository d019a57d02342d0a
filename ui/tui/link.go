package tui

import (
	"io"
	"os"

	tea "github.com/charmbracelet/bubbletea"

	"hotreload/session"
)

// link is the way from the screen to the rest of the program: all that it sends
// passes here.
type link struct {
	options Options
	out     io.Writer
	done    chan struct{} // closed when nothing is shown any more
}

// send passes a command to the session.
func (l link) send(c session.Command) tea.Cmd {
	l.options.Send(c)
	return nil
}

// typeLine types a line for the app.
func (l link) typeLine(text string) tea.Cmd {
	return l.send(session.Typed{Text: []byte(text + "\n")})
}

// typeHidden types a line for the app that is not to be shown.
func (l link) typeHidden(text string) tea.Cmd {
	answer := make(chan error, 1)
	l.options.Send(session.TypedHidden{Text: []byte(text + "\n"), Done: answer})
	return func() tea.Msg {
		select {
		case err := <-answer:
			if err != nil {
				return notice{err.Error(), bad}
			}
		case <-l.done:
		}
		return nil
	}
}

// look asks how the app has set up its terminal, and makes a message of the answer.
func (l link) look(message func(session.Terminal) tea.Msg) tea.Cmd {
	answer := make(chan session.Terminal, 1)
	l.options.Send(session.Look{Done: answer})
	return func() tea.Msg {
		select {
		case terminal := <-answer:
			return message(terminal)
		case <-l.done:
			return nil
		}
	}
}

// set sets a tunable of the running app.
func (l link) set(name, value string) tea.Cmd {
	answer := make(chan error, 1)
	l.options.Send(session.Setting{Name: name, Value: value, Done: answer})
	return func() tea.Msg {
		select {
		case err := <-answer:
			if err != nil {
				return notice{clean(err.Error()), bad}
			}
			return notice{clean(name) + " is set to " + clean(value), good}
		case <-l.done:
			return nil
		}
	}
}

// resize reports the size of the app's part of the screen.
func (l link) resize(columns, rows int) {
	l.options.Send(session.Resized{Columns: columns, Rows: rows})
}

// lend reports that another program takes over the terminal, or is done with it.
func (l link) lend(lent bool) {
	if l.options.Lent != nil {
		l.options.Lent(lent)
	}
}

// write writes a control sequence to the terminal.
func (l link) write(sequence string) tea.Cmd {
	return func() tea.Msg {
		if _, err := io.WriteString(l.out, sequence); err != nil {
			return notice{"cannot copy: " + err.Error(), bad}
		}
		return nil
	}
}

// Options are what the screen is made of.
type Options struct {
	In, Out *os.File
	Start   Settings              // until State.UI brings others
	Send    func(session.Command) // to the session; does not wait
	// Lent reports that a program such as an editor has the terminal, and Ctrl-C
	// with it, or that it is done.
	Lent func(bool)
	// Interrupt is for Ctrl-C, which is a key here: the first one quits, a later one ends
	// all at once. If it is nil, Ctrl-C quits as the session's command does.
	Interrupt func()
}
