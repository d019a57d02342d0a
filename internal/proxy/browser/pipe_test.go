package browser

import (
	"io"
	"net/http"
)

// pipe is a response that is read while it is written.
type pipe struct {
	*io.PipeWriter
	header http.Header
}

func newPipe() (*io.PipeReader, *pipe) {
	r, w := io.Pipe()
	return r, &pipe{w, http.Header{}}
}

func (p *pipe) Header() http.Header { return p.header }
func (p *pipe) WriteHeader(int)     {}
func (p *pipe) Flush()              {}
func (p *pipe) close()              { p.PipeWriter.Close() }
