package display

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// row is the line that the app writes, with its cursor.
type row struct {
	cells  []cell
	at     int  // the cursor's column
	joined bool // the cursor is where the last character ended
}

// cell is a column: a character, or the second half of a wide one.
type cell struct {
	text string // empty: the second half
	pen  string
}

func (w *row) clear() { w.cells, w.at, w.joined = w.cells[:0], 0, false }

// move sets the cursor.
func (w *row) move(to int) {
	w.at, w.joined = min(max(0, to), max(maxMove, len(w.cells)-1)), false
}

// put writes a character at the cursor.
func (w *row) put(text string, width int, pen style) {
	for len(w.cells) < w.at {
		w.cells = append(w.cells, cell{text: " "})
	}
	w.split(w.at)
	w.split(w.at + width)
	for i := range width {
		c := cell{pen: pen.sgr}
		if i == 0 {
			c.text = text
		}
		if w.at < len(w.cells) {
			w.cells[w.at] = c
		} else {
			w.cells = append(w.cells, c)
		}
		w.at++
	}
	w.joined = true
}

// split replaces a wide character that would be cut at a column by two blanks.
func (w *row) split(at int) {
	if 0 < at && at < len(w.cells) && w.cells[at].text == "" {
		w.cells[at-1].text, w.cells[at].text = " ", " "
	}
}

// add writes a character that is not ASCII: alone, or combined with the one before the
// cursor.
func (w *row) add(r rune, pen style) {
	if start, ok := w.last(); ok {
		whole := w.cells[start].text + string(r)
		if cluster(whole) {
			if len(whole) <= maxCluster {
				w.at = start
				w.put(whole, max(1, ansi.StringWidth(whole)), pen)
			}
			return
		}
	}
	// A combining mark without a character would attach to whatever is left of it.
	if width := ansi.StringWidth(string(r)); width > 0 {
		w.put(string(r), width, pen)
	}
}

// last is where the last character begins, if the cursor has not moved since.
func (w *row) last() (start int, ok bool) {
	if !w.joined || w.at == 0 || w.at > len(w.cells) {
		return 0, false
	}
	start = w.at - 1
	for start > 0 && w.cells[start].text == "" {
		start--
	}
	return start, true
}

// erase blanks the row from the cursor on (0), up to it (1) or all of it (2).
func (w *row) erase(which int) {
	switch which {
	case 0:
		w.split(w.at)
		w.cells = w.cells[:min(w.at, len(w.cells))]
	case 1:
		w.split(w.at + 1)
		for i := range min(w.at+1, len(w.cells)) {
			w.cells[i] = cell{text: " "}
		}
	case 2:
		w.cells = w.cells[:0]
	}
	w.joined = false
}

// String is the row with its styles.
func (w *row) String() string {
	var b strings.Builder
	pen := ""
	for _, c := range w.cells {
		if c.pen != pen && c.text != "" {
			pen = c.pen
			b.WriteString(begin(pen))
		}
		b.WriteString(c.text)
	}
	if pen != "" {
		b.WriteString(reset)
	}
	return b.String()
}
