package hotplug

import (
	"math"
	"sync/atomic"
	"time"
)

// gate counts who is inside. Entering and leaving an open one is an addition each.
type gate struct {
	users atomic.Int64  // those inside; plus barred while it is shut
	left  chan struct{} // may hold a token when the last one has left a shut gate
}

// barred makes the count negative, whoever is inside.
const barred = math.MinInt64 / 2

func newGate() *gate { return &gate{left: make(chan struct{}, 1)} }

// enter reports whether the gate is open. Who has entered has to leave.
func (g *gate) enter() bool {
	if g.users.Add(1) > 0 {
		return true
	}
	g.leave()
	return false
}

func (g *gate) leave() {
	if g.users.Add(-1) == barred {
		select {
		case g.left <- struct{}{}:
		default:
		}
	}
}

// shut lets nobody in any more.
func (g *gate) shut() { g.users.Add(barred) }

// reopen undoes shut.
func (g *gate) reopen() { g.users.Add(-barred) }

// busy is how many are inside a shut gate.
func (g *gate) busy() int64 { return g.users.Load() - barred }

// empty waits until nobody is inside a shut gate, and reports whether that came in time.
func (g *gate) empty(until time.Time) bool {
	late := time.NewTimer(time.Until(until))
	defer late.Stop()
	for g.busy() > 0 { // a token may be of those who found it shut
		select {
		case <-g.left:
		case <-late.C:
			return g.busy() == 0
		}
	}
	return true
}
