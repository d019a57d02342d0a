package runner

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"hotreload/build"
	"hotreload/internal/appsock"
	"hotreload/internal/proxy"
)

// CanSwap tells whether a process can be passed another one's listeners on this system.
const CanSwap = appsock.Supported

// probation is how long after it took over a process that falls is replaced by the
// version before: what falls later has served.
const probation = 3 * time.Second

// Swap tells how a process took another one's place.
type Swap struct {
	Strategy Strategy
	Took     time.Duration // from its start until it served
	Carried
}

// RolledBack tells that a version that had just taken over has fallen, and that the
// one before it is started again.
type RolledBack struct {
	Gen      int // of the one that fell
	Artifact build.Artifact
	To       int // the version that is started again
	Strategy Strategy
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
	case t.next != nil && t.next.process.PID == r.PID && !t.next.asked():
		old := t.next.from
		r.Swap = &Swap{Strategy: t.next.request.Strategy, Took: r.Took, Carried: t.next.carried()}
		t.previous = &old.request
		leaving := t.open(t.next, r)
		if t.child != nil { // it may have ended already
			t.leave(t.child, leaving)
		}
		t.child, t.next = t.next, nil
	case t.child != nil && t.child.process.PID == r.PID && !t.child.asked():
		if t.child.held {
			r.Swap = &Swap{Strategy: t.child.request.Strategy, Took: r.Took}
		}
		t.open(t.child, r)
	default:
		return // it has ended meanwhile, or is about to
	}
	t.child.up, t.since = true, time.Now()
	t.proven = time.After(probation)
	if desk := t.child.desk; desk != nil {
		r.Tunables = desk.Tunings()
	}
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

// leave has a process end in its own time, which is when nothing is under way to it.
func (t *Target) leave(i *instance, under proxy.Leaving) {
	i.leaving.Store(true)
	t.leaving[i] = true
	t.departures.Go(func() {
		exited := i.seeOff(under)
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
	e.Hint = cmp.Or(fallen.lateHint(), t.frontHint(e))
	if fallen.makesWay && e.Expected {
		t.previous, t.proven = &fallen.request, nil
	}
	if t.next != nil && fallen.leaving.Load() {
		t.yielded = append(t.yielded, e)
		return
	}
	if fallen.loading > 0 { // not the version is to blame but what it was given
		t.previous, t.proven = nil, nil
	}
	back := t.previous
	if back == nil || t.next != nil || e.Expected || ctx.Err() != nil || t.wants() {
		t.gone(ctx, e)
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
	e.Hint = cmp.Or(fallen.lateHint(), t.frontHint(e))
	t.tellYielded()
	from := fallen.from
	if hint := t.clash(ctx, e, from); hint != "" && !from.leaving.Load() && t.again(fallen.request) {
		e.Again, e.Hint = true, hint
	}
	if !from.leaving.Load() || e.Expected || ctx.Err() != nil || t.wants() {
		t.events <- e
		return
	}
	// The old one has handed over what it keeps and ends: too late to go on.
	if t.child != nil {
		t.leave(t.child, proxy.Leaving{})
		t.child = nil
	}
	t.rollBack(ctx, fallen, e, from.request, fallen.state)
}

// lateHint says that a process was not ready in time; empty: that is not so.
func (i *instance) lateHint() string {
	if !i.late.Load() {
		return ""
	}
	hint := fmt.Sprintf("it was not ready within %v and was killed (runner.ready_timeout)", i.request.Config.ReadyTimeout)
	if i.expects.firm != "" && i.expects.other != "" {
		hint += fmt.Sprintf("; it listened on %s, and not where proxy.target says, on %s", i.expects.other, i.request.Front.Target)
	}
	return hint
}

// again asks for a version to be run after the one that serves, unless something
// else was asked for.
func (t *Target) again(r Request) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.want != nil || t.kill {
		return false
	}
	if t.holds(&r) {
		r.Front.Alone = true
	} else {
		r.Strategy = Restart
	}
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
func (t *Target) rollBack(ctx context.Context, fallen *instance, e Exited, back Request, state appsock.State) {
	var served time.Duration
	if fallen.up {
		served = time.Since(t.since)
	}
	e.Rollback = true
	t.hold()
	t.events <- e
	t.comeBack(ctx, RolledBack{Gen: fallen.gen, Strategy: fallen.request.Strategy, Served: served, Reason: e.fate()}, back, state)
}

// comeBack starts the version before again.
func (t *Target) comeBack(ctx context.Context, told RolledBack, back Request, state appsock.State) {
	t.previous, t.proven = nil, nil
	told.Artifact, told.To = back.Artifact, back.Gen
	t.events <- told
	t.hold()
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
	t.sockets.KeepOnly(func(k appsock.Key) bool {
		_, ok := given[k]
		return ok
	})
	t.events <- Settled{t.child.gen}
}

// keepAddresses gives up the listeners but for those of runner.listen.
func (t *Target) keepAddresses(listen []string) {
	t.sockets.KeepOnly(func(k appsock.Key) bool {
		return slices.ContainsFunc(listen, func(entry string) bool { return listenKey(entry) == k })
	})
}
