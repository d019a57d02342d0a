// Package tui is the screen that people leave open all day.
//
// In go a session's updates and keys; out come frames, and the session's
// commands. What always holds: it decides nothing about the app, and keeps only
// what is its own business, such as scroll, tab, size, search and filter; an
// update never waits for the terminal; a frame is as large as the screen and holds
// no control sequence but styling; nothing is written while nothing changes;
// however it ends, the terminal is as before.
//
//	updates ─▶ collect ─▶ reader.next ─▶ Update ─▶ View ─▶ terminal
//	               keys, mouse, size ─────┘ └─▶ commands
package tui

import (
	"context"
	"io"
	"os"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"

	"hotreload/session"
	"hotreload/ui/keys"
	"hotreload/ui/quiet"
)

// The terminal's name is the true one again, now that the libraries are set up.
var _ = quiet.Restore()

// Options are what the screen is made of.
type Options struct {
	In, Out  *os.File
	Keys     keys.Map
	Editor   string // the config's; empty: the environment's
	Commands chan<- session.Command
	// Type takes what is typed for the app; Resize, how large its part of the
	// screen is.
	Type   func(text []byte)
	Resize func(columns, rows int)
	// Set sets a value in the running app.
	Set func(ctx context.Context, name, value string) error
	// Lent is told when a program such as an editor takes the terminal, and Ctrl-C
	// with it, and when it gives it back.
	Lent func(bool)
}

// Settings are what the config says of the screen. State.UI brings changed ones.
type Settings struct {
	Keys   keys.Map
	Editor string
}

// Run shows updates until they end, and returns what sums them up. The error says
// why the screen was lost before; updates are taken to their end all the same.
func Run(o Options, updates <-chan session.Update) (summary string, err error) {
	frames := make(chan []item)
	done := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		collect(updates, frames)
	}()
	// Out is a terminal, whatever CI in the environment makes the library think.
	renderer := lipgloss.NewRenderer(o.Out, termenv.WithTTY(true))
	m := newModel(o, frames, newStyles(renderer))
	m.done, m.ascii = done, onlyASCII(os.Getenv)
	program := tea.NewProgram(m, tea.WithInput(o.In), tea.WithOutput(o.Out),
		tea.WithAltScreen(), tea.WithoutSignalHandler())
	g := startGuard(o.Out)
	_, err = program.Run()
	g.end()
	close(done)
	for range frames { // the session goes on until it has stopped the app
	}
	<-ended
	return m.tally.summary(time.Now()), err
}

// copyOut writes a text to the terminal's clipboard.
func copyOut(out io.Writer, sequence string) tea.Cmd {
	return func() tea.Msg {
		if _, err := io.WriteString(out, sequence); err != nil {
			return notice{"could not copy: " + err.Error(), bad}
		}
		return nil
	}
}
