package tui

import (
	"regexp"
	"strings"
	"unicode"

	"hotreload/ui/display"
)

// query finds text in lines: as it is, and when it has no capitals, whatever
// the case. The zero value finds nothing.
type query struct {
	text string
	find *regexp.Regexp
}

func newQuery(text string) query {
	if text == "" {
		return query{}
	}
	pattern := regexp.QuoteMeta(text)
	if !strings.ContainsFunc(text, unicode.IsUpper) {
		pattern = "(?i)" + pattern
	}
	return query{text, regexp.MustCompile(pattern)}
}

func (q query) empty() bool { return q.find == nil }

func (q query) in(l line) bool {
	return !q.empty() && q.find.MatchString(display.Plain(l.text))
}

// mark shows in reverse what is found.
func (q query) mark(text string) string {
	if q.empty() {
		return text
	}
	found := q.find.FindAllStringIndex(display.Plain(text), -1)
	if len(found) == 0 {
		return text
	}
	return display.Mark(text, found)
}
