package modes

import (
	"bytes"
	"strings"
	"testing"
)

// What sets up one terminal sets up another, and what is undone leaves nothing behind,
// wherever the output is cut.
func TestModes(t *testing.T) {
	const undone = "\x1b7\x1b[r\x1b8"
	const plain = "\x1b(B\x1b[0m"
	for name, test := range map[string]struct{ printed, replay, undo string }{
		"text":          {"one\ntwo\x1b[31m", "one\r\ntwo\x1b[31m", undone + plain},
		"full screen":   {"before\x1b[?1049h\x1b[2J\x1b[?25l\x1b[1;1Hdrawn", "\x1b[?1049h\x1b[2J\x1b[H\x1b[2J\x1b[1;1Hdrawn\x1b[?25l", "\x1b[?25h" + undone + "\x1b[?1049l" + plain},
		"left again":    {"\x1b[?1049;25hdrawn\x1b[?1049lafter", "after\x1b[?25h", undone + plain},
		"mouse, pastes": {"\x1b[?1000;1006h\x1b[?2004hx\x1b[?1000l", "x\x1b[?1000l\x1b[?1006h\x1b[?2004h", "\x1b[?1006l\x1b[?2004l" + undone + plain},
		"keyboards":     {"\x1b[>1u\x1b[>4;2m\x1b=x", "x\x1b=\x1b[>1u\x1b[>4;2m", "\x1b>\x1b[<u\x1b[>4m" + undone + plain},
		"popped":        {"\x1b[>1u\x1b[<ux\x1b>", "x", undone + plain},
		"questions":     {"a\x1b]11;?\x1b\\b\x1b[6nc\x1b[cd\x1b[>qe\x1b]0;title\x07f\x1b[?ug\x1b[?2026$ph\x1bP+q544e\x1b\\i", "abcdefghi", undone + plain},
		"cleared":       {"old\x1b[3Jnew", "\x1b[2Jnew", undone + plain},
		"reset":         {"\x1b[?1049h\x1b[?1hold\x1bcnew", "new", undone + plain},
	} {
		t.Run(name, func(t *testing.T) {
			newlines := func(text []byte) []byte { return bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n")) }
			check := func(m *Modes) {
				t.Helper()
				if got := string(m.Replay(newlines)); got != test.replay {
					t.Errorf("replay %q, want %q", got, test.replay)
				}
				if got := string(m.Undo()); got != test.undo {
					t.Errorf("undo %q, want %q", got, test.undo)
				}
			}
			for cut := range test.printed {
				var m Modes
				m.Take([]byte(test.printed[:cut]))
				m.Take([]byte(test.printed[cut:]))
				check(&m)
			}
			var m Modes
			for i := range len(test.printed) {
				m.Take([]byte(test.printed[i : i+1]))
			}
			check(&m)
		})
	}
}

// What is kept is bounded, whatever the app prints.
func TestModesAreBounded(t *testing.T) {
	for name, piece := range map[string]string{"lines": strings.Repeat("x", 99) + "\n", "one line": "x", "a string without an end": "\x1b]", "escapes": "\x1b"} {
		var m Modes
		for range 3 * maxRecent / len(piece) / 64 {
			m.Take([]byte(strings.Repeat(piece, 64)))
			if len(m.recent) > maxRecent || len(m.rest) > maxSequence {
				t.Fatalf("%s: %d and %d bytes are kept", name, len(m.recent), len(m.rest))
			}
		}
	}
}
