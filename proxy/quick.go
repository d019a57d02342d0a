package proxy

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
)

// quick is a connection to the app for requests that are but a head, which most
// are. To write it and to read the answer takes no goroutine of its own, where
// net/http has two for each connection, and between them most of its time.
type quick struct {
	net.Conn
	r *bufio.Reader
	w *bufio.Writer

	unwatch func() bool // ends the watch over the client; false when it has gone
	whole   bool        // the response has been read to its end, and more may follow
}

// isHead tells whether nothing of the request comes after its head.
func isHead(r *http.Request) bool {
	return r.ContentLength == 0 && r.Header.Get("Upgrade") == "" && r.Header.Get("Expect") == ""
}

// dialQuick makes quick connections.
func dialQuick(t target) func(context.Context) (connection, error) {
	dialer := net.Dialer{Timeout: dialPatience}
	return func(ctx context.Context) (connection, error) {
		c, err := dialer.DialContext(ctx, "tcp", t.address)
		if err != nil {
			return nil, err
		}
		return &quick{Conn: c, r: bufio.NewReader(c), w: bufio.NewWriter(c), unwatch: func() bool { return true }}, nil
	}
}

// RoundTrip sends the request and returns when the response's head is there.
func (q *quick) RoundTrip(r *http.Request) (*http.Response, error) {
	q.whole = false
	q.unwatch = context.AfterFunc(r.Context(), func() { q.Close() })
	if err := r.Write(q.w); err != nil {
		return nil, err
	}
	if err := q.w.Flush(); err != nil {
		return nil, err
	}
	for {
		res, err := http.ReadResponse(q.r, r)
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, errors.New("it closed the connection without an answer")
		}
		if err != nil {
			return nil, err
		}
		if res.StatusCode >= 200 || res.StatusCode == http.StatusSwitchingProtocols {
			res.Body = &quickBody{res.Body, q, res}
			return res, nil
		}
		trace := httptrace.ContextClientTrace(r.Context())
		if trace == nil || trace.Got1xxResponse == nil {
			continue
		}
		if err := trace.Got1xxResponse(res.StatusCode, textproto.MIMEHeader(res.Header)); err != nil {
			return nil, err
		}
	}
}

// quickBody is the body of a response over a quick connection.
type quickBody struct {
	io.ReadCloser
	q   *quick
	res *http.Response
}

func (b *quickBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	switch gone := b.res.Request.Context().Err(); {
	case err == io.EOF:
		b.q.whole = !b.res.Close && b.res.StatusCode >= 200
	case err != nil && gone != nil:
		err = gone // the cause, and no fault of the app's
	}
	return n, err
}

// Close ends the connection unless the body is at its end. The body's own Close
// would read what is left, which may be without end.
func (b *quickBody) Close() error {
	if b.q.whole {
		return nil
	}
	return b.q.Close()
}

func (q *quick) rested() bool { return silent(q.Conn) }

func (q *quick) finished() bool { return q.unwatch() && q.whole && q.r.Buffered() == 0 }
