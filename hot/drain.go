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
	still chan struct{} // closed when no server has any but streams

	mu       sync.Mutex
	at       time.Time     // when it began
	within   time.Duration // for requests that make no progress
	atMost   time.Duration // for all others
	servers  int           // calls of Serve with requests in progress
	busy     int           // those with others than streams
	cut      bool          // some of those others had not ended in time
	watched  bool          // the app uses Draining
	exported chan struct{} // closed when state has been handed over; nil: none is wanted
}

func newDraining() draining {
	return draining{begun: make(chan struct{}), quiet: make(chan struct{}), still: make(chan struct{})}
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
	close(d.begun)
	d.look()
}

func (d *draining) hasBegun() bool {
	select {
	case <-d.begun:
		return true
	default:
		return false
	}
}

// look closes what the numbers say. The caller has the lock.
func (d *draining) look() {
	if !d.hasBegun() {
		return
	}
	if d.busy == 0 {
		closeOnce(d.still)
	}
	if d.servers == 0 {
		closeOnce(d.quiet)
	}
}

// closeOnce closes a channel that may be closed: there may have been a moment without servers
// before. The caller has the lock.
func closeOnce(c chan struct{}) {
	select {
	case <-c:
	default:
		close(c)
	}
}

// watch notes that the app uses Draining.
func (d *draining) watch() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.watched = true
}

// isWatched reports whether the app uses Draining, so that its streams may end by themselves.
func (d *draining) isWatched() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.watched
}

// enter notes that a server begins. It returns a function to call when the server has no
// requests any more but streams, or cuts them.
func (d *draining) enter() (stills func(cuts bool)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.servers++
	d.busy++
	is := false
	return func(cuts bool) {
		d.mu.Lock()
		defer d.mu.Unlock()
		if is { // what is cut now are streams
			return
		}
		is, d.cut = true, d.cut || cuts
		d.busy--
		d.look()
	}
}

// wasCut reports whether requests other than streams were cut.
func (d *draining) wasCut() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.cut
}

// leave notes that a server has no more requests. It returns when the state has been
// handed over, if it is wanted: main ends the process soon after.
func (d *draining) leave() {
	d.mu.Lock()
	d.servers--
	d.look()
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
