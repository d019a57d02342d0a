package proxy

import (
	"net/http"
	"strings"
)

// version is one process of the app, as far as the front door knows it. Inside
// its gate are the requests that are under way to it.
type version struct {
	*gate
	target target
	quick  *lane // for requests that are but a head
	full   *lane // for all
	http2  *lane
}

func newVersion(t target) *version {
	v := &version{
		target: t,
		quick:  newLane(t, dialQuick(t)),
		full:   newLane(t, dialFull(t, false)),
		http2:  newLane(t, dialFull(t, true)),
	}
	v.gate = newGate(func() {
		v.quick.close()
		v.full.close()
		v.http2.close()
	})
	return v
}

// laneOf is the one for a request. HTTP/2 without encryption is spoken only
// where it has been said that the app does: by the config, or by a request of
// gRPC, to which nothing else can be the answer.
func (v *version) laneOf(r *http.Request) *lane {
	grpc := r.ProtoMajor == 2 && strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc")
	upgrade := r.Header.Get("Upgrade") != "" // which HTTP/2 has not
	switch {
	case grpc, v.target.http2 && !upgrade:
		return v.http2
	case v.target.scheme == "http" && isHead(r):
		return v.quick
	}
	return v.full
}
