package proxy

import (
	"errors"
	"io"
	"net/http"
	"sync/atomic"
)

// progress records whether the requests under way to a version make progress: uploads,
// and responses other than streams.
type progress struct {
	passed  atomic.Bool  // data has passed since the last look
	writing atomic.Int64 // writes under way: a slow client may accept data only every few seconds
}

// moved reports whether data has passed since the last call.
func (p *progress) moved() bool { return p.passed.Swap(false) || p.writing.Load() > 0 }

// moving is a response whose writes are recorded.
type moving struct {
	http.ResponseWriter
	visit *visit
}

func (m *moving) Unwrap() http.ResponseWriter { return m.ResponseWriter }

// WriteHeader does not pass on 100 Continue: the server sends it when the body is read,
// which is when the app has asked for it. Both at once would be two.
func (m *moving) WriteHeader(status int) {
	if status != http.StatusContinue {
		m.ResponseWriter.WriteHeader(status)
	}
}

func (m *moving) Write(b []byte) (int, error) {
	if m.visit.streams {
		return m.ResponseWriter.Write(b)
	}
	p := &m.visit.to.progress
	p.writing.Add(1)
	defer p.writing.Add(-1)
	p.passed.Store(true)
	return m.ResponseWriter.Write(b)
}

// upload is a request's body whose reads are recorded.
type upload struct {
	io.ReadCloser
	progress *progress
	failed   atomic.Bool // it could not be read to its end
}

func (u *upload) Read(into []byte) (int, error) {
	n, err := u.ReadCloser.Read(into)
	if err != nil && err != io.EOF && !errors.Is(err, http.ErrBodyReadAfterClose) { // it is closed when the app hangs up
		u.failed.Store(true)
	}
	if n > 0 {
		u.progress.passed.Store(true)
	}
	return n, err
}
