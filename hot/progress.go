package hot

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// A newer version serves already while this process ends, so an upload or a download that
// makes progress may take its time: cutting it would lose a request for nothing.

// progress reports whether any request of a server makes progress. Streams of events and
// hijacked connections do not count: they may run forever, and their clients reconnect.
type progress struct {
	passed  atomic.Bool  // data has passed since the last look
	writing atomic.Int64 // writes in progress: a slow client may read only every few seconds

	streams  atomic.Int64 // in progress, with hijacked connections
	hijacked atomic.Int64 // those whose handlers run
	poke     func()       // called when there is one more
}

// request is one that is followed.
type request struct {
	of       *progress
	stream   atomic.Bool
	hijacked atomic.Bool
}

// streams notes that the request has become a stream.
func (r *request) streams() {
	if !r.stream.Swap(true) {
		r.of.streams.Add(1)
		r.of.poke()
	}
}

// look notes that the request has become a stream if the header of its response says so.
func (r *request) look(h http.Header) (streams bool) {
	if strings.HasPrefix(h.Get("Content-Type"), "text/event-stream") {
		r.streams()
	}
	return r.stream.Load()
}

// hijack notes that the handler has taken the connection.
func (r *request) hijack() {
	if !r.hijacked.Swap(true) {
		r.of.hijacked.Add(1)
		r.streams()
	}
}

// end notes that its handler has returned.
func (r *request) end() {
	if r.stream.Load() {
		r.of.streams.Add(-1)
	}
	if r.hijacked.Load() {
		r.of.hijacked.Add(-1)
	}
}

// moved reports whether data has passed since the last call.
func (p *progress) moved() bool { return p.passed.Swap(false) || p.writing.Load() > 0 }

// follow serves a request and notes its progress.
func (p *progress) follow(handler http.Handler, w http.ResponseWriter, r *http.Request) {
	own := *r // the server looks at the body of its own
	if r.Body != nil && r.Body != http.NoBody {
		own.Body = &body{r.Body, p}
	}
	defer func() { r.MultipartForm = own.MultipartForm }() // whose files the server removes
	f := &request{of: p}
	defer f.end()
	switch w := w.(type) {
	case http1Response:
		handler.ServeHTTP(http1Writer{w, f}, &own)
	case response:
		handler.ServeHTTP(writer{w, f}, &own)
	default:
		handler.ServeHTTP(w, &own)
	}
}

// body is a request's.
type body struct {
	io.ReadCloser
	progress *progress
}

func (b *body) Read(into []byte) (int, error) {
	n, err := b.ReadCloser.Read(into)
	if n > 0 {
		b.progress.passed.Store(true)
	}
	return n, err
}

// response has the methods that handlers and frameworks expect of net/http's responses.
type response interface {
	http.ResponseWriter
	http.Flusher
	FlushError() error
	CloseNotify() <-chan bool
}

// http1Response has what only HTTP/1 offers besides.
type http1Response interface {
	response
	http.Hijacker
}

type writer struct {
	response
	request *request
}

type http1Writer struct {
	http1Response
	request *request
}

func (w writer) Write(b []byte) (int, error)            { return w.request.write(w.response, b) }
func (w writer) WriteString(s string) (int, error)      { return w.Write([]byte(s)) }
func (w writer) Flush()                                 { _ = w.FlushError() }
func (w writer) FlushError() error                      { return w.request.flush(w.response) }
func (w writer) Unwrap() http.ResponseWriter            { return w.response }
func (w http1Writer) Write(b []byte) (int, error)       { return w.request.write(w.http1Response, b) }
func (w http1Writer) WriteString(s string) (int, error) { return w.Write([]byte(s)) }
func (w http1Writer) Flush()                            { _ = w.FlushError() }
func (w http1Writer) FlushError() error                 { return w.request.flush(w.http1Response) }
func (w http1Writer) Unwrap() http.ResponseWriter       { return w.http1Response }

// Hijack is the connection's. What the handler does with it is a stream.
func (w http1Writer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := w.http1Response.Hijack()
	if err == nil {
		w.request.hijack()
	}
	return conn, buffered, err
}

func (r *request) write(to http.ResponseWriter, b []byte) (int, error) {
	if r.look(to.Header()) {
		return to.Write(b)
	}
	p := r.of
	p.writing.Add(1)
	defer p.writing.Add(-1)
	p.passed.Store(true)
	return to.Write(b)
}

func (r *request) flush(to response) error {
	r.look(to.Header())
	return to.FlushError()
}

// looks is how often progress is checked within the time that requests have.
const looks = 5

// patience is how long requests in progress may still take.
type patience struct {
	began    time.Time
	within   time.Duration // while nothing makes progress
	atMost   time.Duration // in all
	deadline time.Time
	tell     func() // called when something makes progress
}

func newPatience(began time.Time, within, atMost time.Duration, tell func()) *patience {
	return &patience{began: began, within: within, atMost: max(within, atMost), deadline: began.Add(within), tell: tell}
}

// looking ticks each time that ended is to be called.
func (p *patience) looking() *time.Ticker {
	return time.NewTicker(max(p.within/looks, time.Millisecond))
}

// ended reports whether the time is over. Progress extends it.
func (p *patience) ended(now time.Time, moved bool) bool {
	if last := p.began.Add(p.atMost); moved && p.deadline.Before(last) {
		p.deadline = now.Add(p.within)
		if p.deadline.After(last) {
			p.deadline = last
		}
		p.tell()
	}
	return !now.Before(p.deadline)
}

// had is how long the requests had that are cut, as a message says it.
func (p *patience) had() time.Duration {
	took := p.deadline.Sub(p.began)
	if took > p.within {
		return took.Round(time.Second)
	}
	return took
}
