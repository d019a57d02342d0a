// Package tui is the screen that stays open all day.
//
// In go a session's updates and the user's keys; out come frames, and commands to
// the session. What always holds: the screen decides nothing about the app. It
// shows the session's state and keeps only what is its own: scroll, tab, size,
// search and filter, and a log of what happened. An update never waits for the
// terminal. A frame is as large as the screen and contains no control sequences but
// styles. Nothing is written while nothing changes. However the program ends, the
// terminal is as it was before.
//
//	updates ─▶ collect ─▶ mailbox ─▶ reader ─▶ Update ─▶ View ─▶ terminal
//	               keys, mouse, size ───────────┘ └─▶ link ─▶ session
//
// Read model.go first; panes.go says what lies on the screen.
package tui

import (
	"os"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"

	"hotreload/internal/mailbox"
	"hotreload/internal/tty"
	"hotreload/session"
	"hotreload/ui/keys"
	"hotreload/ui/quiet"
)

// The libraries are initialised, so TERM gets its value back.
var _ = quiet.Restore()

// Settings are what the config says about the screen. A session carries them in
// session.Config.UI as a *Settings.
type Settings struct {
	Keys   keys.Map
	Editor string // empty: the environment's
}

// Run shows updates until they end, and returns a summary of the session. The
// error says why the screen was lost before; Run receives all updates even then.
func Run(o Options, updates <-chan session.Update) (summary string, err error) {
	box := mailbox.NewMerging(new(backlog).add)
	ended := make(chan struct{})
	// Out is a terminal, even if CI is set in the environment.
	renderer := lipgloss.NewRenderer(o.Out, termenv.WithTTY(true))
	m := newModel(o, box, newStyles(renderer))
	go func() {
		defer close(ended)
		collect(updates, box, m.console)
	}()
	m.ascii = onlyASCII(os.Getenv)
	program := tea.NewProgram(m, tea.WithInput(o.In), tea.WithOutput(o.Out),
		tea.WithAltScreen(), tea.WithoutSignalHandler())
	g := tty.GuardScreen(o.Out)
	_, err = program.Run()
	g.End()
	close(m.link.done)
	box.Close()
	<-ended // the session ends once it has stopped the app
	return m.tally.summary(time.Now()), err
}
