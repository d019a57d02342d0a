package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/coder/websocket"
)

const (
	// An upload is sent in pieces with pauses, so that it lasts longer than a swap and
	// leaves the machine to the others.
	uploadSize, uploadPiece = 50 << 20, 1 << 20
	uploadPause             = 5 * time.Millisecond
	// betweenMessages lies between two messages of a WebSocket.
	betweenMessages = 20 * time.Millisecond
)

// upload sends a large body again and again, each over a connection of its own.
func upload(ctx context.Context, l *load, kind string) {
	piece := make([]byte, uploadPiece)
	for ctx.Err() == nil {
		var c connection
		start := time.Now()
		err := c.exchange(l.address, func(w io.Writer) error {
			_, err := fmt.Fprintf(w, "POST /upload HTTP/1.1\r\nHost: app\r\nContent-Length: %d\r\n\r\n", uploadSize)
			for sent := 0; sent < uploadSize && err == nil; sent += uploadPiece {
				time.Sleep(uploadPause)
				_, err = w.Write(piece)
			}
			return err
		})
		c.hangUp()
		l.count(kind, err == nil, time.Since(start))
		if err != nil {
			pauseFor(ctx, afterFailure)
		}
	}
}

// stream opens something that never ends again and again, each time when it broke off.
func stream(open func(ctx context.Context, address string) (follow func() error, err error)) func(context.Context, *load, string) {
	return func(ctx context.Context, l *load, kind string) {
		for ctx.Err() == nil {
			follow, err := open(ctx, l.address)
			if ctx.Err() != nil {
				return
			}
			l.countStream(kind, func(t *tally) {
				if err == nil {
					t.answered++
				} else {
					t.failed++
				}
			})
			if err != nil {
				pauseFor(ctx, afterFailure)
				continue
			}
			if err := follow(); err != nil && ctx.Err() == nil {
				l.countStream(kind, func(t *tally) { t.broken++ })
			}
		}
	}
}

func (l *load) countStream(kind string, change func(*tally)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.tallies[kind]
	t.streams = true
	change(&t)
	l.tallies[kind] = t
}

// alone is a client that uses no connection twice, for then it sends nothing twice.
func alone() *http.Client { return &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} }

// listenToEvents opens a stream of events.
func listenToEvents(ctx context.Context, address string) (func() error, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/events", nil)
	if err != nil {
		return nil, err
	}
	response, err := alone().Do(request)
	if err != nil {
		return nil, err
	}
	in := bufio.NewReader(response.Body)
	if line, err := in.ReadString('\n'); err != nil || line != "data: tick\n" {
		response.Body.Close()
		return nil, errors.Join(err, fmt.Errorf("it begins with %q", line))
	}
	return func() error {
		defer response.Body.Close()
		_, err := io.Copy(io.Discard, in)
		return err
	}, nil
}

// chat opens a WebSocket, whose other end sends back what it gets.
func chat(ctx context.Context, address string) (func() error, error) {
	conn, _, err := websocket.Dial(ctx, "ws://"+address+"/socket", &websocket.DialOptions{HTTPClient: alone()})
	if err != nil {
		return nil, err
	}
	say := func() error {
		if err := conn.Write(ctx, websocket.MessageText, []byte("hello")); err != nil {
			return err
		}
		_, answer, err := conn.Read(ctx)
		if err == nil && string(answer) != "hello" {
			err = fmt.Errorf("the answer is %q", answer)
		}
		return err
	}
	if err := say(); err != nil {
		return nil, err
	}
	return func() error {
		defer conn.CloseNow()
		for {
			if err := say(); err != nil {
				return err
			}
			pauseFor(ctx, betweenMessages)
		}
	}, nil
}
