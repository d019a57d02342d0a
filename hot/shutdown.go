package hot

import (
	"sync"
	"time"

	"hotreload/internal/appsock/wire"
)

// drainTimeout is how long requests in progress may take when hotreload does not say.
const drainTimeout = 5 * time.Second

// shutdown is the orderly end of all that this process serves. It begins once.
type shutdown struct {
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

func newShutdown() shutdown {
	return shutdown{begun: make(chan struct{}), quiet: make(chan struct{})}
}

// order notes what hotreload asks for. It reports whether the app ends by itself what it
// serves, and returns a channel to close when the state has been handed over, if it is wanted.
func (s *shutdown) order(wantsState bool) (serves bool, exported chan<- struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if wantsState {
		s.exported = make(chan struct{})
		exported = s.exported
	}
	return s.servers > 0 || s.watched, exported
}

// begin gives requests some time from now, or a longer time at most while they make
// progress. Only the first call counts.
func (s *shutdown) begin(within, atMost time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hasBegun() {
		return
	}
	s.at, s.within, s.atMost = time.Now(), within, atMost
	if s.servers == 0 {
		close(s.quiet)
	}
	close(s.begun)
}

func (s *shutdown) hasBegun() bool {
	select {
	case <-s.begun:
		return true
	default:
		return false
	}
}

// watch notes that the app uses Draining.
func (s *shutdown) watch() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watched = true
}

// enter notes that a server begins.
func (s *shutdown) enter() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.servers++
}

// leave notes that a server has no more requests. It returns when the state has been
// handed over, if it is wanted: main ends the process soon after.
func (s *shutdown) leave() {
	s.mu.Lock()
	s.servers--
	if s.servers == 0 && s.hasBegun() {
		select {
		case <-s.quiet: // there was a moment without servers before
		default:
			close(s.quiet)
		}
	}
	exported := s.exported
	s.mu.Unlock()
	if exported != nil {
		<-exported
	}
}

// patience is how long requests may still take. The shutdown has begun.
func (a *app) patience() *patience {
	s := &a.shutdown
	s.mu.Lock()
	defer s.mu.Unlock()
	return newPatience(s.at, s.within, s.atMost, func() { a.tell(wire.Message{Progress: &struct{}{}}) })
}
