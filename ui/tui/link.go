package tui

import (
	"context"
	"io"
	"os"

	tea "github.com/charmbracelet/bubbletea"

	"hotreload/session"
)

// link is the way from the screen to the rest of the program: all that it sends,
// and the settings that it receives, pass here.
type link struct {
	options Options
	out     io.Writer
	done    chan struct{} // closed when nobody receives any more
}

// settings waits for changed settings.
func (l link) settings() tea.Msg {
	select {
	case s := <-l.options.Settings:
		return s
	case <-l.done:
		return nil
	}
}

// send passes a command to the session.
func (l link) send(c session.Command) tea.Cmd {
	return func() tea.Msg {
		select {
		case l.options.Commands <- c:
		case <-l.done:
		}
		return nil
	}
}

// typeLine types a line for the app.
func (l link) typeLine(text string) tea.Cmd {
	return func() tea.Msg {
		l.options.Type([]byte(text + "\n"))
		return nil
	}
}

// set sets a tunable of the running app.
func (l link) set(name, value string) tea.Cmd {
	return func() tea.Msg {
		if err := l.options.Set(context.Background(), name, value); err != nil {
			return notice{clean(err.Error()), bad}
		}
		return notice{clean(name) + " is set to " + clean(value), good}
	}
}

// resize reports the size of the app's part of the screen.
func (l link) resize(columns, rows int) {
	if l.options.Resize != nil {
		l.options.Resize(columns, rows)
	}
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
	In, Out  *os.File
	Start    Settings        // until others come
	Settings <-chan Settings // of a changed config
	Commands chan<- session.Command
	// Type takes what is typed for the app, Resize the size of its part of the
	// screen.
	Type   func(text []byte)
	Resize func(columns, rows int)
	// Set sets a tunable of the running app.
	Set func(ctx context.Context, name, value string) error
	// Lent reports that a program such as an editor has the terminal, and Ctrl-C
	// with it, or that it is done.
	Lent func(bool)
}
