//go:build unix

package e2e

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// load are clients that send one request after another, none of them twice.
type load struct {
	address string
	cancel  context.CancelFunc
	clients sync.WaitGroup
	pause   time.Duration // between two requests of a client

	mu       sync.Mutex
	ok       map[string]int // answers by the kind of client
	answers  map[string]int // how often each came
	failed   []string
	failures int
}

// requests are what the kinds of clients send.
var requests = map[string]string{
	"new connection each": "GET / HTTP/1.1\r\nHost: app\r\nConnection: close\r\n\r\n",
	"keep-alive GET":      "GET / HTTP/1.1\r\nHost: app\r\n\r\n",
	"keep-alive POST":     "POST / HTTP/1.1\r\nHost: app\r\nContent-Length: 5\r\n\r\nhello",
}

// startLoad has clients of each kind ask a server until end.
func startLoad(address string, each int) *load {
	pause := 5 * time.Millisecond // flat out they take the machine from what is under test
	if slowTests {
		pause = 2 * time.Millisecond
	}
	return startGentleLoad(address, each, pause)
}

// startGentleLoad leaves the machine to others between two requests.
func startGentleLoad(address string, each int, pause time.Duration) *load {
	ctx, cancel := context.WithCancel(context.Background())
	l := &load{address: address, cancel: cancel, pause: pause, ok: map[string]int{}, answers: map[string]int{}}
	for range each {
		for kind, request := range requests {
			l.clients.Go(func() { l.ask(ctx, kind, request) })
		}
	}
	return l
}

// ask sends a request again and again, over one connection as long as the server
// allows. It goes by the bytes, because Go's client sends what fails a second time.
func (l *load) ask(ctx context.Context, kind, request string) {
	var conn net.Conn
	var in *bufio.Reader
	hangUp := func() {
		if conn != nil {
			conn.Close()
			conn = nil
		}
	}
	defer hangUp()
	for ctx.Err() == nil {
		if conn == nil {
			var err error
			if conn, err = net.Dial("tcp", l.address); err != nil {
				l.fail(kind, err)
				continue
			}
			in = bufio.NewReader(conn)
		}
		body, closes, err := exchange(conn, in, request)
		if err != nil {
			l.fail(kind, err)
			hangUp()
			continue
		}
		l.succeed(kind, body)
		if closes {
			hangUp()
		}
		select {
		case <-time.After(l.pause):
		case <-ctx.Done():
		}
	}
}

func exchange(conn net.Conn, in *bufio.Reader, request string) (body string, closes bool, err error) {
	if _, err := io.WriteString(conn, request); err != nil {
		return "", false, err
	}
	response, err := http.ReadResponse(in, nil)
	if err != nil {
		return "", false, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode >= http.StatusInternalServerError { // who says no answers, too
		err = fmt.Errorf("status %d", response.StatusCode)
	}
	return string(text), response.Close, err
}

func (l *load) succeed(kind, body string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ok[kind]++
	l.answers[body]++
}

func (l *load) fail(kind string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failures++
	if len(l.failed) < 20 {
		l.failed = append(l.failed, kind+": "+err.Error())
	}
}

// end stops the clients, and no request may have failed.
func (l *load) end(t *testing.T) {
	t.Helper()
	awaitThat(t, "each kind of request is answered", l.answered)
	l.cancel()
	l.clients.Wait()
	t.Logf("answered: %v", l.ok)
	if len(l.failed) > 0 {
		t.Errorf("%d requests were lost, of which the first are:\n%s", l.failures, strings.Join(l.failed, "\n"))
	}
}

// answered reports whether each kind of client got an answer.
func (l *load) answered() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.ok) == len(requests)
}
