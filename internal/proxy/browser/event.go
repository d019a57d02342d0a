package browser

import (
	"slices"
	"time"
)

// Event is one of Connected, Gone, Applied and Shown.
type Event interface{ browserEvent() }

// Connected tells of a browser, however many tabs it has.
type Connected struct {
	Name    string // such as "Firefox"
	Clients int    // how many there are now
}

// Gone tells that all tabs of a browser have been closed.
type Gone struct {
	Name    string
	Clients int // how many there are left
}

// Applied tells that the first page has done what a change or a new version asks for: a
// page that reloads is about to. It comes once for each that found a browser connected.
type Applied struct {
	Gen     int // the version that served
	Kind    Kind
	Paths   []string      // none for a new version
	Clients int           // how many browsers were told
	Took    time.Duration // since they were
}

// Shown tells that pages show a problem.
type Shown struct {
	Kind    ProblemKind
	Clients int
}

func (Connected) browserEvent() {}
func (Gone) browserEvent()      {}
func (Applied) browserEvent()   {}
func (Shown) browserEvent()     {}

// announcement is something that pages were asked to do.
type announcement struct {
	gen     int
	seq     int
	kind    Kind
	paths   []string
	clients int
	at      time.Time
}

// announced are the announcements that no page has acted on yet, the oldest first.
type announced []announcement

// mostAnnounced bounds them: pages that never answer are not worth more.
const mostAnnounced = 64

// announce notes what is announced, if anyone listens. The lock is held.
func (h *Hub) announce(a announcement) {
	a.clients, a.at = h.crowd.size(), time.Now()
	if a.clients == 0 {
		return
	}
	if len(h.shown) == mostAnnounced {
		h.shown = slices.Delete(h.shown, 0, 1)
	}
	h.shown = append(h.shown, a)
}

// done tells that a page has caught up with a state.
func (h *Hub) done(seq int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.shown = slices.DeleteFunc(h.shown, func(a announcement) bool {
		if a.seq > seq {
			return false
		}
		h.box.Put(Applied{Gen: a.gen, Kind: a.kind, Paths: a.paths, Clients: a.clients, Took: time.Since(a.at)})
		return true
	})
}
