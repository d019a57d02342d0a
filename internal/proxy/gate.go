package proxy

import (
	"math"
	"sync"
	"sync/atomic"
)

// gate counts the requests inside. Once it is shut none can enter, and it tells when
// the last has left.
type gate struct {
	inside atomic.Int64 // negative when it is shut
	empty  chan struct{}
	last   func() // closes empty, once
}

const shutting = math.MinInt64

// newGate returns an open gate. When it is shut and the last has left, it calls then.
func newGate(then func()) *gate {
	g := &gate{empty: make(chan struct{})}
	g.last = sync.OnceFunc(func() {
		then()
		close(g.empty)
	})
	return g
}

// enter reports whether the gate is open. If it is, leave must follow.
func (g *gate) enter() bool {
	if g.inside.Add(1) > 0 {
		return true
	}
	g.leave()
	return false
}

func (g *gate) leave() {
	if g.inside.Add(-1) == shutting {
		g.last()
	}
}

// shut lets no more in. It is called once. The channel is closed when the last has
// left.
func (g *gate) shut() (empty <-chan struct{}) {
	if g.inside.Add(shutting) == shutting {
		g.last()
	}
	return g.empty
}
