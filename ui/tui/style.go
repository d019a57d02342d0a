package tui

import (
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"

	"hotreload/ui/display"
)

// tone is what a piece of text means, which decides its colour.
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

// styles are how tones look. They use the terminal's own sixteen colours, which are
// readable on its background, light or dark.
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

// tab is the label of the tab in front. Without styles, brackets mark it.
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

// rule is a line across the screen with a text near its beginning.
func (s styles) rule(t tone, text string, width int) string {
	if text == "" || width < 12 {
		return s.paint(dim, strings.Repeat("─", width))
	}
	text = display.Cut(text, width-8)
	tail := max(0, width-4-ansi.StringWidth(text))
	return s.paint(dim, "── ") + s.paint(t, text) + s.paint(dim, " "+strings.Repeat("─", tail))
}

// fit makes a text exactly so wide.
func fit(text string, width int) string {
	text = display.Cut(text, width)
	return text + strings.Repeat(" ", max(0, width-ansi.StringWidth(text)))
}

// spread puts one text at the left and one at the right end of a line. If they do not
// fit, the left one is cut.
func spread(left, right string, width int) string {
	room := width - ansi.StringWidth(right)
	if room <= 0 {
		return display.Cut(left, width)
	}
	return fit(left, room) + right
}

// ascii replaces each sign of the screen by an ASCII one of the same width. The Linux
// console and old locales have no others.
var ascii = strings.NewReplacer(
	"●", "*", "○", "o", "◌", ".", "◐", ":", "✓", "+", "✗", "x", "▌", ">", "▸", ">", "▾", "v", "↓", "v", "↑", "^",
	"·", "-", "…", "~", "│", "|", "─", "-", "█", "#", "▓", "=", "▒", "%", "░", ".",
)

// onlyASCII reports whether the environment says that the terminal shows only ASCII.
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

// clean makes one printable line of a text from outside.
func clean(text string) string {
	var c display.Cleaner
	lines := c.Write([]byte(text))
	if rest, ok := c.End(); ok {
		lines = append(lines, rest)
	}
	return display.Plain(strings.Join(lines, " "))
}
