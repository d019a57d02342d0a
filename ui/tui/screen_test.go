package tui

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
	"go.uber.org/goleak"

	"hotreload/internal/mailbox"
	"hotreload/session"
	"hotreload/ui/display"
	"hotreload/ui/internal/recorded"
	"hotreload/ui/keys"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testNow is when the tests draw their frames: shortly after the events of the
// recordings.
func testNow() time.Time { return time.Date(2026, 11, 23, 9, 19, 24, 400_000_000, time.UTC) }

// stage is a screen without a terminal.
type stage struct {
	*model
	t        *testing.T
	commands []session.Command
	typed    []string
	hidden   []string         // what was typed hidden
	terminal session.Terminal // the app's
	set      func(name, value string) error
}

// newStage makes a screen of a size, with or without colours.
func newStage(t *testing.T, width, height int, profile termenv.Profile) *stage {
	t.Helper()
	renderer := lipgloss.NewRenderer(io.Discard)
	renderer.SetColorProfile(profile)
	s := &stage{t: t, set: func(string, string) error { return nil }}
	m := newModel(Options{
		Start: Settings{Keys: keys.New(nil)}, Send: s.receive,
	}, mailbox.New[item](), newStyles(renderer))
	m.clock.now = testNow
	m.panes.problems.load = func(_ string, list []problem) tea.Cmd {
		read := make(sources, len(list))
		copy(read, list)
		for i := range read {
			read[i].source = []sourceRow{
				{"  2 │ ", "func main() {", around}, {"▸ 3 │ ", "    x()", meant}, {"    │ ", "    ^", caret}, {"  4 │ ", "}", around},
			}
		}
		return func() tea.Msg { return read }
	}
	s.model = m
	s.resize(width, height)
	return s
}

// receive is the session.
func (s *stage) receive(c session.Command) {
	switch c := c.(type) {
	case session.TypedHidden:
		s.hidden = append(s.hidden, string(c.Text))
		c.Done <- nil
	case session.Look:
		c.Done <- s.terminal
	case session.Typed:
		s.typed = append(s.typed, string(c.Text))
	case session.Setting:
		c.Done <- s.set(c.Name, c.Value)
	case session.Order:
		s.commands = append(s.commands, c)
	}
}

// feed shows updates in one frame.
func (s *stage) feed(updates ...session.Update) {
	s.t.Helper()
	s.send(s.reader.digest(waitingFor(updates)))
}

// waitingFor are updates as they wait for a frame.
func waitingFor(updates []session.Update) []item {
	box := mailbox.NewMerging(new(backlog).add)
	c := make(chan session.Update, len(updates))
	for _, u := range updates {
		c <- u
	}
	close(c)
	collect(c, box, &console{})
	return box.Take()
}

// send gives the screen a message, and the messages of its commands. It does not wait
// for time to pass.
func (s *stage) send(message tea.Msg) {
	s.t.Helper()
	switch message := message.(type) {
	case tea.BatchMsg:
		for _, c := range message {
			s.do(c)
		}
	default:
		_, cmd := s.Update(message)
		if _, ok := message.(looked); ok {
			return // it looks again, later
		}
		if _, ok := message.(news); ok {
			cmd = s.panes.problems.load("", s.panes.problems.list) // the other commands wait
		}
		s.do(cmd)
	}
}

func (s *stage) do(c tea.Cmd) {
	if c != nil {
		if message := c(); message != nil {
			s.send(message)
		}
	}
}

// press presses keys, by their names.
func (s *stage) press(names ...string) {
	s.t.Helper()
	special := map[string]tea.KeyType{
		"enter": tea.KeyEnter, "esc": tea.KeyEsc, "tab": tea.KeyTab, "shift+tab": tea.KeyShiftTab, "up": tea.KeyUp, "down": tea.KeyDown,
		"pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown, "home": tea.KeyHome, "end": tea.KeyEnd, "ctrl+c": tea.KeyCtrlC, "backspace": tea.KeyBackspace,
		"ctrl+]": tea.KeyCtrlCloseBracket,
	}
	for _, name := range names {
		k := tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(name)}
		if t, ok := special[name]; ok {
			k = tea.KeyMsg{Type: t}
		}
		s.do(s.keys(k))
	}
}

// frame draws the screen and checks what always holds.
func (s *stage) frame() string {
	s.t.Helper()
	view := s.View()
	rows := strings.Split(view, "\n")
	if len(rows) != s.panes.height {
		s.t.Fatalf("the frame has %d rows, want %d:\n%s", len(rows), s.panes.height, view)
	}
	for _, row := range rows {
		if w := cells(row); w > s.panes.width {
			s.t.Fatalf("a row is %d wide, want %d at most: %q", w, s.panes.width, row)
		}
	}
	return view
}

func (s *stage) has(text string) {
	s.t.Helper()
	if view := display.Plain(s.frame()); !strings.Contains(view, text) {
		s.t.Errorf("the screen does not have %q:\n%s", text, view)
	}
}

func (s *stage) hasNot(text string) {
	s.t.Helper()
	if view := display.Plain(s.frame()); strings.Contains(view, text) {
		s.t.Errorf("the screen has %q:\n%s", text, view)
	}
}

// printed is output of numbered lines.
func printed(from, to int) []session.Update {
	var r recorded.Recording
	for n := from; n <= to; n++ {
		r.Tell(recorded.Printed("stdout", fmt.Sprintf("line %d\n", n)))
	}
	return r.Updates
}
