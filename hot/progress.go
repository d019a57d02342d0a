package hot

import (
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// A newer version serves already while this process ends, so an upload or a download
// that still gets on may take its time: to cut it would lose a request for nothing.

// progress tells whether any of a server's requests gets on. Streams of events and
// hijacked connections do not count: they may go on for ever, and their clients come back.
type progress struct {
	passed  atomic.Bool  // something has, since somebody looked
	writing atomic.Int64 // writes under way: a slow client may take in a piece only every few seconds
}

// moved reports whether something has passed since the last call.
func (p *progress) moved() bool { return p.passed.Swap(false) || p.writing.Load() > 0 }

// follow serves a request so that its progress is seen.
func (p *progress) follow(handler http.Handler, w http.ResponseWriter, r *http.Request) {
	own := *r // the server looks at the body of the one that it has
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

// response has what handlers and frameworks find in net/http's responses.
type response interface {
	http.ResponseWriter
	http.Flusher
	FlushError() error
	CloseNotify() <-chan bool
}

// http1Response has what only HTTP/1 has.
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

// looks is how often, within the time that requests have, somebody looks whether one gets on.
const looks = 5

// patience is how long requests under way may still take.
type patience struct {
	began    time.Time
	within   time.Duration // while nothing gets on
	atMost   time.Duration // in all
	deadline time.Time
	tell     func() // that something gets on
}

func newPatience(began time.Time, within, atMost time.Duration, tell func()) *patience {
	return &patience{began: began, within: within, atMost: max(within, atMost), deadline: began.Add(within), tell: tell}
}

// looking ticks when it is to be asked whether it has ended.
func (p *patience) looking() *time.Ticker {
	return time.NewTicker(max(p.within/looks, time.Millisecond))
}

// ended reports whether nothing more is waited for. What gets on puts that off.
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

// had is how long the requests that are cut had, in words.
func (p *patience) had() time.Duration {
	took := p.deadline.Sub(p.began)
	if took > p.within {
		return took.Round(time.Second)
	}
	return took
}
