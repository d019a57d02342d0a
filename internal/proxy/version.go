package proxy

import (
	"net/http"
	"strings"
)

// version is one process of the app, as far as the front door knows it.
type version struct {
	requests *gate // those that are under way to it
	streams  *gate // of them, those that may never end; it is shut when the others have left
	progress progress
	target   target
	quick    *lane // for requests that are but a head
	full     *lane // for all
	http2    *lane
}

func newVersion(t target) *version {
	v := &version{
		target: t,
		quick:  newLane(t, dialQuick(t)),
		full:   newLane(t, dialFull(t, false)),
		http2:  newLane(t, dialFull(t, true)),
	}
	v.streams = newGate(func() {
		v.quick.close()
		v.full.close()
		v.http2.close()
	})
	v.requests = newGate(func() { v.streams.shut() })
	return v
}

// shut lets no more requests in.
func (v *version) shut() Leaving {
	v.progress.moved() // until now does not count
	return Leaving{Answered: v.requests.shut(), Idle: v.streams.empty, progress: &v.progress}
}

// visit is one request that is under way to a version.
type visit struct {
	*version
	streams bool
}

// enter tells whether the version takes requests. If it does, leave must follow.
func (v *version) enter() bool { return v.requests.enter() }

// stream says that the answer is one that may never end. It is called once.
func (v *visit) stream() {
	v.streams = true
	v.version.streams.enter() // which is open as long as this is among the requests
	v.requests.leave()
}

func (v *visit) leave() {
	if v.streams {
		v.version.streams.leave()
		return
	}
	v.requests.leave()
}

// isStream tells whether a response goes on for as long as both sides like.
func isStream(r *http.Response) bool {
	return r.StatusCode == http.StatusSwitchingProtocols || strings.HasPrefix(r.Header.Get("Content-Type"), "text/event-stream")
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
