package tui

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"hotreload/ui/display"
)

const (
	// above and below are how many lines of source stand around the one that is meant.
	above, below = 2, 1
	// maxSource is how far into a file an excerpt is looked for: what lies deeper
	// is generated.
	maxSource = 8 << 20
)

// excerpt is the source around a place, with a caret under the column; nothing
// if it cannot be read.
func excerpt(root, file string, at, column int) []string {
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
	var rows []string
	source := bufio.NewScanner(f)
	source.Buffer(nil, 1<<20)
	for n := 1; n <= at+below && source.Scan(); n++ {
		if n < at-above {
			continue
		}
		mark := " "
		if n == at {
			mark = "▸"
		}
		rows = append(rows, fmt.Sprintf("%s %*d │ %s", mark, digits, n, printable(source.Text())))
		if n == at && column > 0 {
			before := source.Text()[:min(column-1, len(source.Text()))]
			rows = append(rows, fmt.Sprintf("  %*s │ %s^", digits, "", strings.Repeat(" ", cells(printable(before)))))
		}
	}
	return rows
}

// printable is a line of source as it is shown: a tab is four columns.
func printable(text string) string {
	var c display.Cleaner
	lines := c.Write([]byte(strings.ReplaceAll(text, "\t", "    ")))
	if rest, ok := c.End(); ok {
		lines = append(lines, rest)
	}
	return display.Plain(strings.Join(lines, ""))
}
