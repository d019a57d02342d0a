package tui

const (
	// maxLines and maxBytes bound what a pane keeps.
	maxLines = 20_000
	maxBytes = 16 << 20
)

// line is one line of a pane.
type line struct {
	text   string
	tone   tone
	rule   bool // the text stands in a rule across the pane
	indent int  // of all rows but the first, which break between words; 0: rows break anywhere
	hidden bool // by the filter
}

// buffer keeps the last lines of a pane. Lines are numbered from the beginning of
// the session.
type buffer struct {
	lines   []line
	dropped int // lines before the first one that is kept
	lost    int // of those, lines that were not cleared but too many
	bytes   int
	rest    line // the unfinished line after the last one; empty text: none
}

// first and end bound the numbers of the lines that are kept, including the
// unfinished one.
func (b *buffer) first() int { return b.dropped }

func (b *buffer) end() int {
	n := b.dropped + len(b.lines)
	if b.rest.text != "" {
		n++
	}
	return n
}

// at is the line with a number.
func (b *buffer) at(n int) line {
	if i := n - b.dropped; i < len(b.lines) {
		return b.lines[i]
	}
	return b.rest
}

func (b *buffer) add(l line) {
	b.lines = append(b.lines, l)
	b.bytes += len(l.text)
	for len(b.lines) > maxLines || b.bytes > maxBytes {
		b.bytes -= len(b.lines[0].text)
		b.lines[0] = line{} // lets go of its text
		b.lines = b.lines[1:]
		b.dropped++
		b.lost++
	}
}

func (b *buffer) clear() {
	b.dropped += len(b.lines)
	b.lines, b.bytes, b.lost, b.rest = nil, 0, 0, line{}
}

// hide sets which lines are hidden.
func (b *buffer) hide(hidden func(line) bool) {
	for i := range b.lines {
		b.lines[i].hidden = hidden(b.lines[i])
	}
	b.rest.hidden = hidden(b.rest)
}
