package tui

import (
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"

	"hotreload/ui/display"
)

// tone is what a piece of text means, and so how it is coloured.
type tone int

const (
	normal tone = iota
	good
	bad
	warning
	accent
	dim
	strong
	chosen
)

// styles are how tones look. They use the terminal's own sixteen colours, which
// its owner has made readable on their background, light or dark: so nobody needs
// to know which it is.
type styles map[tone]lipgloss.Style

func newStyles(r *lipgloss.Renderer) styles {
	plain := r.NewStyle()
	return styles{
		normal:  plain,
		good:    plain.Foreground(lipgloss.ANSIColor(2)),
		bad:     plain.Foreground(lipgloss.ANSIColor(1)),
		warning: plain.Foreground(lipgloss.ANSIColor(3)),
		accent:  plain.Foreground(lipgloss.ANSIColor(6)),
		dim:     plain.Faint(true),
		strong:  plain.Bold(true),
		chosen:  plain.Reverse(true),
	}
}

func (s styles) paint(t tone, text string) string {
	if t == normal || text == "" {
		return text
	}
	return s[t].Render(text)
}

// tab is the label of the tab that is shown. Where no style can tell it from the
// others, brackets do.
func (s styles) tab(label, badge string) string {
	style := s[chosen].Bold(true)
	if style.Render(label) == label {
		return "[" + label + badge + "]"
	}
	if badge == "" {
		return style.Render(" " + label + " ")
	}
	return style.Render(" "+label) + badge + " "
}

// rule is a line across the screen with a text near its start.
func (s styles) rule(t tone, text string, width int) string {
	if text == "" || width < 12 {
		return s.paint(dim, strings.Repeat("─", width))
	}
	text = ansi.Truncate(text, max(0, width-8), "…")
	tail := max(0, width-4-ansi.StringWidth(text))
	return s.paint(dim, "── ") + s.paint(t, text) + s.paint(dim, " "+strings.Repeat("─", tail))
}

// fit makes a text of our own exactly so wide.
func fit(text string, width int) string {
	text = display.Cut(text, width)
	return text + strings.Repeat(" ", max(0, width-ansi.StringWidth(text)))
}

// spread puts one text at the left and one at the right end of a line. When both
// have no room the left one is cut.
func spread(left, right string, width int) string {
	room := width - ansi.StringWidth(right)
	if room <= 0 {
		return display.Cut(left, width)
	}
	return fit(left, room) + right
}

// ascii has a sign of seven bits for each that the screen is drawn with, of the same
// width: the console of Linux and the locales of old have no others.
var ascii = strings.NewReplacer(
	"●", "*", "○", "o", "◌", ".", "◐", ":", "✓", "+", "✗", "x", "▌", ">", "▸", ">", "▾", "v", "↓", "v", "↑", "^",
	"·", "-", "…", "~", "│", "|", "─", "-", "█", "#", "▓", "=", "▒", "%", "░", ".",
)

// onlyASCII reports whether a terminal shows nothing else, by its environment. Where
// that does not say, most can.
func onlyASCII(getenv func(string) string) bool {
	if getenv("TERM") == "linux" {
		return true
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if locale := strings.ToLower(getenv(name)); locale != "" {
			return !strings.Contains(locale, "utf-8") && !strings.Contains(locale, "utf8")
		}
	}
	return false
}

// clean makes one printable line of a text that comes from outside.
func clean(text string) string {
	var c display.Cleaner
	lines := c.Write([]byte(text))
	if rest, ok := c.End(); ok {
		lines = append(lines, rest)
	}
	return display.Plain(strings.Join(lines, " "))
}
