package hot

import (
	"io"
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
	switch w := w.(type) {
	case http1Response:
		handler.ServeHTTP(http1Writer{w, p}, &own)
	case response:
		handler.ServeHTTP(writer{w, p}, &own)
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
	progress *progress
}

type http1Writer struct {
	http1Response
	progress *progress
}

func (w writer) Write(b []byte) (int, error)            { return w.progress.write(w.response, b) }
func (w writer) WriteString(s string) (int, error)      { return w.Write([]byte(s)) }
func (w writer) Unwrap() http.ResponseWriter            { return w.response }
func (w http1Writer) Write(b []byte) (int, error)       { return w.progress.write(w.http1Response, b) }
func (w http1Writer) WriteString(s string) (int, error) { return w.Write([]byte(s)) }
func (w http1Writer) Unwrap() http.ResponseWriter       { return w.http1Response }

func (p *progress) write(to http.ResponseWriter, b []byte) (int, error) {
	if strings.HasPrefix(to.Header().Get("Content-Type"), "text/event-stream") {
		return to.Write(b)
	}
	p.writing.Add(1)
	defer p.writing.Add(-1)
	p.passed.Store(true)
	return to.Write(b)
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
