package tui

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"hotreload/ui/display"
)

const (
	// above and below are how many lines around the problem are shown.
	above, below = 2, 1
	// maxSource bounds the files that are read. Larger ones are generated.
	maxSource = 8 << 20
)

// sourceRow is a row of an excerpt.
type sourceRow struct {
	gutter, text string
	kind         sourceKind
}

type sourceKind int

const (
	around sourceKind = iota
	meant             // the line of the problem
	caret             // below it, at its column
)

// excerpt reads the source around a position, with a caret under the column. It is
// empty if the file cannot be read.
func excerpt(root, file string, at, column int) []sourceRow {
	if file == "" || at <= 0 {
		return nil
	}
	path := filepath.FromSlash(file)
	if !filepath.IsAbs(path) {
		path = filepath.Join(root, path)
	}
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxSource {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	digits := len(fmt.Sprint(at + below))
	var rows []sourceRow
	source := bufio.NewScanner(f)
	source.Buffer(nil, 1<<20)
	for n := 1; n <= at+below && source.Scan(); n++ {
		if n < at-above {
			continue
		}
		mark, kind := " ", around
		if n == at {
			mark, kind = "▸", meant
		}
		rows = append(rows, sourceRow{fmt.Sprintf("%s %*d │ ", mark, digits, n), printable(source.Text()), kind})
		if n == at && column > 0 {
			before := source.Text()[:min(column-1, len(source.Text()))]
			rows = append(rows, sourceRow{fmt.Sprintf("  %*s │ ", digits, ""), strings.Repeat(" ", cells(printable(before))) + "^", caret})
		}
	}
	return rows
}

// draw draws an excerpt. If a line is too wide, all lines move to the left until the
// caret is in view.
func draw(rows []sourceRow, look styles, width int) []string {
	left := 0 // columns out of view
	for _, r := range rows {
		room := max(1, width-cells(r.gutter))
		if r.kind == caret && cells(r.text) >= room {
			left = cells(r.text) - 2*room/3
		}
	}
	tones := map[sourceKind]tone{around: dim, meant: normal, caret: bad}
	var drawn []string
	for _, r := range rows {
		if left > 0 {
			mark := "…"
			if r.kind == caret || cells(r.text) <= left {
				mark = " "
			}
			r.text = ansi.TruncateLeft(r.text, left+1, mark)
		}
		drawn = append(drawn, display.Cut(look.paint(tones[r.kind], r.gutter+r.text), width))
	}
	return drawn
}

// printable is a line of source as the screen shows it: a tab is four columns.
func printable(text string) string {
	var c display.Cleaner
	lines := c.Write([]byte(strings.ReplaceAll(text, "\t", "    ")))
	if rest, ok := c.End(); ok {
		lines = append(lines, rest)
	}
	return display.Plain(strings.Join(lines, ""))
}
