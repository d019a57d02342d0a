package proxy

import (
	"net/http"
	"strings"
)

// version is one process of the app, as the proxy knows it.
type version struct {
	requests *gate // all that are under way to it
	streams  *gate // those of them that may never end; shut when the others have left
	progress progress
	gen      int // what it was started as
	target   target
	http1    *pool
	http2    *pool
}

func newVersion(t target, gen int) *version {
	v := &version{
		gen:    gen,
		target: t,
		http1:  newPool(dialer(t, false)),
		http2:  newPool(dialer(t, true)),
	}
	v.streams = newGate(func() {
		v.http1.close()
		v.http2.close()
	})
	v.requests = newGate(func() { v.streams.shut() })
	return v
}

// shut lets no more requests in, and tells when those inside have left.
func (v *version) shut() Leaving {
	v.progress.moved() // what passed before does not count
	return Leaving{Answered: v.requests.shut(), Idle: v.streams.empty, progress: &v.progress}
}

// visit is one request under way to a version.
type visit struct {
	to      *version
	streams bool // its response may never end
}

// enter reports whether the version takes requests. If it does, leave must follow.
func (v *version) enter() bool { return v.requests.enter() }

// stream says that the response may never end. It is called once.
func (v *visit) stream() {
	v.streams = true
	v.to.streams.enter() // it is open as long as this request is under way
	v.to.requests.leave()
}

func (v *visit) leave() {
	if v.streams {
		v.to.streams.leave()
		return
	}
	v.to.requests.leave()
}

// isStream reports whether a response lasts for as long as both sides like.
func isStream(r *http.Response) bool {
	return r.StatusCode == http.StatusSwitchingProtocols || strings.HasPrefix(r.Header.Get("Content-Type"), "text/event-stream")
}

// poolFor returns the pool for a request. HTTP/2 without encryption is spoken only
// where the app is known to speak it: the config says so, or the request is one of gRPC,
// which has no other protocol. Upgrade exists in HTTP/1 alone.
func (v *version) poolFor(r *http.Request) *pool {
	grpc := r.ProtoMajor == 2 && strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc")
	if grpc || v.target.http2 && r.Header.Get("Upgrade") == "" {
		return v.http2
	}
	return v.http1
}
