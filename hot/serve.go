package hot

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// linger is how long a connection without a request is kept open: closing it sooner would
// lose a request that is on its way. The answer to one tells the client to close it.
const linger = 300 * time.Millisecond

// Serve serves connections of l until ctx ends or hotreload has a newer version of the app.
// Then it shuts down and returns nil once all requests have been answered:
//
//   - It accepts no more connections.
//   - Each answer asks the client to close its connection. A connection without a request
//     stays open for 300 ms, because a request may be on its way.
//   - Requests and hijacked connections have 5 s to end. Then they are cut, and Serve
//     returns an error that says so. While a newer version serves, an upload or a download
//     that makes progress has a minute. For streams that never end, see [Draining]: when ctx
//     ends after hotreload has asked for the end, streams are cut as soon as nothing else is
//     under way.
//
// Main should return soon after Serve does. For TLS, wrap l in a listener of crypto/tls.
// Serve sets s.Handler and s.ConnState, and calls those that were set. An error before the
// shutdown is that of s.Serve.
func Serve(ctx context.Context, s *http.Server, l net.Listener) error {
	return theApp().serve(ctx, s, l)
}

func (a *app) serve(ctx context.Context, s *http.Server, l net.Listener) error {
	a.process.Attend()
	l = a.gate(l)
	t := track(s, a.active())
	still := a.draining.enter()
	var urged <-chan struct{} // closed when streams are to be cut
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	select {
	case err := <-served:
		still(false)
		a.draining.leave()
		return err
	case <-ctx.Done():
		a.draining.begin(drainTimeout, drainTimeout)
	case <-a.draining.begun:
		urged = ctx.Done()
	}
	t.begin()
	l.Close()
	<-served // what has been accepted is known from here on

	p := a.patience()
	busy := t.wait(p, urged, still)
	still(busy > 0)
	a.draining.leave()
	rest, cancel := context.WithDeadline(context.WithoutCancel(ctx), p.deadline)
	defer cancel()
	if t.streams.Load() > 0 { // they are cut
		cancel()
	}
	_ = s.Shutdown(rest)
	_ = s.Close()
	if busy > 0 {
		return fmt.Errorf("hot: %d of the requests under way had not ended after %v and were cut", busy, p.had())
	}
	return nil
}

// tracker knows a server's connections and requests. While they drain, it does the work of
// http.Server.Shutdown, which closes idle connections at the moment when a request may be
// arriving on one (golang/go#34163), as does SetKeepAlivesEnabled(false).
type tracker struct {
	progress

	mu       sync.Mutex
	conns    map[net.Conn]conn
	handlers int  // running, those of hijacked connections too
	ending   bool // clients are to send no more requests on their connections
	began    time.Time
	changed  chan struct{} // holds a token when something changed
}

// conn is the state of a connection that is not hijacked.
type conn struct {
	state http.ConnState
	since time.Time
}

// track follows a server's connections and requests from now on, and with progressing their
// progress: it matters only if a newer version serves while they end.
func track(s *http.Server, progressing bool) *tracker {
	t := &tracker{conns: map[net.Conn]conn{}, changed: make(chan struct{}, 1)}
	t.poke = t.wake
	handler, told := s.Handler, s.ConnState
	if handler == nil {
		handler = http.DefaultServeMux
	}
	s.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if t.enter() {
			w.Header().Set("Connection", "close") // over HTTP/2 the server says GOAWAY
		}
		defer t.leave()
		if !progressing {
			handler.ServeHTTP(w, r)
			return
		}
		t.follow(handler, w, r)
	})
	s.ConnState = func(c net.Conn, state http.ConnState) {
		t.note(c, state)
		if told != nil {
			told(c, state)
		}
	}
	return t
}

func (t *tracker) enter() (ending bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.handlers++
	return t.ending
}

func (t *tracker) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.handlers--
	t.wake()
}

func (t *tracker) note(c net.Conn, state http.ConnState) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch state {
	case http.StateClosed, http.StateHijacked:
		delete(t.conns, c)
	default:
		t.conns[c] = conn{state, time.Now()}
	}
	t.wake()
}

func (t *tracker) wake() {
	select {
	case t.changed <- struct{}{}:
	default:
	}
}

// begin makes each answer from now on close its connection.
func (t *tracker) begin() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ending, t.began = true, time.Now()
	t.moved() // until now does not count
}

// wait returns once no request is in progress and every connection has lingered, or else,
// when the patience ends, with the number of requests in progress. It calls still when only
// streams are left; they are cut if that is urged.
func (t *tracker) wait(p *patience, urged <-chan struct{}, still func(cuts bool)) (busy int) {
	look := p.looking()
	defer look.Stop()
	for cut := false; ; {
		busy, streams, rest := t.rest(time.Now())
		var lingered <-chan time.Time
		switch {
		case busy > 0:
		case rest > 0:
			lingered = time.After(rest)
		default:
			t.closeIdle()
			still(false)
			if streams == 0 || cut {
				return 0
			}
		}
		select {
		case now := <-look.C:
			if p.ended(now, t.moved()) {
				return busy + streams
			}
		case <-t.changed:
		case <-lingered:
		case <-urged:
			urged, cut = nil, true
		}
	}
}

// rest is how many requests are in progress, how many streams, and how long idle connections
// still linger.
func (t *tracker) rest(now time.Time) (busy, streams int, rest time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	streams = int(t.streams.Load())
	active := 0
	for _, c := range t.conns {
		if c.state == http.StateActive {
			active++ // its request may not have come to the handler yet
			continue
		}
		since := c.since
		if since.Before(t.began) {
			since = t.began
		}
		rest = max(rest, since.Add(linger).Sub(now))
	}
	// The connection of a stream is active, unless it is hijacked.
	return max(t.handlers-streams, active-(streams-int(t.hijacked.Load())), 0), streams, rest
}

// closeIdle closes the connections that have no request, and have lingered. For those on which
// none ever came Shutdown would wait five seconds.
func (t *tracker) closeIdle() {
	t.mu.Lock()
	var idle []net.Conn
	for c, is := range t.conns {
		if is.state == http.StateNew || is.state == http.StateIdle {
			idle = append(idle, c)
		}
	}
	t.mu.Unlock()
	for _, c := range idle {
		c.Close()
	}
}
