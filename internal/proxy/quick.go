package proxy

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
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

// send sends the request, and returns the response when its head is there. What
// informational responses come before it are given to inform.
func (q *quick) send(r *http.Request, inform func(status int, h http.Header)) (*http.Response, error) {
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
		switch {
		case errors.Is(err, io.ErrUnexpectedEOF):
			return nil, errors.New("it closed the connection without an answer")
		case err != nil:
			return nil, err
		case res.StatusCode == http.StatusSwitchingProtocols:
			return nil, errors.New("it switched to another protocol, which nobody had asked for")
		case res.StatusCode >= 200:
			return res, nil
		}
		inform(res.StatusCode, res.Header)
	}
}

// pass passes the response's body on, through the buffer. Whenever more has to be
// waited for, what has come so far is flushed.
func (q *quick) pass(to http.ResponseWriter, res *http.Response, buffer []byte) error {
	client := http.NewResponseController(to)
	for {
		if q.r.Buffered() == 0 && res.Body != http.NoBody {
			if err := client.Flush(); err != nil {
				return err
			}
		}
		n, err := res.Body.Read(buffer)
		if n > 0 {
			if _, err := to.Write(buffer[:n]); err != nil {
				return err
			}
		}
		if err == io.EOF {
			q.whole = !res.Close
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (q *quick) rested() bool { return silent(q.Conn) }

func (q *quick) finished() bool { return q.unwatch() && q.whole && q.r.Buffered() == 0 }
