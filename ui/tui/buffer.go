package tui

const (
	// maxLines and maxBytes bound what a pane remembers.
	maxLines = 20_000
	maxBytes = 16 << 20
)

// line is one line of a pane.
type line struct {
	text   string
	tone   tone
	rule   bool // a rule across the pane, with the text in it
	indent int  // of its rows below the first, which begin with a word; 0: rows end anywhere
	hidden bool // by the filter
}

// buffer remembers the last lines of a pane. Lines are known by their number
// since the beginning.
type buffer struct {
	lines   []line
	dropped int // lines before the first one remembered
	lost    int // lines since it was cleared of which there was no room
	bytes   int
	rest    line // the line after the last one that has no end yet; empty text: none
}

// first and end bound the numbers of the lines that are remembered, the
// unfinished one included.
func (b *buffer) first() int { return b.dropped }

func (b *buffer) end() int {
	n := b.dropped + len(b.lines)
	if b.rest.text != "" {
		n++
	}
	return n
}

// at is a line by its number.
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

// hide sets which lines the filter hides.
func (b *buffer) hide(hidden func(line) bool) {
	for i := range b.lines {
		b.lines[i].hidden = hidden(b.lines[i])
	}
	b.rest.hidden = hidden(b.rest)
}
