package tui

import (
	"regexp"
	"strings"
	"unicode"

	"hotreload/ui/display"
)

// query finds text in lines. Without capitals it ignores case. The zero value finds
// nothing.
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

// mark shows matches in reverse.
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
