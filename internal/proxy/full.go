package proxy

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"time"
)

// continuePatience is how long a client's body is held back for the app's word
// that it wants it. Some servers never say it; clients wait as long.
const continuePatience = time.Second

// full is a connection of net/http's, for requests of every kind. It is not
// given to a Transport, which would send some requests twice.
type full struct {
	*http.ClientConn
	raw net.Conn
}

// rested does not rely on net/http having noticed the end of the connection
// already.
func (f full) rested() bool   { return silent(f.raw) && f.Reserve() == nil }
func (f full) finished() bool { return f.Err() == nil && f.Available() > 0 }

// dialFull makes connections that speak HTTP/2 or do not.
func dialFull(t target, http2 bool) func(context.Context) (connection, error) {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(!http2)
	protocols.SetHTTP2(http2)
	protocols.SetUnencryptedHTTP2(http2)
	dialer := net.Dialer{Timeout: dialPatience}
	transport := &http.Transport{
		Protocols: protocols,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := dialer.DialContext(ctx, network, address)
			*ctx.Value(rawKey{}).(*net.Conn) = c
			return c, err
		},
		DisableCompression:    true, // or it would ask for gzip, and unpack it
		ExpectContinueTimeout: continuePatience,
		// An app under development has a certificate that names nobody.
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
	}
	return func(ctx context.Context) (connection, error) {
		var f full
		var err error
		f.ClientConn, err = transport.NewClientConn(context.WithValue(ctx, rawKey{}, &f.raw), t.scheme, t.address)
		if err != nil {
			return nil, err
		}
		return f, nil
	}
}

// rawKey is the key under which a context has the place for what was dialled.
type rawKey struct{}
