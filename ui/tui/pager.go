package tui

import (
	"strings"

	"hotreload/ui/display"
)

// pager is a pane of lines that can be scrolled, searched and filtered. It
// follows its end until somebody moves up.
type pager struct {
	buffer
	width, height int
	cut           bool // long lines are cut and not wrapped
	paused        bool // it does not follow
	top, row      int  // when it does not: the first line shown, and which of its rows
	search        query
	filter        query
	found         int // the line that was found last; -1: none
	look          styles
}

func newPager(look styles) *pager { return &pager{found: -1, look: look, width: 80, height: 24} }

// print adds a line; setRest sets the one that has no end yet.
func (p *pager) print(l line) {
	l.hidden = p.hides(l)
	p.add(l)
	if p.paused && p.top < p.first() {
		p.top, p.row = p.first(), 0
	}
}

func (p *pager) setRest(text string) {
	p.rest = line{text: text}
	p.rest.hidden = p.hides(p.rest)
}

func (p *pager) hides(l line) bool { return !p.filter.empty() && !l.rule && !p.filter.in(l) }

// rows are a line's, as they are shown.
func (p *pager) rows(n int) []string {
	l := p.at(n)
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

// view is the pane's rows, as many as it is high, and where the last one ends.
func (p *pager) view() []string {
	var shown []string
	if !p.paused {
		for n := p.end() - 1; n >= p.first() && len(shown) < p.height; n-- {
			shown = append(p.rows(n), shown...)
		}
		return shown[max(0, len(shown)-p.height):]
	}
	for n := p.top; n < p.end() && len(shown) < p.height+p.row; n++ {
		shown = append(shown, p.rows(n)...)
	}
	shown = shown[min(p.row, len(shown)):]
	return shown[:min(p.height, len(shown))]
}

// below is how many lines lie below what is shown.
func (p *pager) below() int {
	if !p.paused {
		return 0
	}
	rows, n := -p.row, p.top
	for ; n < p.end() && rows < p.height; n++ {
		rows += len(p.rows(n))
	}
	waiting := 0
	for ; n < p.end(); n++ {
		if !p.at(n).hidden {
			waiting++
		}
	}
	return waiting
}

// hold stops following, with what is shown staying where it is.
func (p *pager) hold() {
	if p.paused {
		return
	}
	p.top, p.row, p.paused = p.end(), 0, true
	p.back(p.height)
}

func (p *pager) follow() { p.paused = false }

// move goes up or down by rows. Who reaches the end follows it again.
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
		if p.top++; p.top >= p.end() {
			break
		}
	}
	if p.atEnd() {
		p.follow()
	}
}

// back goes up by rows, to the first at most.
func (p *pager) back(rows int) {
	for ; rows > 0; rows-- {
		if p.row > 0 {
			p.row--
			continue
		}
		n := p.top - 1
		for n >= p.first() && len(p.rows(n)) == 0 {
			n--
		}
		if n < p.first() {
			return
		}
		p.top, p.row = n, len(p.rows(n))-1
	}
}

// atEnd: what is below the top has room on the screen.
func (p *pager) atEnd() bool {
	rows := -p.row
	for n := p.top; n < p.end(); n++ {
		if rows += len(p.rows(n)); rows > p.height {
			return false
		}
	}
	return true
}

func (p *pager) toTop() {
	p.paused, p.top, p.row = true, p.first(), 0
	if p.atEnd() {
		p.follow()
	}
}

// resize keeps the first line in its place.
func (p *pager) resize(width, height int) {
	p.width, p.height = max(1, width), max(1, height)
	if p.paused {
		p.row = min(p.row, max(0, len(p.rows(min(p.top, p.end())))-1))
	}
}

// setFilter shows only lines that match. It keeps to the end if it was there.
func (p *pager) setFilter(q query) {
	p.filter = q
	p.hide(p.hides)
	if p.paused {
		p.row = 0
		if p.atEnd() {
			p.back(p.height)
		}
	}
}

// find goes to the next line that matches, from the one found last or from what
// is shown, in a direction of 1 or -1, and around the end. It reports false when
// there is none.
func (p *pager) find(direction int) bool {
	if p.search.empty() || p.end() == p.first() {
		return false
	}
	from := p.found
	if from < p.first() || from >= p.end() {
		from = p.end() // as the newest is what one looks for
		if p.paused && direction > 0 {
			from = p.top - 1
		}
	}
	count := p.end() - p.first()
	for i := 1; i <= count; i++ {
		n := p.first() + ((from-p.first()+i*direction)%count+count)%count
		if l := p.at(n); !l.hidden && p.search.in(l) {
			p.found = n
			p.show(n)
			return true
		}
	}
	return false
}

// show scrolls until a line is in sight.
func (p *pager) show(n int) {
	p.hold()
	rows := -p.row
	for i := p.top; i <= n && n >= p.top && i < p.end(); i++ {
		rows += len(p.rows(i))
		if i == n && rows <= p.height {
			return // it is
		}
		if rows > p.height {
			break
		}
	}
	p.top, p.row = n, 0
	p.back(p.height / 3)
}

// matches counts the lines found, and which of them the last one is.
func (p *pager) matches() (which, of int) {
	for n := p.first(); n < p.end(); n++ {
		if l := p.at(n); !l.hidden && p.search.in(l) {
			of++
			if n == p.found {
				which = of
			}
		}
	}
	return which, of
}

// text is what is shown, without styles.
func (p *pager) text() string {
	var b strings.Builder
	for _, row := range p.view() {
		b.WriteString(strings.TrimRight(display.Plain(row), " ") + "\n")
	}
	return b.String()
}
