package proxy

import (
	"context"
	"time"
)

const (
	// idleTimeout is how long a connection to the app is kept for another request.
	// An app closes idle connections too, and a request that is on its way just then
	// is lost, because the proxy never sends one twice. No server has so short a timeout,
	// so the race does not arise. A new connection on the same machine takes a tenth
	// of a millisecond.
	idleTimeout = 250 * time.Millisecond
	// maxIdle is how many connections are kept at a time.
	maxIdle = 256
)

// pool hands out connections of one protocol to one version of the app.
type pool struct {
	dial func(context.Context) (*conn, error)
	idle chan *conn
}

func newPool(dial func(context.Context) (*conn, error)) *pool {
	return &pool{dial: dial, idle: make(chan *conn, maxIdle)}
}

// get returns an idle connection, or a new one.
func (p *pool) get(ctx context.Context) (*conn, error) {
	for {
		select {
		case c := <-p.idle:
			if c.expiry.Stop() && c.usable() {
				return c, nil
			}
			c.Close()
		default:
			return p.dial(ctx)
		}
	}
}

// put keeps the connection for another request, if it can carry one.
func (p *pool) put(c *conn) {
	if !c.finished() {
		c.Close()
		return
	}
	if c.expiry == nil {
		c.expiry = time.AfterFunc(idleTimeout, func() { c.Close() })
	} else {
		c.expiry.Reset(idleTimeout)
	}
	select {
	case p.idle <- c:
	default:
		c.expiry.Stop()
		c.Close()
	}
}

// close closes the idle connections. It is called when none is in use any more.
func (p *pool) close() {
	for {
		select {
		case c := <-p.idle:
			c.expiry.Stop()
			c.Close()
		default:
			return
		}
	}
}
