//go:build unix

package tui

import (
	"bytes"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/creack/pty"
	"hotreload/internal/tty"
	"hotreload/session"
	"hotreload/ui/keys"
)

// terminalStage is a connection on a real terminal.
type terminalStage struct {
	t        *testing.T
	ours     *os.File // the user's side
	theirs   *os.File
	before   tty.State
	console  *console
	commands chan session.Command
	ended    chan error

	mu    sync.Mutex
	shown bytes.Buffer
	more  *sync.Cond
}

func newTerminalStage(t *testing.T, printed ...session.Update) *terminalStage {
	t.Helper()
	ours, theirs, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	if err := pty.Setsize(ours, &pty.Winsize{Cols: 91, Rows: 31}); err != nil {
		t.Fatal(err)
	}
	before, err := tty.Get(theirs)
	if err != nil {
		t.Fatal(err)
	}
	s := &terminalStage{t: t, ours: ours, theirs: theirs, before: before, console: &console{}, commands: make(chan session.Command, 100), ended: make(chan error, 1)}
	s.more = sync.NewCond(&s.mu)
	for _, u := range printed {
		s.console.take(u)
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		s.read()
	}()
	t.Cleanup(func() { theirs.Close(); <-read; ours.Close() })
	l := link{options: Options{In: theirs, Out: theirs, Send: func(c session.Command) { s.commands <- c }}}
	c := newConnection(l, s.console, keys.New(nil))
	go func() { s.ended <- c.Run() }()
	return s
}

func (s *terminalStage) read() {
	buffer := make([]byte, 4096)
	for {
		n, err := s.ours.Read(buffer)
		s.mu.Lock()
		s.shown.Write(buffer[:n])
		s.more.Broadcast()
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// shows waits until the terminal has been sent some text.
func (s *terminalStage) shows(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for !strings.Contains(s.shown.String(), text) {
		s.more.Wait()
	}
}

func (s *terminalStage) types(text string) {
	s.t.Helper()
	if _, err := s.ours.WriteString(text); err != nil {
		s.t.Fatal(err)
	}
}

// typed waits for what the app is sent, in whatever pieces.
func (s *terminalStage) typed(want string) {
	s.t.Helper()
	var all string
	for len(all) < len(want) {
		if c, ok := (<-s.commands).(session.Typed); ok {
			all += string(c.Text)
		}
	}
	if all != want {
		s.t.Errorf("the app was sent %q, want %q", all, want)
	}
}

func outputOf(text string, raw bool) session.Update {
	return session.Update{Event: session.Event{Data: session.AppOutput{Stream: "stdout", Bytes: []byte(text), Raw: raw}}}
}

// While the app has the terminal, it gets every key and draws everything; afterwards the
// terminal is as it was.
func TestConnection(t *testing.T) {
	s := newTerminalStage(t, outputOf("\x1b[?1049h\x1b[?25lbefore", true))
	s.shows("ctrl+] returns to hotreload")
	s.shows("\x1b[?1049h\x1b[2J\x1b[Hbefore\x1b[?25l")
	if got := (<-s.commands); got != (session.Resized{Columns: 91, Rows: 31}) {
		t.Errorf("%+v, want the size of the terminal", got)
	}
	s.console.take(outputOf("down\nhere", true))
	s.shows("down\nhere")
	s.types("q\x03\x1b[A\r")
	s.typed("q\x03\x1b[A\r")
	s.console.take(session.Update{Event: session.Event{Data: session.AppStart{PID: 2}}})
	s.shows("\x1b[?25h\x1b7\x1b[r\x1b8\x1b[?1049l")
	s.console.take(outputOf("the next\nversion\x1b[?2004h", false))
	s.shows("the next\r\nversion")
	s.types("x\x1d")
	s.typed("x")
	if err := <-s.ended; err != nil {
		t.Error(err)
	}
	s.shows("\x1b[?2004l")
	s.console.take(outputOf("to the screen alone", false))
	after, err := tty.Get(s.theirs)
	if err != nil || after != s.before {
		t.Errorf("the terminal is %+v, %v; before it was %+v", after, err, s.before)
	}
}

// The screen comes back when the app has exited, or the session has ended.
func TestConnectionEnds(t *testing.T) {
	for name, end := range map[string]func(*console){
		"app":     func(c *console) { c.take(session.Update{Event: session.Event{Data: session.AppExit{Code: 1}}}) },
		"session": (*console).end,
	} {
		t.Run(name, func(t *testing.T) {
			s := newTerminalStage(t)
			<-s.commands // it is connected
			s.console.take(session.Update{Event: session.Event{Data: session.AppExit{Expected: true}}})
			s.console.take(outputOf("last words", false))
			s.shows("last words")
			end(s.console)
			if err := <-s.ended; err != nil {
				t.Error(err)
			}
		})
	}
}

// The key to detach is found in whatever form the terminal sends it.
func TestLeaveKeys(t *testing.T) {
	k := newLeaveKeys(keys.New(map[string]string{"detach": "ctrl+] ctrl+g"}).Control(keys.Detach))
	for _, form := range []string{"\x1d", "\x07", "\x1b[93;5u", "\x1b[93;69u", "\x1b[93;5:1u", "\x1b[27;5;93~", "\x1b[103;5u"} {
		if before, left := k.cut([]byte("ab" + form + "cd")); !left || string(before) != "ab" {
			t.Errorf("%q: %q, %v", form, before, left)
		}
	}
	for _, other := range []string{"]", "g", "\x1b[A", "\x1b[93u", "\x1b[93;3u", "\x1b[93;5:3u", "é", "\x1b"} {
		if before, left := k.cut([]byte(other)); left || string(before) != other {
			t.Errorf("%q: %q, %v", other, before, left)
		}
	}
}

// The app can be given the terminal only if it runs and has one of its own.
func TestAttach(t *testing.T) {
	s := plainStage(t)
	s.press("a")
	s.has("the app is not running")
	s.feed(phases()["3 running"]...)
	s.press("a")
	s.has("the app runs on pipes")
	s.terminal = session.Terminal{Exists: true}
	s.press("a")
	s.hasNot("pipes")
	s.hasNot("a attach")
	s.console.take(outputOf("\x1b[1;1Hdrawn", true))
	s.has(" a attach  r rebuild")
	s.hasNot("i input  a attach")
	s.press("ctrl+]")
	s.has("the screen has the keyboard already")
}
