package cli

import (
	"io"
	"sync/atomic"
	"time"
)

// stalled is how long a write may block once the session is over, because the reader does
// not read. Then the rest of the output is dropped.
const stalled = 2 * time.Second

// progress notices a write that blocks because the output is open and not read.
type progress struct {
	since atomic.Int64 // when the current write began, in Unix nanoseconds; 0 without one
}

// of returns a writer to w whose writes are watched. Only one goroutine may
// write to the writers of one progress.
func (p *progress) of(w io.Writer) io.Writer { return watched{w, p} }

type watched struct {
	to io.Writer
	by *progress
}

func (w watched) Write(data []byte) (int, error) {
	w.by.since.Store(time.Now().UnixNano())
	defer w.by.since.Store(0)
	return w.to.Write(data)
}

// stalledAfter returns a channel that is closed when a write has blocked for a while after
// over was closed. Its goroutine ends with the process.
func (p *progress) stalledAfter(over <-chan struct{}) <-chan struct{} {
	found := make(chan struct{})
	go func() {
		defer close(found)
		<-over
		for {
			time.Sleep(stalled / 10)
			if since := p.since.Load(); since != 0 && time.Since(time.Unix(0, since)) > stalled {
				return
			}
		}
	}()
	return found
}
