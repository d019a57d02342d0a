package browser

import (
	"strings"
	"time"
)

// absence is how long a browser may be away before it counts as gone: a page that reloads
// has no connection for a moment.
const absence = 2 * time.Second

// crowd are the browsers that are connected. The lock of the hub guards it.
type crowd struct {
	present map[string]*presence // by who they say they are, and where
	left    func(who string, p *presence)
}

// presence is one browser.
type presence struct {
	name    string
	streams int         // its connections
	away    *time.Timer // runs while it has none
}

func newCrowd(left func(string, *presence)) crowd {
	return crowd{map[string]*presence{}, left}
}

func (c crowd) size() int { return len(c.present) }

// enter adds a connection, and reports whether it is that of a new browser.
func (c crowd) enter(who, name string) bool {
	p := c.present[who]
	isNew := p == nil
	if isNew {
		p = &presence{name: name}
		c.present[who] = p
	}
	if p.away != nil {
		p.away.Stop()
		p.away = nil
	}
	p.streams++
	return isNew
}

// leave removes a connection.
func (c crowd) leave(who string) {
	p := c.present[who]
	if p == nil {
		return // all have left
	}
	if p.streams--; p.streams == 0 {
		p.away = time.AfterFunc(absence, func() { c.left(who, p) })
	}
}

func (c crowd) close() {
	for who, p := range c.present {
		if p.away != nil {
			p.away.Stop()
		}
		delete(c.present, who)
	}
}

// join notes a connection.
func (h *Hub) join(who, name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return
	}
	if h.crowd.enter(who, name) {
		h.box.Put(Connected{Name: name, Clients: h.crowd.size()})
	}
}

// part notes the end of one.
func (h *Hub) part(who string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.crowd.leave(who)
}

// left notes that a browser has been away for long.
func (h *Hub) left(who string, p *presence) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if p.streams > 0 || h.crowd.present[who] != p {
		return // it is back
	}
	delete(h.crowd.present, who)
	h.box.Put(Gone{Name: p.name, Clients: h.crowd.size()})
}

// nameOf names a browser by its User-Agent. Each claims to be those before it, so the order
// matters.
func nameOf(agent string) string {
	for _, known := range []struct{ has, name string }{
		{"Edg", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"},
		{"HeadlessChrome/", "Chrome (headless)"}, {"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
	} {
		if strings.Contains(agent, known.has) {
			return known.name
		}
	}
	return "a browser"
}
