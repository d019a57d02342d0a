// Package display turns what an app prints into what a screen can show.
//
//	bytes ─▶ Cleaner ─▶ lines ─▶ Wrap, WrapWords, Cut ─▶ rows
//
// In go the app's bytes in pieces of any size; out come lines, and rows of a width.
// What always holds: a line contains printable characters, spaces and style sequences
// (SGR), and nothing else. Each style sequence sets the whole style, and a line ends
// without one, so lines and rows can be shown alone and in any order. A row is never
// wider than requested, or than two columns. Memory is bounded, whatever the app prints.
// The size of the pieces makes no difference.
package display

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

const (
	// maxCells is the width at which a line continues on the next one. A megabyte
	// without a newline must not cost a megabyte of work for each frame.
	maxCells = 4096
	// maxMove is how far right the cursor can move: wider than any screen, but not so
	// far that a few bytes cause much work.
	maxMove = 512
	// maxCluster bounds the bytes of one character with its combining marks.
	maxCluster = 64
	// maxParams bounds the parameters of a control sequence.
	maxParams = 64
	// tabStop is the distance of tab stops.
	tabStop = 8
)

// Cleaner reads the output for one terminal. The zero value is ready.
type Cleaner struct {
	line   row
	pen    style
	mode   mode
	params []byte // of an unfinished control sequence
	rune   []byte // of an unfinished character
}

// mode is what the next byte belongs to.
type mode int

const (
	text       mode = iota
	escape          // after ESC
	charset         // an escape sequence of more than two bytes
	sequence        // a control sequence: CSI
	message         // a string for the terminal: OSC, DCS, APC, PM, SOS
	messageEnd      // after ESC in one
)

const (
	bell   = 0x07
	cancel = 0x18
	subst  = 0x1a
	esc    = 0x1b
)

// Write reads a piece of output and returns the lines that it completes.
func (c *Cleaner) Write(piece []byte) (lines []string) {
	if len(c.rune) > 0 {
		piece = append(c.rune, piece...)
		c.rune = nil
	}
	for len(piece) > 0 {
		if line, n := c.plainLine(piece); n > 0 {
			lines = append(lines, line)
			piece = piece[n:]
			continue
		}
		b := piece[0]
		if b < utf8.RuneSelf {
			lines = c.byte(b, lines)
			piece = piece[1:]
			continue
		}
		if !utf8.FullRune(piece) {
			c.rune = bytes.Clone(piece)
			return lines
		}
		r, n := utf8.DecodeRune(piece)
		lines = c.wide(r, n, lines)
		piece = piece[n:]
	}
	return lines
}

// Rest is the unfinished line.
func (c *Cleaner) Rest() string { return c.line.String() }

// End completes the unfinished line, if there is one, and resets all styles: another
// app begins.
func (c *Cleaner) End() (line string, ok bool) {
	line, ok = c.line.String(), len(c.line.cells) > 0
	*c = Cleaner{}
	return line, ok
}

// plainLine reads a whole line of printable ASCII, as most are, at once.
func (c *Cleaner) plainLine(piece []byte) (line string, n int) {
	if c.mode != text || len(c.line.cells) > 0 || c.line.at > 0 || c.pen != (style{}) {
		return "", 0
	}
	for i, b := range piece {
		switch {
		case ' ' <= b && b < 0x7f && i < maxCells:
		case b == '\n':
			return string(piece[:i]), i + 1
		default:
			return "", 0
		}
	}
	return "", 0
}

// byte reads one byte of ASCII.
func (c *Cleaner) byte(b byte, lines []string) []string {
	switch {
	case b == esc && c.mode == message:
		c.mode = messageEnd
		return lines
	case b == esc:
		c.mode, c.params = escape, c.params[:0]
		return lines
	case b == cancel, b == subst:
		c.mode = text
		return lines
	case b == '\n':
		// No valid sequence contains a newline. A sequence without an end must not
		// swallow the lines after it.
		c.mode = text
	}
	switch c.mode {
	case text:
		return c.plain(b, lines)
	case escape:
		c.escape(b)
	case charset:
		if b >= '0' {
			c.mode = text
		}
	case sequence:
		return c.sequence(b, lines)
	case message:
		if b == bell {
			c.mode = text
		}
	case messageEnd:
		c.mode = message
		if b == '\\' {
			c.mode = text
		}
	}
	return lines
}

