package tui

import (
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/muesli/termenv"

	"hotreload/ui/internal/recorded"
)

// Whatever an app prints and whatever keys are pressed: the frame is never larger
// than the screen, and contains no controls but newlines and styles.
func FuzzFrame(f *testing.F) {
	f.Add([]byte("\x1b[31mred\x1b[0m\r\n\ttab \xe4\xb8\x96 e\u0301\b\b\x1b[K\x1b]0;t\x07"), "/e\n", 40, 12)
	f.Add([]byte("\x1b[2J\x1b[?1049h\x1b[999;999H\x9b1m\u202e\x1bP\x00"), "kgw4?", 80, 24)
	f.Add([]byte("👨\u200d👩\u200d👧 \x1b[38;5;1m\x1b[9999C世"), "&x\nyG3", 1, 1)
	f.Fuzz(func(t *testing.T, output []byte, pressed string, width, height int) {
		if len(pressed) > 50 {
			return
		}
		s := newStage(t, 1+abs(width)%200, 1+abs(height)%70, termenv.ANSI)
		s.link.out = io.Discard
		s.panes.problems.load = nil
		var r recorded.Recording
		half := len(output) / 2
		r.Tell(recorded.Printed("stdout", string(output[:half])))
		r.Tell(recorded.Printed("stderr", string(output[half:])))
		s.take(s.reader.digest(waitingFor(r.Updates)))
		check(t, s)
		for _, k := range pressed {
			name := string(k)
			switch k {
			case '\n':
				name = "enter"
			case 'o', 'e', 'y', 'i': // they start programs, or need a receiver
				continue
			}
			s.press(name)
			check(t, s)
		}
		s.take(s.reader.digest(waitingFor(r.Updates)))
		check(t, s)
	})
}

func abs(n int) int { return max(n, -(n + 1)) }

func check(t *testing.T, s *stage) {
	t.Helper()
	view := s.frame()
	if !utf8.ValidString(view) {
		t.Fatalf("the frame is not UTF-8: %q", view)
	}
	for rest := view; rest != ""; {
		if strings.HasPrefix(rest, "\x1b[") {
			end := strings.IndexFunc(rest[2:], func(r rune) bool { return !('0' <= r && r <= '9' || r == ';') })
			if end < 0 || rest[2+end] != 'm' {
				t.Fatalf("the frame has a sequence that is not a style: %q", rest[:min(20, len(rest))])
			}
			rest = rest[3+end:]
			continue
		}
		r, n := utf8.DecodeRuneInString(rest)
		if r != '\n' && (r < ' ' || 0x7f <= r && r < 0xa0) {
			t.Fatalf("the frame has the control %U", r)
		}
		rest = rest[n:]
	}
}
