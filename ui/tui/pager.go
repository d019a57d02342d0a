package tui

import (
	"strings"

	"hotreload/ui/display"
)

// pager is a pane of lines that can be scrolled, searched and filtered. It follows
// its end until the user moves up.
type pager struct {
	buffer        buffer
	width, height int
	cut           bool // long lines are cut and not wrapped
	paused        bool // it does not follow its end
	top, row      int  // then: the first line in view, and which of its rows
	search        query
	filter        query
	found         int // the line of the last match; -1: none
	look          styles
}

func newPager(look styles) *pager { return &pager{found: -1, look: look, width: 80, height: 24} }

// print adds a line; setRest sets the one that has no end yet.
func (p *pager) print(l line) {
	l.hidden = p.hides(l)
	p.buffer.add(l)
	if p.paused && p.top < p.buffer.first() {
		p.top, p.row = p.buffer.first(), 0
	}
}

func (p *pager) setRest(text string) {
	p.buffer.rest = line{text: text}
	p.buffer.rest.hidden = p.hides(p.buffer.rest)
}

func (p *pager) hides(l line) bool { return !p.filter.empty() && !l.rule && !p.filter.in(l) }

// rows draws a line.
func (p *pager) rows(n int) []string {
	l := p.buffer.at(n)
	switch {
	case l.hidden:
		return nil
	case l.rule:
		return []string{p.look.rule(l.tone, l.text, p.width)}
	}
	text := p.search.mark(l.text)
	if l.tone != normal {
		text = p.look.paint(l.tone, text)
	}
	switch {
	case p.cut:
		return []string{display.Cut(text, p.width)}
	case l.indent > 0:
		return display.WrapWords(text, p.width, l.indent)
	}
	return display.Wrap(text, p.width)
}

// view draws the pane.
func (p *pager) view() []string {
	var shown []string
	if !p.paused {
		for n := p.buffer.end() - 1; n >= p.buffer.first() && len(shown) < p.height; n-- {
			shown = append(p.rows(n), shown...)
		}
		return shown[max(0, len(shown)-p.height):]
	}
	for n := p.top; n < p.buffer.end() && len(shown) < p.height+p.row; n++ {
		shown = append(shown, p.rows(n)...)
	}
	shown = shown[min(p.row, len(shown)):]
	return shown[:min(p.height, len(shown))]
}

// below counts the lines below the view.
func (p *pager) below() int {
	if !p.paused {
		return 0
	}
	rows, n := -p.row, p.top
	for ; n < p.buffer.end() && rows < p.height; n++ {
		rows += len(p.rows(n))
	}
	waiting := 0
	for ; n < p.buffer.end(); n++ {
		if !p.buffer.at(n).hidden {
			waiting++
		}
	}
	return waiting
}

// hold stops following. The view stays where it is.
func (p *pager) hold() {
	if p.paused {
		return
	}
	p.top, p.row, p.paused = p.buffer.end(), 0, true
	p.back(p.height)
}

func (p *pager) follow() { p.paused = false }

// move goes up or down by rows. At the end it follows again.
func (p *pager) move(rows int) {
	if rows < 0 {
		p.hold()
		p.back(-rows)
		return
	}
	if !p.paused {
		return
	}
	for ; rows > 0; rows-- {
		if p.row+1 < len(p.rows(p.top)) {
			p.row++
			continue
		}
		p.row = 0
		if p.top++; p.top >= p.buffer.end() {
			break
		}
	}
	if p.atEnd() {
		p.follow()
	}
}

// back goes up by rows, at most to the first.
func (p *pager) back(rows int) {
	for ; rows > 0; rows-- {
		if p.row > 0 {
			p.row--
			continue
		}
		n := p.top - 1
		for n >= p.buffer.first() && len(p.rows(n)) == 0 {
			n--
		}
		if n < p.buffer.first() {
			return
		}
		p.top, p.row = n, len(p.rows(n))-1
	}
}

// atEnd reports whether everything below the top fits into the view.
func (p *pager) atEnd() bool {
	rows := -p.row
	for n := p.top; n < p.buffer.end(); n++ {
		if rows += len(p.rows(n)); rows > p.height {
			return false
		}
	}
	return true
}

func (p *pager) toTop() {
	p.paused, p.top, p.row = true, p.buffer.first(), 0
	if p.atEnd() {
		p.follow()
	}
}

// resize keeps the first line where it is.
func (p *pager) resize(width, height int) {
	p.width, p.height = max(1, width), max(1, height)
	if p.paused {
		p.row = min(p.row, max(0, len(p.rows(min(p.top, p.buffer.end())))-1))
	}
}

// setFilter shows only lines that match. At the end it stays there.
func (p *pager) setFilter(q query) {
	p.filter = q
	p.buffer.hide(p.hides)
	if p.paused {
		p.row = 0
		if p.atEnd() {
			p.back(p.height)
		}
	}
}

// find goes to the next match in a direction of 1 or -1, from the last match or from
// the view, and wraps around. It reports whether there is one.
func (p *pager) find(direction int) bool {
	if p.search.empty() || p.buffer.end() == p.buffer.first() {
		return false
	}
	from := p.found
	if from < p.buffer.first() || from >= p.buffer.end() {
		from = p.buffer.end() // the newest match is the most likely one
		if p.paused && direction > 0 {
			from = p.top - 1
		}
	}
	count := p.buffer.end() - p.buffer.first()
	for i := 1; i <= count; i++ {
		n := p.buffer.first() + ((from-p.buffer.first()+i*direction)%count+count)%count
		if l := p.buffer.at(n); !l.hidden && p.search.in(l) {
			p.found = n
			p.show(n)
			return true
		}
	}
	return false
}

// show scrolls a line into view.
func (p *pager) show(n int) {
	p.hold()
	rows := -p.row
	for i := p.top; i <= n && n >= p.top && i < p.buffer.end(); i++ {
		rows += len(p.rows(i))
		if i == n && rows <= p.height {
			return // it is in view
		}
		if rows > p.height {
			break
		}
	}
	p.top, p.row = n, 0
	p.back(p.height / 3)
}

// matches counts the matches, and says which one the last one is.
func (p *pager) matches() (which, of int) {
	for n := p.buffer.first(); n < p.buffer.end(); n++ {
		if l := p.buffer.at(n); !l.hidden && p.search.in(l) {
			of++
			if n == p.found {
				which = of
			}
		}
	}
	return which, of
}

// text is the view without styles.
func (p *pager) text() string {
	var b strings.Builder
	for _, row := range p.view() {
		b.WriteString(strings.TrimRight(display.Plain(row), " ") + "\n")
	}
	return b.String()
}
