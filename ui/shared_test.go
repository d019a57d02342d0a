package ui

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"hotreload/session"
	"hotreload/ui/internal/recorded"
)

// sharing is a terminal that an app is on.
type sharing struct {
	t      *testing.T
	screen bytes.Buffer
	guard  []string
	shared *Shared
	plain  *plain
}

func newSharing(t *testing.T) *sharing {
	s := &sharing{t: t}
	s.shared = NewShared(&s.screen, &s.screen, func(leave string) { s.guard = append(s.guard, leave) })
	s.plain = newPlain(Options{Shared: s.shared})
	s.shared.Return()
	return s
}

// tell shows events of a version.
func (s *sharing) tell(gen int, events ...session.Data) {
	s.t.Helper()
	for _, d := range events {
		if err := s.plain.show(session.Update{Event: session.Event{Gen: gen, Data: d}}); err != nil {
			s.t.Fatal(err)
		}
	}
}

// shows checks what has been written since it was called before.
func (s *sharing) shows(want string) {
	s.t.Helper()
	if got := s.screen.String(); got != want {
		s.t.Errorf("the terminal was sent %q, want %q", got, want)
	}
	s.screen.Reset()
}

func printed(text string) session.AppOutput { return recorded.Printed("stdout", text) }

const (
	enter  = "\x1b[?1049h\x1b[?25l"
	leave  = "\x1b[?25h\x1b[?1049l"
	undone = "\x1b[?25h\x1b7\x1b[r\x1b8\x1b[?1049l\x1b(B\x1b[0m"
)

var (
	note   = session.Note{Text: "note"}
	failed = session.BuildError{Text: "main.go:1:1: wrong"}
	killed = session.AppExit{Signal: "SIGKILL", Expected: true}
)

// What an app prints is not changed. Lines of ours begin at the start of a line.
func TestSharedLines(t *testing.T) {
	for name, test := range map[string]struct {
		events []session.Data
		want   string
	}{
		"lines":               {[]session.Data{printed("a\r\nb\r\n"), note}, "a\r\nb\r\nhotreload: note\r\n"},
		"within a line":       {[]session.Data{printed("Password: "), note, note}, "Password: \r\nhotreload: note\r\nhotreload: note\r\n"},
		"newlines alone":      {[]session.Data{printed("a\nb\r\n"), note}, "a\nb\r\nhotreload: note\r\n"},
		"an invisible end":    {[]session.Data{printed("a\r\n\x1b[0m\x1b[?2004l"), note}, "a\r\n\x1b[0m\x1b[?2004lhotreload: note\r\n"},
		"only that":           {[]session.Data{printed("a"), printed("\x1b[0m"), note}, "a\x1b[0m\r\nhotreload: note\r\n"},
		"an erased line":      {[]session.Data{printed("a\r\x1b[2K\r"), note}, "a\r\x1b[2K\rhotreload: note\r\n"},
		"no bytes, but lines": {[]session.Data{session.AppOutput{Stream: "stdout", Lines: []string{"the end"}}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSharing(t)
			s.tell(1, append([]session.Data{session.AppStart{PID: 1}}, test.events...)...)
			s.shared.end()
			s.shows(test.want)
			if len(s.guard) > 0 {
				t.Errorf("the guard was told %q", s.guard)
			}
		})
	}
}