func (c *Cleaner) plain(b byte, lines []string) []string {
	switch {
	case b == '\n', b == '\v', b == '\f':
		return c.endLine(lines)
	case b == '\r':
		c.line.move(0)
	case b == '\b':
		c.line.move(c.line.at - 1)
	case b == '\t':
		for n := tabStop - c.line.at%tabStop; n > 0; n-- {
			c.line.put(" ", 1, c.pen)
		}
	case b < ' ' || b == 0x7f:
	default:
		c.line.put(ascii[b:b+1], 1, c.pen)
	}
	return c.breakLine(lines)
}

// ascii has each character at its index, so that none needs its own memory.
const ascii = "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f" +
	" !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~\x7f"

func (c *Cleaner) endLine(lines []string) []string {
	lines = append(lines, c.line.String())
	c.line.clear()
	return lines
}

// breakLine continues a line that is too long on the next one.
func (c *Cleaner) breakLine(lines []string) []string {
	if len(c.line.cells) >= maxCells {
		return c.endLine(lines)
	}
	return lines
}

// escape reads the byte after ESC.
func (c *Cleaner) escape(b byte) {
	switch {
	case b == '[':
		c.mode = sequence
	case strings.IndexByte("]PX^_", b) >= 0:
		c.mode = message
	case ' ' <= b && b < '0':
		c.mode = charset
	case b == 'c':
		c.pen, c.mode = style{}, text
	default:
		c.mode = text
	}
}

// sequence reads a byte of a control sequence.
func (c *Cleaner) sequence(b byte, lines []string) []string {
	switch {
	case '@' <= b && b <= '~':
		c.mode = text
		c.obey(b)
		return c.breakLine(lines)
	case b < ' ' || b == 0x7f: // the sequence is incomplete, or contains a control
		c.mode = text
		return c.plain(b, lines)
	case len(c.params) <= maxParams:
		c.params = append(c.params, b)
	}
	return lines
}

// obey carries out a control sequence within its line. An app has only a part of the
// screen, so it must not move to other lines, clear the screen or report the mouse.
func (c *Cleaner) obey(final byte) {
	if len(c.params) > maxParams {
		return
	}
	switch final {
	case 'm':
		c.pen.set(c.params)
	case 'K':
		c.line.erase(number(c.params, 0))
	case 'C':
		c.line.move(c.line.at + max(1, number(c.params, 1)))
	case 'D':
		c.line.move(c.line.at - max(1, number(c.params, 1)))
	case 'G':
		c.line.move(number(c.params, 1) - 1)
	}
}

// number is the only parameter of a sequence.
func number(params []byte, missing int) int {
	if len(params) == 0 {
		return missing
	}
	n := 0
	for _, b := range params {
		if b < '0' || b > '9' || n > maxCells {
			return missing
		}
		n = 10*n + int(b-'0')
	}
	return n
}

// wide reads a character that is not ASCII.
func (c *Cleaner) wide(r rune, size int, lines []string) []string {
	if c.mode == message || c.mode == messageEnd {
		c.mode = message
		return lines
	}
	c.mode = text // no valid sequence contains it
	switch {
	case r == utf8.RuneError && size == 1:
		c.line.put("\uFFFD", 1, c.pen)
	case r == 0x9b:
		c.mode, c.params = sequence, c.params[:0]
	case r == 0x90, r == 0x98, r == 0x9d, r == 0x9e, r == 0x9f:
		c.mode = message
	case r < 0xa0, invisible(r):
	default:
		c.line.add(r, c.pen)
	}
	return c.breakLine(lines)
}

// invisible reports whether a character changes how its neighbours look, up to the
// order of the whole row, and is not visible itself.
func invisible(r rune) bool {
	switch {
	case r == 0x200c, r == 0x200d, 0xe0020 <= r && r <= 0xe007f: // joiners, and the tags of flags
		return false
	case r == 0x2028, r == 0x2029:
		return true
	}
	return unicode.Is(unicode.Cf, r)
}

// cluster reports whether a text is one character with its combining marks.
func cluster(s string) bool {
	first, _ := ansi.FirstGraphemeCluster(s, ansi.GraphemeWidth)
	return len(first) == len(s)
}
