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
type full struct{ *http.ClientConn }

func (f full) rested() bool   { return f.Reserve() == nil }
func (f full) finished() bool { return f.Err() == nil && f.Available() > 0 }

// dialFull makes connections that speak HTTP/2 or do not.
func dialFull(t target, http2 bool) func(context.Context) (connection, error) {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(!http2)
	protocols.SetHTTP2(http2)
	protocols.SetUnencryptedHTTP2(http2)
	transport := &http.Transport{
		Protocols:             protocols,
		DialContext:           (&net.Dialer{Timeout: dialPatience}).DialContext,
		DisableCompression:    true, // or it would ask for gzip, and unpack it
		ExpectContinueTimeout: continuePatience,
		// An app under development has a certificate that names nobody.
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
	}
	return func(ctx context.Context) (connection, error) {
		c, err := transport.NewClientConn(ctx, t.scheme, t.address)
		if err != nil {
			return nil, err
		}
		return full{c}, nil
	}
}
