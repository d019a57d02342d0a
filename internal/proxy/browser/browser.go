// Package browser tells the pages of the app what to do: to reload, to fetch a stylesheet
// or an image again, to show what failed.
//
//	session ── Serves, Changed, Fail, Fixed ─▶ Hub ── state ─▶ one connection a browser ─▶ pages
//	   ▲                                        │ ▲                                          │
//	   └───── Connected, Gone, Applied, Shown ──┘ └────────── done, open (POST) ─────────────┘
//
// In go what serves, which files changed and what failed; out come Events: which browsers
// there are and what they have done. A Hub is an http.Handler for the paths below Prefix:
// the proxy has it answer them, and without a proxy it has a port of its own.
//
// What always holds:
//   - Pages are not told what to do, but how things are: the whole state, whenever it changes
//     and at each connection. A page knows the state that it was made in, and what differs
//     says what it has to do. So it does not matter what it missed: a tab that was asleep,
//     a connection that broke and a restart of hotreload are all the same.
//   - A page that was made by another version reloads, once, when the new one serves.
//   - A problem is shown once it has lasted for 400 ms, so that an editor which saves by
//     itself does not make pages flash. Another one takes its place at once.
//   - Nothing is told to pages of other origins, and none of the user's source to whoever
//     does not know the token that stands in the app's own pages.
//
// The methods of a nil Hub do nothing: it is what a session without browsers has.
package browser

import (
	"context"
	"crypto/rand"
	"slices"
	"sync"
	"time"

	"hotreload/internal/mailbox"
)

const (
	// Prefix begins the paths that a Hub answers.
	Prefix = "/.well-known/hotreload/"
	// patience is how long a problem has to last before pages show it. Editors that save
	// while one types leave less between two saves.
	patience = 400 * time.Millisecond
	// keptChanges is how many changes of files are remembered. A page that has missed more
	// reloads, which is right as well.
	keptChanges = 64
)

// Options are what a Hub needs to know once and for all.
type Options struct {
	Root    string            // where the paths of a Problem begin: excerpts are read there
	Hosts   []string          // names of this machine in the user's network, besides the usual ones
	Overlay bool              // whether pages show problems
	Open    func(Place) error // opens the user's editor; nil: pages cannot ask for it
}

// Version says what pages are made by.
type Version struct {
	Gen     int // the version that serves
	Process int // the version that its process was started as: less than Gen once a plugin was loaded
}

// Kind says what a page has to do about a change.
type Kind string

// The kinds, from the gentlest.
const (
	CSS   Kind = "css"   // fetch stylesheets again
	Image Kind = "image" // fetch images again
	Page  Kind = "page"  // reload
)

// Change is a change of files that the app serves as they are. A batch of several kinds is
// several changes; where one is a Page, it alone is enough.
type Change struct {
	Kind  Kind
	Paths []string // relative to the root, with slashes
}

// Hub knows the browsers that are connected. Its methods may be called from any goroutine,
// and none of them waits.
type Hub struct {
	options Options
	token   string // stands in the app's own pages, and nowhere else
	alone   bool   // it has a port of its own, and so the app's pages are of another origin
	box     *mailbox.Box[Event]
	events  chan Event

	mu     sync.Mutex
	state  state
	other  chan struct{} // closed when the state has changed
	shown  announced     // what has been announced and no page has done yet
	crowd  crowd
	delay  *time.Timer // until a problem is shown; nil: none waits
	closed bool
}

// New returns a hub of a session in which nothing serves yet.
func New(o Options) *Hub {
	h := &Hub{
		options: o, token: rand.Text(), box: mailbox.New[Event](), events: make(chan Event),
		state: state{ID: rand.Text()[:12], Changes: []noted{}}, other: make(chan struct{}),
	}
	h.crowd = newCrowd(h.left)
	return h
}

// Run hands out events until the context ends. Then it ends all connections.
func (h *Hub) Run(ctx context.Context) {
	if h == nil {
		return
	}
	defer h.close()
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.box.Ready():
		}
		for _, e := range h.box.Take() {
			select {
			case h.events <- e:
			case <-ctx.Done():
				return
			}
		}
	}
}

func (h *Hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	h.stopDelay()
	h.crowd.close()
	h.box.Close()
	h.changed()
}

// Events receives what browsers do while Run runs.
func (h *Hub) Events() <-chan Event {
	if h == nil {
		return nil
	}
	return h.events
}

// Clients is how many browsers are connected.
func (h *Hub) Clients() int {
	if h == nil {
		return 0
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.crowd.size()
}

// Serves tells that a version serves, and none before it any more. Pages made by another
// one reload. It is called for each version that takes over, after a rollback too, and not
// for a build that came out the same.
func (h *Hub) Serves(v Version) {
	if h == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if v == h.state.version() {
		return
	}
	h.state.Gen, h.state.Process = v.Gen, v.Process
	h.state.Seq++
	h.announce(announcement{gen: v.Gen, seq: h.state.Seq, kind: Page})
	h.changed()
}

// Changed tells that files have changed which the app serves as they are.
func (h *Hub) Changed(c Change) {
	if h == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.state.note(c)
	h.announce(announcement{gen: h.state.Gen, seq: h.state.Seq, kind: c.Kind, paths: slices.Clone(c.Paths)})
	h.changed()
}

// Fail has pages show a problem, in place of the one before.
func (h *Hub) Fail(p Problem) {
	if h == nil || !h.options.Overlay {
		return
	}
	told := p.read(h.options.Root)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || h.state.Problem != nil && h.state.Problem.ID == told.ID {
		return
	}
	waited := h.state.Problem != nil
	h.stopDelay()
	if waited {
		h.show(told)
		return
	}
	var delay *time.Timer
	delay = time.AfterFunc(patience, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.delay == delay {
			h.delay = nil
			h.show(told)
		}
	})
	h.delay = delay
}

// show has pages show a problem now. The lock is held.
func (h *Hub) show(p *toldProblem) {
	h.state.Problem = p
	if n := h.crowd.size(); n > 0 {
		h.box.Put(Shown{Kind: p.Kind, Clients: n})
	}
	h.changed()
}

// Fixed has pages show no problem any more.
func (h *Hub) Fixed() {
	if h == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stopDelay()
	if h.state.Problem != nil {
		h.state.Problem = nil
		h.changed()
	}
}

// stopDelay drops the problem that waits to be shown. The lock is held.
func (h *Hub) stopDelay() {
	if h.delay != nil {
		h.delay.Stop()
		h.delay = nil
	}
}

// changed has all connections tell the state. The lock is held.
func (h *Hub) changed() {
	close(h.other)
	h.other = make(chan struct{})
}

// now returns the state, and what tells of the next one; over: there is none.
func (h *Hub) now() (s state, other <-chan struct{}, over bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.state, h.other, h.closed
}
