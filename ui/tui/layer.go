package tui

// layer is what lies over the panes until it is left.
type layer int

const (
	noLayer layer = iota
	helpLayer
	valuesLayer
)

// openLayer lays lines over the panes.
func (m *model) openLayer(kind layer, lines []line) {
	p := newPager(m.look)
	p.resize(m.width, m.layout().pane)
	for _, l := range lines {
		p.print(l)
	}
	p.toTop()
	m.overlay, m.layer = p, kind
}

// renewLayer changes the lines that lie over the panes. What one looks at stays.
func (m *model) renewLayer(lines []line) {
	was := m.overlay
	m.openLayer(m.layer, lines)
	m.overlay.top, m.overlay.row, m.overlay.search, m.overlay.filter = was.top, was.row, was.search, was.filter
}

func (m *model) closeLayer() { m.overlay, m.layer = nil, noLayer }
