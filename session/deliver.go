package session

import "hotreload/build"

// This file has versions that a session does not build: an agent is given them. Its builder
// fetches them.

// Deliver has a session put a version into service that its builder can fetch.
type Deliver struct {
	Version int
	Config  Config
	Graph   *build.Graph // what is known of the app
	Load    bool         // it is the executable that serves with newer plugins, which the process can load
	Reason  string       // in words
}

// Delivered is the version that was delivered last.
type Delivered struct {
	Version int // of the session that has built it
	Gen     int // the cycle that puts it into service
}

func (Deliver) isCommand() {}

// deliver puts a version into service.
func (t *step) deliver(d Deliver) {
	if t.quitting != "" || t.builds.last == 0 {
		return // the first build is about to start, and fetches the newest version anyway
	}
	t.config = t.withOpenProxy(d.Config)
	t.listing.graph = d.Graph
	t.tellHandover()
	gen := t.answer()
	t.Elsewhere.Delivered = Delivered{d.Version, gen}
	if d.Load {
		t.act(gen, Plan{Rung: Plugin, Build: true, Reason: d.Reason}, nil, t.now)
		return
	}
	t.needsRerun(d.Reason)
	t.act(gen, Plan{Rung: Restart, Build: true, Reason: d.Reason}, nil, t.now)
}
