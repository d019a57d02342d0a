package proxy

import (
	"sync"
	"sync/atomic"
	"testing"
)

// However many come and go while it is shut: it is empty when the last of those
// who were let in has left, and not before.
func TestGate(t *testing.T) {
	for range 200 {
		var inside atomic.Int64
		g := newGate(func() {
			if n := inside.Load(); n != 0 {
				t.Errorf("%d are inside of an empty gate", n)
			}
		})
		var visitors sync.WaitGroup
		for range 8 {
			visitors.Go(func() {
				for range 50 {
					if !g.enter() {
						return
					}
					inside.Add(1)
					inside.Add(-1)
					g.leave()
				}
			})
		}
		<-g.shut()
		if g.enter() {
			t.Fatal("a request has entered a gate that is shut")
		}
		visitors.Wait()
	}
}
