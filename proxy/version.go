package proxy

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"strings"
	"time"
)

const (
	// restFor is how long a connection to the app is kept for another request.
	// An app closes idle connections too; one that it closes just as a request
	// is on its way is a request lost, for it is not sent again. No server has
	// so short a patience, so the race does not arise. A new connection on the
	// same machine takes a tenth of a millisecond.
	restFor = 250 * time.Millisecond
	// restMost is how many connections rest at a time.
	restMost = 256
	// dialPatience bounds a connection attempt that nobody answers.
	dialPatience = 2 * time.Second
	// continuePatience is how long a client's body is held back for the app's
	// word that it wants it. Some servers never say it; clients wait as long.
	continuePatience = time.Second
)

// version is one process of the app, as far as the front door knows it. Inside
// its gate are the requests that are under way to it.
type version struct {
	*gate
	target target
	plain  *lane
	http2  *lane
}

func newVersion(t target) *version {
	v := &version{target: t, plain: newLane(t, false), http2: newLane(t, true)}
	v.gate = newGate(func() {
		v.plain.close()
		v.http2.close()
	})
	return v
}

// connect finds a connection for the request. HTTP/2 without encryption is
// spoken only where it has been said that the app does: by the config, or by a
// request of gRPC, to which nothing else can be the answer.
func (v *version) connect(r *http.Request) (*conn, error) {
	grpc := r.ProtoMajor == 2 && strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc")
	upgrade := r.Header.Get("Upgrade") != "" // which HTTP/2 has not
	if grpc || v.target.http2 && !upgrade {
		return v.http2.take(r.Context())
	}
	return v.plain.take(r.Context())
}

// lane holds the connections of one protocol to one version.
type lane struct {
	target    target
	transport *http.Transport // makes connections; it is not given requests, for it would send some twice
	resting   chan *conn
}

func newLane(t target, http2 bool) *lane {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(!http2)
	protocols.SetHTTP2(http2)
	protocols.SetUnencryptedHTTP2(http2)
	return &lane{
		target: t,
		transport: &http.Transport{
			Protocols:             protocols,
			DialContext:           (&net.Dialer{Timeout: dialPatience}).DialContext,
			DisableCompression:    true, // or it would ask for gzip unasked, and unpack it
			ExpectContinueTimeout: continuePatience,
			// An app under development has a certificate that names nobody.
			TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
		},
		resting: make(chan *conn, restMost),
	}
}

// conn is a connection to the app. One request has it at a time.
type conn struct {
	*http.ClientConn
	lane *lane
	rest *time.Timer // ends it; nil until it has rested once
}

// take returns a connection that rests, or a new one.
func (l *lane) take(ctx context.Context) (*conn, error) {
	for {
		select {
		case c := <-l.resting:
			if c.rest.Stop() && c.Reserve() == nil {
				return c, nil
			}
			c.Close()
		default:
			c, err := l.transport.NewClientConn(ctx, l.target.scheme, l.target.address)
			if err != nil {
				return nil, err
			}
			return &conn{ClientConn: c, lane: l}, nil
		}
	}
}

// giveBack lets the connection rest if it can be used again.
func (c *conn) giveBack() {
	if c.Err() != nil || c.Available() == 0 {
		c.Close()
		return
	}
	if c.rest == nil {
		c.rest = time.AfterFunc(restFor, func() { c.Close() })
	} else {
		c.rest.Reset(restFor)
	}
	select {
	case c.lane.resting <- c:
	default:
		c.rest.Stop()
		c.Close()
	}
}

// close ends the connections that rest. None comes any more.
func (l *lane) close() {
	for {
		select {
		case c := <-l.resting:
			c.rest.Stop()
			c.Close()
		default:
			return
		}
	}
}
