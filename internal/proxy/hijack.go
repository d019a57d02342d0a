package proxy

import (
	"bufio"
	"io"
	"net"
	"net/http"
)

// hijacker hands out a client's connection with everything that arrived over it.
// ReverseProxy reads from the connection only, and would lose what the server has
// already read behind the request (golang/go#80875).
type hijacker struct{ http.ResponseWriter }

func (h hijacker) Unwrap() http.ResponseWriter { return h.ResponseWriter }

func (h hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c, buffered, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	if n := buffered.Reader.Buffered(); n > 0 {
		c = &early{Conn: c, r: io.MultiReader(io.LimitReader(buffered.Reader, int64(n)), c)}
	}
	return c, buffered, nil
}

// early is a connection from which something has been read already.
type early struct {
	net.Conn
	r io.Reader
}

func (e *early) Read(b []byte) (int, error) { return e.r.Read(b) }

// CloseWrite passes on that one side has finished sending.
func (e *early) CloseWrite() error {
	if c, ok := e.Conn.(interface{ CloseWrite() error }); ok {
		return c.CloseWrite()
	}
	return nil
}
