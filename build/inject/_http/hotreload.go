// This file is not part of Go. The tool hotreload adds it to package net/http of an app
// that it builds with runner.handover = "inject". It knows all servers, connections and
// requests of the process, and shuts them down without losing one when package net says so.

package http

import (
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// hotreloadLinger is how long an idle connection stays open, so that its client may send a
// request, whose response then says that the connection closes. Closing sooner would lose
// a request that is on its way.
const hotreloadLinger = 300 * time.Millisecond

var hotreload = hotreloadTracker{
	servers: map[*Server]int{}, conns: map[*conn]hotreloadConn{}, changed: make(chan struct{}, 1),
}

type hotreloadTracker struct {
	once sync.Once // registers it with net

	mu       sync.Mutex
	servers  map[*Server]int // calls of Serve
	conns    map[*conn]hotreloadConn
	handlers int       // running, those of hijacked connections too
	began    time.Time // of the shutdown; zero: not yet
	changed  chan struct{}

	passed  atomic.Bool  // data of a request or a response has passed since the last look
	writing atomic.Int64 // writes in progress: a slow client may read only every few seconds
}

// hotreloadConn is a connection that is not hijacked. With HTTP/2 it is active until it is closed.
type hotreloadConn struct {
	state  ConnState
	since  time.Time
	stream bool // its response is a stream of events, which may never end
}

// Serve is Go's, and counts the server.
func (s *Server) Serve(l net.Listener) error {
	hotreload.once.Do(func() { net.HotreloadTrack(&hotreload) })
	hotreload.count(s, 1)
	defer hotreload.count(s, -1)
	return s.hotreloadServe(l)
}

// ServeHTTP is Go's, except that last responses close their connection. Over HTTP/2 that
// becomes a GOAWAY.
func (sh serverHandler) ServeHTTP(rw ResponseWriter, req *Request) {
	if hotreload.enter() && req.Header.Get("Upgrade") == "" {
		rw.Header().Set("Connection", "close")
	}
	defer hotreload.leave()
	sh.hotreloadServeHTTP(rw, req)
}

// setState is Go's, and tracks the connection.
func (c *conn) setState(nc net.Conn, state ConnState, runHook bool) {
	hotreload.note(c, state)
	c.hotreloadSetState(nc, state, runHook)
}

// Read is Go's, and notes that a request makes progress.
func (cr *connReader) Read(p []byte) (n int, err error) {
	n, err = cr.hotreloadRead(p)
	if n > 0 && !hotreload.passed.Load() && hotreload.progresses(cr.conn) {
		hotreload.passed.Store(true)
	}
	return n, err
}

// Write is Go's, and notes that a response makes progress.
func (w checkConnErrorWriter) Write(p []byte) (n int, err error) {
	if !hotreload.progresses(w.c) {
		return w.hotreloadWrite(p)
	}
	hotreload.writing.Add(1)
	defer hotreload.writing.Add(-1)
	hotreload.passed.Store(true)
	return w.hotreloadWrite(p)
}

// WriteHeader is Go's, and notes whether a stream of events begins.
func (w *response) WriteHeader(code int) {
	w.hotreloadWriteHeader(code)
	if strings.HasPrefix(w.handlerHeader.Get("Content-Type"), "text/event-stream") {
		hotreload.streams(w.conn)
	}
}

// streams notes that the response on a connection is a stream.
func (t *hotreloadTracker) streams(c *conn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if is, ok := t.conns[c]; ok {
		is.stream = true
		t.conns[c] = is
	}
}

// progresses reports whether what passes on a connection is progress. A hijacked one is not
// known any more.
func (t *hotreloadTracker) progresses(c *conn) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	is, ok := t.conns[c]
	return ok && !is.stream
}

func (t *hotreloadTracker) count(s *Server, n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.servers[s] += n; t.servers[s] == 0 {
		delete(t.servers, s)
	}
}

func (t *hotreloadTracker) enter() (ending bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.handlers++
	return !t.began.IsZero()
}

func (t *hotreloadTracker) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.handlers--
	t.poke()
}

func (t *hotreloadTracker) note(c *conn, state ConnState) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch state {
	case StateClosed, StateHijacked:
		delete(t.conns, c)
	default:
		t.conns[c] = hotreloadConn{state: state, since: time.Now()}
	}
	t.poke()
}

func (t *hotreloadTracker) poke() {
	select {
	case t.changed <- struct{}{}:
	default:
	}
}

// HotreloadEnd begins the shutdown. It calls what was registered for a Shutdown: that of
// HTTP/2, and that of apps that serve WebSockets.
func (t *hotreloadTracker) HotreloadEnd() (serves bool) {
	t.mu.Lock()
	t.began = time.Now()
	var servers []*Server
	for s := range t.servers {
		servers = append(servers, s)
	}
	t.mu.Unlock()
	for _, s := range servers {
		s.mu.Lock()
		told := s.onShutdown
		s.onShutdown = nil // once
		s.mu.Unlock()
		for _, tell := range told {
			go tell()
		}
	}
	return len(servers) > 0
}

// hotreloadLooks is how often progress is looked for in the time that requests have.
const hotreloadLooks = 5

// HotreloadWait returns when no request is in progress and every connection has lingered,
// or when no request has made progress within a time, or at the latest after another. It
// closes all connections.
func (t *hotreloadTracker) HotreloadWait(within, atMost time.Duration, tell func()) {
	defer t.close()
	deadline := t.began.Add(within)
	last := t.began.Add(atMost)
	look := time.NewTicker(within/hotreloadLooks + time.Millisecond)
	defer look.Stop()
	t.moved() // until now does not count
	for {
		busy, rest := t.rest(time.Now())
		if !busy && rest <= 0 {
			return
		}
		var lingered <-chan time.Time
		if !busy {
			lingered = time.After(rest)
		}
		select {
		case <-t.changed:
		case <-lingered:
		case now := <-look.C:
			if t.moved() && deadline.Before(last) {
				if deadline = now.Add(within); deadline.After(last) {
					deadline = last
				}
				tell()
			}
			if !now.Before(deadline) {
				return
			}
		}
	}
}

// moved reports whether a request has made progress since the last call.
func (t *hotreloadTracker) moved() bool { return t.passed.Swap(false) || t.writing.Load() > 0 }

// rest reports whether requests are in progress, and how much longer connections linger.
func (t *hotreloadTracker) rest(now time.Time) (busy bool, rest time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	busy = t.handlers > 0
	rest = t.began.Add(hotreloadLinger).Sub(now)
	for _, c := range t.conns {
		if c.state == StateActive { // its request may not have reached the handler yet
			busy = true
		} else if left := c.since.Add(hotreloadLinger).Sub(now); left > rest {
			rest = left
		}
	}
	return busy, rest
}

// close closes all connections.
func (t *hotreloadTracker) close() {
	t.mu.Lock()
	var conns []*conn
	for c := range t.conns {
		conns = append(conns, c)
	}
	t.mu.Unlock()
	for _, c := range conns {
		_ = c.rwc.Close()
	}
}
