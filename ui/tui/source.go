package tui

import (
	"strconv"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"hotreload/build"
)

// sources are problems with the source around them.
type sources []problem

// maxExcerpts bounds for how many problems the source is read. No one looks at more
// before the next build.
const maxExcerpts = 100

// loadSource reads the source around problems.
func loadSource(root string, list []problem) tea.Cmd {
	if len(list) == 0 {
		return nil
	}
	return func() tea.Msg {
		var read sources
		for _, p := range list[:min(len(list), maxExcerpts)] {
			p.source = excerpt(root, p.File, p.Line, p.Column)
			read = append(read, p)
		}
		return read
	}
}

// addSources adds the source to the problems that are still shown.
func (p *problems) addSources(read sources) {
	byPlace := map[build.Diagnostic][]sourceRow{}
	for _, one := range read {
		byPlace[one.Diagnostic] = one.source
	}
	for i := range p.list {
		if source, ok := byPlace[p.list[i].Diagnostic]; ok {
			p.list[i].source = source
		}
	}
}

// printableLines is a text of several lines, each as the screen shows it.
func printableLines(text string) []string {
	var lines []string
	for l := range strings.Lines(strings.TrimRight(text, "\n")) {
		lines = append(lines, printable(strings.TrimRight(l, "\r\n")))
	}
	return lines
}

func itoa(n int) string { return strconv.Itoa(n) }
