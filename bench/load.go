package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// requests are what each kind of client sends, again and again.
var requests = []struct{ kind, text string }{
	{"new connection each", "GET / HTTP/1.1\r\nHost: app\r\nConnection: close\r\n\r\n"},
	{"keep-alive GET", "GET / HTTP/1.1\r\nHost: app\r\n\r\n"},
	{"keep-alive POST, no retry", "POST / HTTP/1.1\r\nHost: app\r\nContent-Length: 5\r\n\r\nhello"},
}

func clientKinds() []string {
	var kinds []string
	for _, r := range requests {
		kinds = append(kinds, r.kind)
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

// tally is what became of one kind's requests.
type tally struct {
	failed, answered int
	longest          time.Duration
}

// load are clients that ask a server until they are ended.
type load struct {
	address string
	cancel  context.CancelFunc
	clients sync.WaitGroup

	mu      sync.Mutex
	tallies map[string]tally
}

func startLoad(ctx context.Context, address string, each int) *load {
	ctx, cancel := context.WithCancel(ctx)
	l := &load{address: address, cancel: cancel, tallies: map[string]tally{}}
	for range each {
		for _, r := range requests {
			l.clients.Go(func() { l.ask(ctx, r.kind, r.text) })
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

// ask sends a request again and again, over one connection as long as the server
// allows. It goes by the bytes, because Go's client sends what fails a second time.
func (l *load) ask(ctx context.Context, kind, request string) {
	var c connection
	defer c.hangUp()
	for ctx.Err() == nil {
		start := time.Now()
		err := c.exchange(l.address, request)
		l.count(kind, err == nil, time.Since(start))
		if err == nil {
			continue
		}
		c.hangUp()
		select {
		case <-ctx.Done():
		case <-time.After(afterFailure):
		}
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
func (c *connection) exchange(address, request string) error {
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
	if _, err := io.WriteString(c.conn, request); err != nil {
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
