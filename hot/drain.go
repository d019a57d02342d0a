package hot

import (
	"sync"
	"time"

	"hotreload/internal/appsock/wire"
)

// drainTimeout is how long requests in progress may take when hotreload does not say.
const drainTimeout = 5 * time.Second

// draining is the orderly end of all that this process serves. It begins once.
type draining struct {
	once  sync.Once     // for hotreload's order
	begun chan struct{} // closed when the process is to end
	quiet chan struct{} // closed when it is to end and no server has requests in progress

	mu       sync.Mutex
	at       time.Time     // when it began
	within   time.Duration // for requests that make no progress
	atMost   time.Duration // for all others
	servers  int           // calls of Serve with requests in progress
	watched  bool          // the app uses Draining
	exported chan struct{} // closed when state has been handed over; nil: none is wanted
}

func newDraining() draining {
	return draining{begun: make(chan struct{}), quiet: make(chan struct{})}
}

// order notes what hotreload asks for. It reports whether the app ends by itself what it
// serves, and returns a channel to close when the state has been handed over, if it is wanted.
func (d *draining) order(wantsState bool) (serves bool, exported chan<- struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if wantsState {
		d.exported = make(chan struct{})
		exported = d.exported
	}
	return d.servers > 0 || d.watched, exported
}

// begin gives requests some time from now, or a longer time at most while they make
// progress. Only the first call counts.
func (d *draining) begin(within, atMost time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.hasBegun() {
		return
	}
	d.at, d.within, d.atMost = time.Now(), within, atMost
	if d.servers == 0 {
		close(d.quiet)
	}
	close(d.begun)
}

func (d *draining) hasBegun() bool {
	select {
	case <-d.begun:
		return true
	default:
		return false
	}
}

// watch notes that the app uses Draining.
func (d *draining) watch() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.watched = true
}

// enter notes that a server begins.
func (d *draining) enter() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.servers++
}

// leave notes that a server has no more requests. It returns when the state has been
// handed over, if it is wanted: main ends the process soon after.
func (d *draining) leave() {
	d.mu.Lock()
	d.servers--
	if d.servers == 0 && d.hasBegun() {
		select {
		case <-d.quiet: // there was a moment without servers before
		default:
			close(d.quiet)
		}
	}
	exported := d.exported
	d.mu.Unlock()
	if exported != nil {
		<-exported
	}
}

// patience is how long requests may still take. The drain has begun.
func (a *app) patience() *patience {
	d := &a.draining
	d.mu.Lock()
	defer d.mu.Unlock()
	return newPatience(d.at, d.within, d.atMost, func() { a.tell(wire.Message{Progress: &struct{}{}}) })
}
