package display

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Wrap breaks a line into rows of at most width columns, but at least two. An
// empty line is one row.
func Wrap(line string, width int) []string {
	width = max(2, width) // no character is wider
	if len(line) <= width {
		return []string{line} // as most are; a character has no more columns than bytes
	}
	return styled(strings.Split(ansi.Hardwrap(line, width, true), "\n"))
}

// WrapWords breaks a line into rows as Wrap does, but between words where that is
// possible, and indents all rows but the first.
//
// ansi.Wrap would also break after each hyphen, as in "-race", and can return rows
// that are too wide.
func WrapWords(line string, width, indent int) []string {
	width = max(2, width)
	if 2*indent > width || width-indent < 2 {
		indent = 0
	}
	var rows []string
	row, used := "", 0
	end := func() {
		rows = append(rows, row)
		row, used = strings.Repeat(" ", indent), indent
	}
	for _, word := range strings.SplitAfter(line, " ") {
		text := strings.TrimSuffix(word, " ")
		cells := ansi.StringWidth(text)
		if used+cells > width && cells <= width-indent {
			end()
		}
		for used+cells > width { // the word is too long for a row
			head := ansi.Truncate(text, width-used, "")
			row += head
			text = ansi.TruncateLeft(text, ansi.StringWidth(head), "")
			cells = ansi.StringWidth(text)
			end()
		}
		row, used = row+text, used+cells
		if strings.HasSuffix(word, " ") && used < width { // no row begins with the space after a word
			row, used = row+" ", used+1
		}
	}
	return styled(append(rows, row))
}

// styled makes each row complete: it begins with the style in force where it was
// broken off, and ends without one.
func styled(rows []string) []string {
	open := ""
	for i, row := range rows {
		begin := open
		if at := strings.LastIndexByte(row, esc); at >= 0 {
			open = row[at : at+strings.IndexByte(row[at:], 'm')+1]
		}
		if open == reset {
			open = ""
		}
		indent := len(row) - len(strings.TrimLeft(row, " "))
		if begin != "" {
			row = row[:indent] + begin + row[indent:]
		}
		if open != "" {
			row += reset
		}
		rows[i] = row
	}
	return rows
}

// Cut shortens a line to at most width columns, with a mark at its end.
func Cut(line string, width int) string { return ansi.Truncate(line, max(0, width), "…") }

// Plain is a line without its styles.
func Plain(line string) string { return ansi.Strip(line) }

// Mark shows parts of a line in reverse. They are ranges of bytes of its plain
// text.
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
		token, cells, n, _ := ansi.DecodeSequence(line, ansi.NormalState, nil)
		line = line[n:]
		if cells == 0 && token[0] == esc {
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
