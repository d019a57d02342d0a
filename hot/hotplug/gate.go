package hotplug

import (
	"math"
	"sync/atomic"
	"time"
)

// gate counts the calls inside. Entering or leaving an open gate is one addition.
type gate struct {
	users atomic.Int64  // calls inside; plus barred while it is shut
	left  chan struct{} // may hold a token when the last call has left a shut gate
}

// barred makes the count negative, however many calls are inside.
const barred = math.MinInt64 / 2

func newGate() *gate { return &gate{left: make(chan struct{}, 1)} }

// enter reports whether the gate is open. A call that has entered must leave.
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

// shut lets no more calls in.
func (g *gate) shut() { g.users.Add(barred) }

// reopen undoes shut.
func (g *gate) reopen() { g.users.Add(-barred) }

// busy is how many calls are inside a shut gate.
func (g *gate) busy() int64 { return g.users.Load() - barred }

// empty waits until a shut gate is empty, and reports whether that was in time.
func (g *gate) empty(until time.Time) bool {
	late := time.NewTimer(time.Until(until))
	defer late.Stop()
	for g.busy() > 0 { // a token may come from calls that found the gate shut
		select {
		case <-g.left:
		case <-late.C:
			return g.busy() == 0
		}
	}
	return true
}
