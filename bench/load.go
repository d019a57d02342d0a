package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// clients are what asks, each again and again.
var clients = []struct {
	kind string
	once bool // one of it is enough
	run  func(ctx context.Context, l *load, kind string)
}{
	{"new connection each", false, asking("GET / HTTP/1.1\r\nHost: app\r\nConnection: close\r\n\r\n")},
	{"keep-alive GET", false, asking("GET / HTTP/1.1\r\nHost: app\r\n\r\n")},
	{"keep-alive POST, no retry", false, asking("POST / HTTP/1.1\r\nHost: app\r\nContent-Length: 5\r\n\r\nhello")},
	{"upload of 50 MB", true, upload},
	{"server-sent events", true, stream(listenToEvents)},
	{"WebSocket", true, stream(chat)},
}

func clientKinds() []string {
	var kinds []string
	for _, c := range clients {
		kinds = append(kinds, c.kind)
	}
	return kinds
}

const (
	// answerPatience bounds a request; what takes longer counts as lost.
	answerPatience = 10 * time.Second
	// afterFailure keeps a client that is refused from counting that a thousand
	// times a second.
	afterFailure = 10 * time.Millisecond
)

// tally is the outcome of one kind's requests.
type tally struct {
	failed, answered int
	longest          time.Duration
	streams          bool
	broken           int // streams that broke off
}

func (t tally) String() string {
	if t.streams {
		return fmt.Sprintf("%d / %d, %d", t.failed, t.answered, t.broken)
	}
	return fmt.Sprintf("%d / %d, %d ms", t.failed, t.answered, t.longest.Milliseconds())
}

// load are clients that ask a server until they are ended.
type load struct {
	address string
	pause   time.Duration // of a client between its requests
	cancel  context.CancelFunc
	clients sync.WaitGroup

	mu      sync.Mutex
	tallies map[string]tally
}

func startLoad(ctx context.Context, address string, each int) *load {
	ctx, cancel := context.WithCancel(ctx)
	l := &load{address: address, cancel: cancel, tallies: map[string]tally{}}
	for n := range each {
		for _, c := range clients {
			if n == 0 || !c.once {
				l.clients.Go(func() { c.run(ctx, l, c.kind) })
			}
		}
	}
	return l
}

// easyPause leaves the machine to others than the clients, and the system with few connections that
// are over: to look through tens of thousands takes it seconds.
const easyPause = 5 * time.Millisecond

// startEasyLoad starts one client of each of some kinds, which pause between requests.
func startEasyLoad(ctx context.Context, address string, kinds ...string) *load {
	ctx, cancel := context.WithCancel(ctx)
	l := &load{address: address, pause: easyPause, cancel: cancel, tallies: map[string]tally{}}
	for _, c := range clients {
		if slices.Contains(kinds, c.kind) {
			l.clients.Go(func() { c.run(ctx, l, c.kind) })
		}
	}
	return l
}

// end stops the clients and returns what they saw. It may be called twice.
func (l *load) end() map[string]tally {
	l.cancel()
	l.clients.Wait()
	return l.tallies
}

// asking sends a request again and again, over one connection as long as the server
// allows. It goes by the bytes, because Go's client sends what fails a second time.
func asking(request string) func(context.Context, *load, string) {
	return func(ctx context.Context, l *load, kind string) {
		var c connection
		defer c.hangUp()
		for ctx.Err() == nil {
			start := time.Now()
			err := c.exchange(l.address, func(w io.Writer) error {
				_, err := io.WriteString(w, request)
				return err
			})
			l.count(kind, err == nil, time.Since(start))
			if err != nil {
				c.hangUp()
				pauseFor(ctx, afterFailure)
			} else if l.pause > 0 {
				pauseFor(ctx, l.pause)
			}
		}
	}
}

// pauseFor waits a moment.
func pauseFor(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

func (l *load) count(kind string, answered bool, took time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.tallies[kind]
	if answered {
		t.answered++
		t.longest = max(t.longest, took)
	} else {
		t.failed++
	}
	l.tallies[kind] = t
}

// connection is a client's; none before its first exchange and after hangUp.
type connection struct {
	conn net.Conn
	in   *bufio.Reader
}

// exchange sends a request and reads the whole answer.
func (c *connection) exchange(address string, send func(io.Writer) error) error {
	if c.conn == nil {
		conn, err := net.DialTimeout("tcp", address, answerPatience)
		if err != nil {
			return err
		}
		c.conn, c.in = conn, bufio.NewReader(conn)
	}
	if err := c.conn.SetDeadline(time.Now().Add(answerPatience)); err != nil {
		return err
	}
	if err := send(c.conn); err != nil {
		return err
	}
	response, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", response.StatusCode)
	}
	if response.Close {
		c.hangUp()
	}
	return nil
}

func (c *connection) hangUp() {
	if c.conn != nil {
		c.conn.Close()
		c.conn = nil
	}
}
