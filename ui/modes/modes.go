// Package modes follows how a program sets up its terminal.
//
// In goes what the program prints, cut anywhere; out come the sequences that set up another
// terminal in the same way, and those that make a terminal what it was before. What always
// holds: what is kept is bounded.
package modes

import (
	"bytes"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// maxRecent bounds what is kept of the app's output to draw it again.
const maxRecent = 64 << 10

// control matches, at the beginning of a text, what the app says to the terminal besides text, styles and the cursor's
// place: modes, keyboard protocols, and questions, strings and resets.
var control = regexp.MustCompile("^\x1b(?:" +
	`\[\?([0-9;]+)([hl])` + // 1, 2: modes
	`|\[([>=<][0-9;]*u)` + // 3: kitty's keyboard protocol
	`|\[(>4[0-9;]*m)` + // 4: xterm's keys
	`|([=>])` + // 5: the keypad
	`|\[\??[0-9;]*n|\[[>=?]?[0-9;]*c|\[>[0-9;]*q|\[\?u|\[[0-9;]*t|\[\?[0-9;]*\$p` + // questions
	"|[\\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\\\)" + // strings, such as a title
	`|(\[[23]J)|(c))`) // 6: the screen is cleared; 7: all is reset

// partial matches a sequence that is not complete.
var partial = regexp.MustCompile("^\x1b(?:[\\]PX^_][^\x07\x1b]*\x1b?|\\[[0-9;?<=>$]*)?$")

// maxSequence bounds one: what is longer is none.
const maxSequence = 1 << 10

// alternate are the modes that bring up the alternate screen.
var alternate = []string{"47", "1047", "1049"}

// usual are the modes that a terminal has on from the start.
var usual = []string{"7", "25"}

// Modes is how a program has set up its terminal, and what it has printed since it cleared
// the screen. The zero value is a program that has printed nothing.
type Modes struct {
	set      map[string]bool // by number
	alt      bool            // the alternate screen is up
	keyboard []string        // kitty's protocol, as it was asked for
	keys     string          // xterm's
	keypad   bool
	recent   []byte // what draws the screen
	rest     []byte // a sequence that is not complete yet
}

// Take follows a piece of output, cut anywhere.
func (m *Modes) Take(output []byte) {
	data := append(m.rest, output...)
	m.rest = nil
	if at := unfinished(data); at < len(data) {
		m.rest = bytes.Clone(data[at:])
		data = data[:at]
	}
	for len(data) > 0 {
		text := plain(data)
		m.recent, data = append(m.recent, data[:text]...), data[text:]
		at := control.FindSubmatchIndex(data)
		if at == nil {
			m.recent, data = append(m.recent, data[:min(1, len(data))]...), data[min(1, len(data)):]
			continue
		}
		m.obey(func(group int) string {
			if at[2*group] < 0 {
				return ""
			}
			return string(data[at[2*group]:at[2*group+1]])
		})
		data = data[at[1]:]
	}
	if over := len(m.recent) - maxRecent; over > 0 {
		// A line in the middle is a good place to begin. A full screen is drawn again by the
		// app when its size changes.
		keep := m.recent[over:]
		if _, after, ok := bytes.Cut(keep, []byte("\n")); ok {
			keep = after
		}
		m.recent = bytes.Clone(keep[max(0, len(keep)-maxRecent/2):])
	}
}

// plain is how much of the data is certainly text, styles and moves of the cursor.
func plain(data []byte) int {
	for at := 0; ; {
		next := bytes.IndexByte(data[at:], '\x1b')
		if next < 0 {
			return len(data)
		}
		at += next
		end := at + 2
		for end < len(data) && (data[end] >= '0' && data[end] <= ';') {
			end++
		}
		if end >= len(data) || data[at+1] != '[' || bytes.IndexByte([]byte("ABCDHKfm"), data[end]) < 0 {
			return at
		}
		at = end
	}
}

// unfinished is where a sequence begins that the data ends within; else its end.
func unfinished(data []byte) int {
	low := max(0, len(data)-maxSequence)
	at := bytes.LastIndexByte(data[low:], '\x1b')
	if at < 0 {
		return len(data)
	}
	at += low
	if at == len(data)-1 { // it may be the end of a string
		if before := bytes.LastIndexByte(data[low:at], '\x1b'); before >= 0 && partial.Match(data[low+before:]) {
			return low + before
		}
	}
	if partial.Match(data[at:]) {
		return at
	}
	return len(data)
}

// obey takes in a sequence, of which group gives the parts.
func (m *Modes) obey(group func(int) string) {
	switch {
	case group(1) != "":
		for number := range strings.SplitSeq(group(1), ";") {
			m.switchMode(number, group(2) == "h")
		}
	case group(3) != "":
		m.keyboardAsked(group(3))
	case group(4) != "":
		m.keys = group(4)
	case group(5) != "":
		m.keypad = group(5) == "="
	case group(6) != "":
		m.recent = append(m.recent[:0], "\x1b[2J"...)
	case group(7) != "":
		*m = Modes{}
	}
}

func (m *Modes) switchMode(number string, on bool) {
	switch {
	case number == "2026": // ends by itself
	case !slices.Contains(alternate, number):
		if m.set == nil {
			m.set = map[string]bool{}
		}
		m.set[number] = on
	case m.alt != on:
		m.alt, m.recent = on, nil
	}
}

// keyboardAsked takes in kitty's protocol: > adds flags, < removes them, = replaces them.
func (m *Modes) keyboardAsked(asked string) {
	switch {
	case asked[0] != '<':
		m.keyboard = append(m.keyboard, asked)
	case len(m.keyboard) > 0:
		m.keyboard = m.keyboard[:len(m.keyboard)-1]
	}
}

// Replay sets up a terminal as the app has, and draws what it shows.
func (m *Modes) Replay(newlines func([]byte) []byte) []byte {
	var b bytes.Buffer
	if m.alt {
		b.WriteString("\x1b[?1049h\x1b[2J\x1b[H")
	}
	b.Write(newlines(m.recent))
	b.Write(m.SetUp())
	return b.Bytes()
}

// SetUp sets up a terminal as the program has, and draws nothing.
func (m *Modes) SetUp() []byte {
	var b bytes.Buffer
	for _, number := range slices.Sorted(maps.Keys(m.set)) {
		b.WriteString(mode(number, m.set[number]))
	}
	if m.keypad {
		b.WriteString("\x1b=")
	}
	for _, asked := range m.keyboard {
		b.WriteString("\x1b[" + asked)
	}
	if m.keys != "" {
		b.WriteString("\x1b[" + m.keys)
	}
	return b.Bytes()
}

// Undo makes a terminal what it was before the app set it up.
func (m *Modes) Undo() []byte {
	var b bytes.Buffer
	for _, number := range slices.Sorted(maps.Keys(m.set)) {
		if is := slices.Contains(usual, number); m.set[number] != is {
			b.WriteString(mode(number, is))
		}
	}
	if m.keypad {
		b.WriteString("\x1b>")
	}
	b.WriteString(strings.Repeat("\x1b[<u", len(m.keyboard)))
	if m.keys != "" {
		b.WriteString("\x1b[>4m")
	}
	b.WriteString("\x1b7\x1b[r\x1b8") // the whole screen scrolls
	if m.alt {
		b.WriteString("\x1b[?1049l")
	}
	b.WriteString("\x1b(B\x1b[0m")
	return b.Bytes()
}

// Changed reports whether a terminal has to be made what it was before.
func (m *Modes) Changed() bool {
	for number, on := range m.set {
		if on != slices.Contains(usual, number) {
			return true
		}
	}
	return m.alt || m.keypad || m.keys != "" || len(m.keyboard) > 0
}

// Full reports whether the program has the whole screen: what others print is lost on it.
func (m *Modes) Full() bool { return m.alt }

// Draws reports whether the program draws, on the whole screen or, with the cursor hidden,
// on some lines: what others print disturbs it.
func (m *Modes) Draws() bool {
	shown, said := m.set["25"]
	return m.alt || said && !shown
}

func mode(number string, on bool) string {
	if on {
		return "\x1b[?" + number + "h"
	}
	return "\x1b[?" + number + "l"
}
