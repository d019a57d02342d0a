package proxy

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"time"
)

const (
	// dialTimeout bounds an attempt to connect that nothing answers.
	dialTimeout = 2 * time.Second
	// continueTimeout is how long a client's body is held back until the app asks for
	// it. Some servers never do; clients wait as long.
	continueTimeout = time.Second
)

// conn is a connection to the app. It carries one request at a time, and each once:
// an http.Transport, which would pool connections for us, sends some requests twice.
type conn struct {
	*http.ClientConn
	raw    net.Conn
	expiry *time.Timer // closes it when it has been idle for too long; nil until it is idle first
}

// usable reports whether a connection that was idle can carry another request. It
// asks the system, because net/http may not have noticed yet that the app has closed it.
func (c *conn) usable() bool { return silent(c.raw) && c.Reserve() == nil }

// finished reports whether the request is over and another can follow.
func (c *conn) finished() bool { return c.Err() == nil && c.Available() > 0 }

// dialer returns a function that connects to the target by HTTP/1, or by HTTP/2.
func dialer(t target, http2 bool) func(context.Context) (*conn, error) {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(!http2)
	protocols.SetHTTP2(http2)
	protocols.SetUnencryptedHTTP2(http2)
	tcp := net.Dialer{Timeout: dialTimeout}
	transport := &http.Transport{
		Protocols: protocols,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := tcp.DialContext(ctx, network, address)
			*ctx.Value(rawKey{}).(*net.Conn) = c
			return c, err
		},
		DisableCompression:    true, // or it would ask for gzip, and unpack it
		ExpectContinueTimeout: continueTimeout,
		// The certificate of an app under development names no host.
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
	}
	return func(ctx context.Context) (*conn, error) {
		c := &conn{}
		var err error
		c.ClientConn, err = transport.NewClientConn(context.WithValue(ctx, rawKey{}, &c.raw), t.scheme, t.address)
		if err != nil {
			return nil, err
		}
		return c, nil
	}
}

// rawKey is the context key of the place for the connection that was dialled.
type rawKey struct{}
