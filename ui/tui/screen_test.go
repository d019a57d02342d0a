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

	"hotreload/session"
	"hotreload/ui/display"
	"hotreload/ui/keys"
	"hotreload/ui/recorded"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testNow is when the frames of the tests are drawn: a moment after the events
// of the recordings.
func testNow() time.Time { return time.Date(2026, 11, 23, 9, 19, 24, 400_000_000, time.UTC) }

// stage is a screen without a terminal.
type stage struct {
	*model
	t        *testing.T
	commands chan session.Command
	typed    []string
}

// newStage makes a screen of a size, with colours or without.
func newStage(t *testing.T, width, height int, profile termenv.Profile) *stage {
	t.Helper()
	renderer := lipgloss.NewRenderer(io.Discard)
	renderer.SetColorProfile(profile)
	s := &stage{t: t, commands: make(chan session.Command, 10)}
	done := make(chan struct{})
	close(done) // nobody waits for anything
	m := newModel(Options{Keys: keys.New(nil), Commands: s.commands, Type: func(b []byte) { s.typed = append(s.typed, string(b)) }}, nil, newStyles(renderer))
	m.now, m.done = testNow, done
	m.load = func(_ string, list []problem) tea.Cmd {
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

// feed shows updates in one frame.
func (s *stage) feed(updates ...session.Update) {
	s.t.Helper()
	var q queue
	for _, u := range updates {
		q.add(u)
	}
	s.send(s.reader.digest(q.items))
}

// send gives the screen a message, and those of the commands that come of it. What
// waits for time to pass is left out.
func (s *stage) send(message tea.Msg) {
	s.t.Helper()
	switch message := message.(type) {
	case tea.BatchMsg:
		for _, c := range message {
			s.do(c)
		}
	default:
		_, cmd := s.Update(message)
		if _, ok := message.(news); ok {
			cmd = s.model.load("", s.problems.list) // the rest is to wait for more
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
	}
	for _, name := range names {
		k := tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(name)}
		if t, ok := special[name]; ok {
			k = tea.KeyMsg{Type: t}
		}
		s.do(s.keys(k))
	}
}

// frame is the screen as it is, checked for what always holds.
func (s *stage) frame() string {
	s.t.Helper()
	view := s.View()
	rows := strings.Split(view, "\n")
	if len(rows) != s.height {
		s.t.Fatalf("the frame has %d rows, want %d:\n%s", len(rows), s.height, view)
	}
	for _, row := range rows {
		if w := cells(row); w > s.width {
			s.t.Fatalf("a row is %d wide, want %d at most: %q", w, s.width, row)
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