// Our lines wait until the app no longer draws. A failed build is told at once, where that
// can be read.
func TestSharedHolds(t *testing.T) {
	s := newSharing(t)
	s.tell(1, session.AppStart{PID: 1}, printed(enter+"drawn"), note, failed)
	s.shows(enter + "drawn")
	s.tell(1, printed("more"+leave))
	s.shows("more" + leave + "hotreload: note\r\nhotreload: main.go:1:1: wrong\r\n" + toldOf(failed))
	s.tell(1, printed("\x1b[?25linline\r\n"), note)
	s.shows("\x1b[?25linline\r\n")
	s.tell(1, failed, note)
	s.shows("hotreload: note\r\nhotreload: main.go:1:1: wrong\r\n" + toldOf(failed))
	s.tell(1, printed("\x1b[?25h"))
	s.shows("\x1b[?25hhotreload: note\r\n")

	s.tell(1, printed(enter))
	s.screen.Reset()
	for range maxHeld / len("hotreload: note") * 2 {
		s.tell(1, note)
	}
	if held := len(strings.Join(s.shared.held, "")); held > maxHeld || held < maxHeld/2 {
		t.Errorf("%d bytes wait", held)
	}
	s.shared.end()
	if got := s.screen.String(); !strings.HasPrefix(got, undone+"hotreload: note\r\n") {
		t.Errorf("the terminal was sent %.80q", got)
	}
	if !s.shared.Over() {
		t.Error("it is not over")
	}
}

// toldOf is what else is said of a failed build.
func toldOf(d session.Data) string {
	var b bytes.Buffer
	p := newPlain(Options{Err: &b})
	_ = p.show(session.Update{Event: session.Event{Gen: 1, Data: d}})
	_, rest, _ := strings.Cut(b.String(), "wrong\n")
	return strings.ReplaceAll(rest, "\n", "\r\n")
}

// What an app has set up and not undone is undone when it has ended, and the guard knows it.
func TestSharedUndoes(t *testing.T) {
	s := newSharing(t)
	s.tell(1, session.AppStart{PID: 1}, printed(enter+"drawn"), killed)
	s.shows(enter + "drawn" + undone)
	s.tell(2, session.AppStart{PID: 2}, printed("two\r\n"))
	s.shows("two\r\n")
	if want := []string{undone, ""}; !slices.Equal(s.guard, want) {
		t.Errorf("the guard was told %q, want %q", s.guard, want)
	}
	s.tell(2, session.AppStart{PID: 3, Replaces: 2}) // it replaced itself
	s.screen.Reset()
	s.tell(2, printed(enter), killed)
	s.shows(enter + undone)
}

// Of two versions the newer one has the terminal: what the other draws is not shown, what it
// prints is. If the newer one fails, the other one has it again.
func TestSharedOverlap(t *testing.T) {
	s := newSharing(t)
	s.tell(1, session.AppStart{PID: 1}, printed(enter+"one"))
	s.screen.Reset()
	s.tell(2, session.AppStart{PID: 2}, printed("two\r\n"))
	s.shows(undone + "two\r\n")
	s.tell(1, printed("still one"))
	s.shows("")
	s.tell(2, printed(enter+"two"))
	s.shows(enter + "two")
	s.tell(1, printed(leave), printed("one ends\r\n"), session.AppExit{Expected: true})
	s.shows("one ends\r\n")
	s.tell(3, session.AppStart{PID: 3}, printed("fails\r\n"))
	s.shows(undone + "fails\r\n")
	s.tell(3, session.AppExit{Code: 1, Expected: true})
	s.shows("\x1b[?1049h\x1b[2J\x1b[Htwo\x1b[?25l")
}

// While a shell has the terminal, nothing is drawn on it.
func TestSharedAway(t *testing.T) {
	s := newSharing(t)
	s.tell(1, session.AppStart{PID: 1}, printed(enter+"one"), note)
	s.screen.Reset()
	s.shared.Leave()
	s.shows(undone + "hotreload: note\r\n")
	s.tell(1, printed("two"), note)
	s.shows("hotreload: note\r\n")
	s.shared.Return()
	s.shows("\x1b[?1049h\x1b[2J\x1b[Honetwo\x1b[?25l")
	s.shared.Leave()
	s.tell(1, killed)
	s.shared.Return()
	s.shows(undone)
	if want := []string{undone, "", undone, ""}; !slices.Equal(s.guard, want) {
		t.Errorf("the guard was told %q, want %q", s.guard, want)
	}
}
