package tui

// overlayKind is what lies over the panes.
type overlayKind int

const (
	noOverlay overlayKind = iota
	helpOverlay
	valuesOverlay
	instancesOverlay
)

// overlay is a list that lies over the panes until it is closed.
type overlay struct {
	kind  overlayKind
	pager *pager // nil: none
}

// open lays lines over the panes.
func (o *overlay) open(kind overlayKind, lines []line, p *panes, look styles) {
	o.kind, o.pager = kind, newPager(look)
	o.pager.resize(p.width, p.layout().pane)
	for _, l := range lines {
		o.pager.print(l)
	}
	o.pager.toTop()
}

// renew replaces the lines. The scroll position stays.
func (o *overlay) renew(lines []line, p *panes, look styles) {
	was := o.pager
	o.open(o.kind, lines, p, look)
	o.pager.top, o.pager.row, o.pager.search, o.pager.filter = was.top, was.row, was.search, was.filter
}

func (o *overlay) close() { *o = overlay{} }
