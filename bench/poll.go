package main

import (
	"context"
	"io"
	"net"
	"strings"
	"time"
)

const (
	// pollPause lies between two looks.
	pollPause = time.Millisecond
	// lookPatience bounds one look: an app that is being stopped may leave a
	// connection unanswered.
	lookPatience = 250 * time.Millisecond
)

// poll returns when the answer at an address carries the version. Each look is
// a connection of its own, so that none outlives the app that it went to.
func poll(ctx context.Context, address, version string) error {
	for !strings.Contains(look(ctx, address), version) {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(pollPause):
		}
	}
	return nil
}

// look asks once; no answer is as good as an old one.
func look(ctx context.Context, address string) string {
	ctx, cancel := context.WithTimeout(ctx, lookPatience)
	defer cancel()
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return ""
	}
	defer conn.Close()
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // thousands of looks leave no sockets behind in TIME_WAIT
	}
	if deadline, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(deadline) // fails on a closed connection only
	}
	if _, err := io.WriteString(conn, "GET /__version HTTP/1.0\r\nHost: "+address+"\r\n\r\n"); err != nil {
		return ""
	}
	text, _ := io.ReadAll(conn) // what has come is judged, complete or not
	return string(text)
}
