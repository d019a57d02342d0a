package runner

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"hotreload/build"
	"hotreload/handover"
)

// CanSwap tells whether a process can be passed another one's listeners on this system.
const CanSwap = handover.Supported

// probation is how long after it took over a process that falls is replaced by the
// version before: what falls later has served.
const probation = 3 * time.Second

// Swap tells how a process took another one's place.
type Swap struct {
	Strategy string
	Took     time.Duration // from its start until it served
	Carried
}

// How a process takes another one's place: in both the listeners are passed on.
const (
	Socket = "socket" // the app asks for them, or expects them
	Inject = "inject" // it does not know that it asks for them: see package build/inject
)

// RolledBack tells that a version that had just taken over has fallen, and that the
// one before it is started again.
type RolledBack struct {
	Gen      int // of the one that fell
	Artifact build.Artifact
	To       int // the version that is started again
	Strategy string
	Served   time.Duration // how long it had served
	Reason   string
}

// Settled tells that the version that serves has done so for a while: nobody
// comes back to one before.
type Settled struct{ Gen int }

// succession is what the Target knows of processes besides the one that serves.
type succession struct {
	ready chan Ready    // from the instances
	left  chan departed // those that were in leaving

	leaving    map[*instance]bool // they end what they serve
	departures sync.WaitGroup     // who wait for them
	yielded    []Exited           // of what ended before it was told who took its place
	previous   *Request           // what to come back to; nil: nothing
	since      time.Time          // that the child serves
	proven     <-chan time.Time   // when it has served for a while
}

// departed is an instance that is gone.
type departed struct {
	instance *instance
	exited   Exited
}

func newSuccession() succession {
	return succession{ready: make(chan Ready), left: make(chan departed), leaving: map[*instance]bool{}}
}

// all are the instances that are alive.
func (t *Target) all() []*instance {
	all := slices.Collect(maps.Keys(t.leaving))
	for _, i := range []*instance{t.child, t.next} {
		if i != nil {
			all = append(all, i)
		}
	}
	return all
}

func (t *Target) alive() bool { return len(t.all()) > 0 }

// serves puts a process that is ready in the place of the one before.
func (t *Target) serves(r Ready) {
	switch {
	case t.next != nil && t.next.process.PID == r.PID:
		old := t.next.from
		r.Swap = &Swap{Strategy: t.next.request.Strategy, Took: r.Took, Carried: t.next.carried()}
		t.previous = &old.request
		if t.child != nil { // it may have ended already
			t.leave(t.child)
		}
		t.child, t.next = t.next, nil
	case t.child != nil && t.child.process.PID == r.PID:
	default:
		return // it has ended meanwhile
	}
	t.child.up, t.since = true, time.Now()
	t.proven = time.After(probation)
	t.events <- r
	t.tellYielded()
}

// tellYielded tells of the processes that ended while another one took their place.
func (t *Target) tellYielded() {
	for _, e := range t.yielded {
		t.events <- e
	}
	t.yielded = nil
}

// carried is what became of the state that the process took over.
func (i *instance) carried() Carried {
	select {
	case c := <-i.admitted:
		return c
	default:
		return Carried{}
	}
}

// leave has a process end in its own time.
func (t *Target) leave(i *instance) {
	i.leaving.Store(true)
	t.leaving[i] = true
	t.departures.Go(func() {
		exited := i.seeOff()
		i.wait()
		t.left <- departed{i, exited}
	})
}

// ended takes the end of what serves, or was to serve when nothing did. If that had
// just taken over, the version before is started again.
func (t *Target) ended(ctx context.Context, e Exited) {
	fallen := t.child
	fallen.wait()
	t.child = nil
	if t.next != nil && fallen.leaving.Load() {
		t.yielded = append(t.yielded, e)
		return
	}
	back := t.previous
	if back == nil || t.next != nil || e.Expected || ctx.Err() != nil || t.wants() {
		t.events <- e
		return
	}
	t.rollBack(ctx, fallen, e, *back, fallen.state)
}

// fell takes the end of a process that was to take another one's place.
func (t *Target) fell(ctx context.Context, e Exited) {
	fallen := t.next
	fallen.wait()
	t.next = nil
	if fallen.late.Load() {
		e.Hint = fmt.Sprintf("it was not ready within %v and was killed (runner.ready_timeout)", fallen.request.Config.ReadyTimeout)
	}
	t.tellYielded()
	from := fallen.from
	if t.opensByItself(e) && !from.leaving.Load() && t.again(fallen.request) {
		e.Again = true
		e.Hint = "it opens by itself a port that hotreload holds for the version before; it is started again when that has stopped"
	}
	if !from.leaving.Load() || e.Expected || ctx.Err() != nil || t.wants() {
		t.events <- e
		return
	}
	// The old one has handed over what it keeps and ends: too late to go on.
	if t.child != nil {
		t.leave(t.child)
		t.child = nil
	}
	t.rollBack(ctx, fallen, e, from.request, fallen.state)
}

// opensByItself reports whether a process fell because it wanted a port of ours, which it
// did not ask us for: it is no more the kind of app that the one before was.
func (t *Target) opensByItself(e Exited) bool {
	if e.Hint == "" {
		return false
	}
	for line := range strings.Lines(e.LastWords) {
		if t.sockets.Holds(portNear(line)) {
			return true
		}
	}
	return false
}

// again asks for a version to be run after the one that serves, unless something
// else was asked for.
func (t *Target) again(r Request) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.want != nil || t.kill {
		return false
	}
	r.Swap = false
	t.want = &r
	return true
}

// wants reports whether something else is to run next.
func (t *Target) wants() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.want != nil || t.kill
}

// rollBack starts the version before again, with the state that the fallen one got.
func (t *Target) rollBack(ctx context.Context, fallen *instance, e Exited, back Request, state handover.State) {
	t.previous, t.proven = nil, nil
	var served time.Duration
	if fallen.up {
		served = time.Since(t.since)
	}
	e.Rollback = true
	t.events <- e
	t.events <- RolledBack{
		Gen: fallen.gen, Artifact: back.Artifact, To: back.Gen, Strategy: fallen.request.Strategy,
		Served: served, Reason: e.fate(),
	}
	t.child = t.start(ctx, back, nil, state)
}

// fate says how a process ended.
func (e Exited) fate() string {
	switch {
	case e.Hint != "":
		return e.Hint
	case e.Signal != "":
		return "it was ended by " + e.Signal
	}
	return fmt.Sprintf("it exited with status %d", e.Code)
}

// settle gives up what was kept for the version before.
func (t *Target) settle() {
	t.proven, t.previous = nil, nil
	if t.child == nil || t.next != nil {
		return
	}
	given := t.child.desk.Given()
	t.sockets.KeepOnly(func(k handover.Key) bool {
		_, ok := given[k]
		return ok
	})
	t.events <- Settled{t.child.gen}
}

// keepAddresses gives up the listeners but for those of runner.listen.
func (t *Target) keepAddresses(listen []string) {
	t.sockets.KeepOnly(func(k handover.Key) bool {
		return slices.ContainsFunc(listen, func(entry string) bool { return listenKey(entry) == k })
	})
}
