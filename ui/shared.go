package ui

import (
	"bytes"
	"io"
	"regexp"
	"sync"
	"sync/atomic"

	"hotreload/session"
	"hotreload/ui/modes"
)

// maxHeld bounds our lines that wait until an app no longer draws. The oldest are dropped.
const maxHeld = 64 << 10

// Shared is the terminal in plain mode, if the app is on it as well. The newest version that
// runs has it: what an older one draws is not shown. While the app draws on it, our own lines
// wait. What an app has set up is undone when it has ended. The terminal changes nothing of
// what it is sent: newlines of the app's got their carriage returns on the app's terminal,
// and ours get them here.
type Shared struct {
	guard func(leave string)

	mu       sync.Mutex
	out, err io.Writer
	apps     []*tenant   // that run, the newest last
	held     []string    // our lines that wait
	midLine  bool        // it ended within a line
	away     bool        // a shell has the terminal
	over     atomic.Bool // nothing is shown any more
	told     string      // what the guard was told last
}

// tenant is a version of the app on the terminal.
type tenant struct {
	gen   int
	modes modes.Modes
}

// draws reports whether a line of others would disturb what it shows.
func (t *tenant) draws() bool { return t != nil && t.modes.Draws() }

// changed reports whether the terminal has to be made what it was before.
func (t *tenant) changed() bool { return t != nil && t.modes.Changed() }

// NewShared returns a terminal that nothing has been written to, and that a shell has until
// Return is called. The guard is told what restores it, whenever that changes.
func NewShared(out, err io.Writer, guard func(leave string)) *Shared {
	return &Shared{out: out, err: err, guard: guard, away: true}
}

// newest is the version that has the terminal; nil: none runs.
func (s *Shared) newest() *tenant {
	if len(s.apps) == 0 {
		return nil
	}
	return s.apps[len(s.apps)-1]
}

// take takes an update's event, if that is about the app's terminal.
func (s *Shared) take(e session.Event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch d := e.Data.(type) {
	case session.AppStart:
		if d.Replaces == 0 {
			was := s.newest()
			s.apps = append(s.apps, &tenant{gen: e.Gen})
			return s.give(was)
		}
	case session.AppExit:
		for i, t := range s.apps {
			if t.gen != e.Gen {
				continue
			}
			had := t == s.newest()
			s.apps = append(s.apps[:i:i], s.apps[i+1:]...)
			if had {
				return s.give(t)
			}
			break
		}
	case session.AppOutput:
		return s.print(e.Gen, d)
	}
	return nil
}

// give takes the terminal from a version and gives it to the newest one.
func (s *Shared) give(from *tenant) error {
	s.tell()
	var b bytes.Buffer
	if from.changed() && !s.away {
		b.Write(from.modes.Undo())
	}
	if to := s.newest(); to.changed() && !s.away {
		b.Write(to.show())
	}
	if err := write(s.out, b.Bytes()); err != nil {
		return err
	}
	return s.release()
}

// show is what brings up a version that has drawn already.
func (t *tenant) show() []byte {
	if t.modes.Full() {
		return t.modes.Replay(func(text []byte) []byte { return text })
	}
	return t.modes.SetUp()
}

// print shows what a version printed.
func (s *Shared) print(gen int, out session.AppOutput) error {
	if len(out.Bytes) == 0 {
		return nil
	}
	t := s.newest()
	for _, other := range s.apps {
		if other.gen == gen {
			t = other
		}
	}
	if t == nil {
		t = &tenant{gen: gen}
	}
	drew, full := t.draws(), t.modes.Full()
	t.modes.Take(out.Bytes)
	if (drew || t.draws()) && (s.away || t != s.newest()) {
		return nil
	}
	s.tell()
	if !t.modes.Full() {
		s.midLine = endsWithin(after(out.Bytes, full), s.midLine)
	}
	if err := write(s.out, out.Bytes); err != nil {
		return err
	}
	return s.release()
}

// newlines has the terminal begin a new line at each newline.
func newlines(text []byte) []byte {
	return bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))
}

// line shows lines of our own, or keeps them until the app no longer draws. What is urgent
// is shown at once where it can be read.
func (s *Shared) line(text string, urgent bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = append(s.held, text)
	total := 0
	for i := len(s.held) - 1; i >= 0; i-- {
		if total += len(s.held[i]); total > maxHeld {
			s.held = s.held[i+1:]
			break
		}
	}
	if urgent && !s.newest().full() {
		return s.flush()
	}
	return s.release()
}

// full reports whether what others print is lost.
func (t *tenant) full() bool { return t != nil && t.modes.Full() }

// release shows our lines that have waited, unless they have to wait on.
func (s *Shared) release() error {
	if s.newest().draws() && !s.away {
		return nil
	}
	return s.flush()
}

func (s *Shared) flush() error {
	var b bytes.Buffer
	for _, text := range s.held {
		if s.midLine {
			b.WriteByte('\n')
			s.midLine = false
		}
		b.WriteString(text)
	}
	s.held = nil
	return write(s.err, newlines(b.Bytes()))
}

// tell tells the guard what restores the terminal now.
func (s *Shared) tell() {
	leave := ""
	if t := s.newest(); t.changed() && !s.away {
		leave = string(t.modes.Undo())
	}
	if leave != s.told {
		s.told = leave
		s.guard(leave)
	}
}

// Leave gives the terminal to a shell.
func (s *Shared) Leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.newest(); t.changed() && !s.away {
		_ = write(s.out, t.modes.Undo())
	}
	s.away = true
	s.tell()
	_ = s.release()
}

// Return takes the terminal back.
func (s *Shared) Return() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.away {
		return
	}
	s.away = false
	s.tell()
	if t := s.newest(); t.changed() {
		_ = write(s.out, t.show())
	}
}

// end shows what has waited. Nothing comes after it.
func (s *Shared) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.newest()
	s.apps = nil
	_ = s.give(was)
	s.over.Store(true)
}

// Over reports whether the terminal is as it was before all that was shown, and nothing
// will be shown any more.
func (s *Shared) Over() bool { return s.over.Load() }

func write(to io.Writer, text []byte) error {
	if len(text) == 0 {
		return nil
	}
	_, err := to.Write(text)
	return err
}

// left matches the end of what was drawn on the alternate screen.
var left = regexp.MustCompile(`\x1b\[\?(?:[0-9]+;)*(?:47|1047|1049)(?:;[0-9]+)*l`)

// after is the part of a text that is on the normal screen; full: it begins on the other one.
func after(text []byte, full bool) []byte {
	if all := left.FindAllIndex(text, -1); full && len(all) > 0 {
		return text[all[len(all)-1][1]:]
	}
	return text
}

// invisible matches what moves nothing, at the end of a text.
var invisible = regexp.MustCompile(`\x1b(?:\[[0-9;?<=>]*[hlmu]|[=>78]|\(B)$`)

// endsWithin reports whether a terminal is within a line after a text; was: before it.
func endsWithin(text []byte, was bool) bool {
	for len(text) > 0 {
		tail := text[max(0, len(text)-64):]
		at := invisible.FindIndex(tail)
		if at == nil {
			return text[len(text)-1] != '\n' && !bytes.HasSuffix(text, []byte("\x1b[2K\r"))
		}
		text = text[:len(text)-len(tail)+at[0]]
	}
	return was
}
