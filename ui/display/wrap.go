package display

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Wrap makes rows of a line, each at most so wide and to be shown alone. An
// empty line is one row.
func Wrap(line string, width int) []string {
	width = max(1, width)
	if len(line) <= width {
		return []string{line} // no character is wider than its bytes
	}
	w := wrapper{width: width}
	for len(line) > 0 {
		token, cells := next(line)
		w.add(token, cells)
		line = line[len(token):]
	}
	return w.end()
}

// WrapWords makes rows of a line as Wrap does, but between words where that can
// be, and with the rows below the first one moved to the right.
func WrapWords(line string, width, indent int) []string {
	width = max(1, width)
	if len(line) <= width {
		return []string{line}
	}
	if 2*indent > width {
		indent = 0
	}
	w := wrapper{width: width, indent: indent}
	between := true // words
	for len(line) > 0 {
		token, cells := next(line)
		switch {
		case token == " ":
			between = true
		case token[0] != esc && between:
			between = false
			if word := wordWidth(line, width); w.at+word > width && word <= width-indent {
				w.newRow()
			}
		}
		if token != " " || w.at < width { // no row begins with a space that ends a word
			w.add(token, cells)
		}
		line = line[len(token):]
	}
	return w.end()
}

// wordWidth is how wide the word is that a line begins with; who asks need not
// know more than that it is wider than enough.
func wordWidth(line string, enough int) int {
	sum := 0
	for len(line) > 0 && line[0] != ' ' && sum <= enough {
		token, cells := next(line)
		sum += cells
		line = line[len(token):]
	}
	return sum
}

// Cut is the first row of a line, with a mark at its end if there are more.
func Cut(line string, width int) string {
	if width <= 0 {
		return ""
	}
	if len(line) <= width {
		return line
	}
	w := wrapper{width: width}
	for rest := line; len(rest) > 0; {
		token, cells := next(rest)
		rest = rest[len(token):]
		if w.at+cells <= width {
			w.add(token, cells)
			continue
		}
		w = wrapper{width: width}
		for w.at < width-1 {
			token, cells := next(line)
			if w.at+cells > width-1 {
				break
			}
			w.add(token, cells)
			line = line[len(token):]
		}
		w.add("…", 1)
		break
	}
	return w.end()[0]
}

// Plain is a line without its styles.
func Plain(line string) string {
	if strings.IndexByte(line, esc) < 0 {
		return line
	}
	return ansi.Strip(line)
}

// next is the first styling sequence or character of a line, and its width.
func next(line string) (token string, cells int) {
	if line[0] == esc {
		if end := strings.IndexByte(line, 'm'); end > 0 {
			return line[:end+1], 0
		}
	}
	if line[0] < 0x80 && (len(line) == 1 || line[1] < 0x80) {
		return line[:1], 1
	}
	return ansi.FirstGraphemeCluster(line, ansi.GraphemeWidth)
}

// wrapper writes tokens into rows.
type wrapper struct {
	width, indent int
	rows          []string
	row           strings.Builder
	at            int
	open          string // the styling sequence that holds
}

func (w *wrapper) add(token string, cells int) {
	switch {
	case token[0] == esc:
		w.open = token
		if token == reset {
			w.open = ""
		}
	case cells > w.width:
		token, cells = "…", 1 // a wide one on a row of one column
		fallthrough
	default:
		if w.at+cells > w.width {
			w.newRow()
		}
		w.at += cells
	}
	w.row.WriteString(token)
}

func (w *wrapper) newRow() {
	if w.open != "" {
		w.row.WriteString(reset)
	}
	w.rows = append(w.rows, w.row.String())
	w.row.Reset()
	w.row.WriteString(strings.Repeat(" ", w.indent) + w.open)
	w.at = w.indent
}

func (w *wrapper) end() []string {
	if w.open != "" {
		w.row.WriteString(reset)
	}
	return append(w.rows, w.row.String())
}

// Mark shows parts of a line, given as ranges of bytes of its plain text, in
// reverse.
func Mark(line string, ranges [][]int) string {
	var b strings.Builder
	plain, marked, open := 0, false, reset
	style := func() string {
		if marked {
			return strings.TrimSuffix(open, "m") + ";7m"
		}
		return open
	}
	for len(line) > 0 {
		token, _ := next(line)
		line = line[len(token):]
		if token[0] == esc {
			open = token
			b.WriteString(style())
			continue
		}
		for len(ranges) > 0 && plain >= ranges[0][1] {
			ranges = ranges[1:]
		}
		if inside := len(ranges) > 0 && plain >= ranges[0][0]; inside != marked {
			marked = inside
			b.WriteString(style())
		}
		b.WriteString(token)
		plain += len(token)
	}
	if marked {
		b.WriteString(reset)
	}
	return b.String()
}
