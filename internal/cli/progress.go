package cli

import (
	"io"
	"sync/atomic"
	"time"
)

// progress notices a write that does not come to its end: somebody holds our
// output and does not read it.
type progress struct {
	since atomic.Int64 // when the write under way began, in Unix nanoseconds; 0: none is
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

// stalledAfter returns a channel that is closed when, after over is closed, a
// write has not come to its end for a while. Its goroutine ends with the process.
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
