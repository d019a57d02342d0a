package runner

import (
	"context"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"hotreload/internal/appsock"
)

// entry is how a process comes into service: with the state that the one before it
// kept. It belongs to the process's admitAll; others read what it has set once admitted
// is closed, or once admitAll has returned.
type entry struct {
	from     *process               // it takes over from this one; nil: from none
	legacy   atomic.Pointer[legacy] // what it takes over; Run may set it
	waits    chan struct{}          // closed when one waits for the process before it
	admitted chan struct{}          // closed when a process of the app may accept
	carried  Carried                // set before that
	guarded  chan struct{}          // closed when the paths of sockets are guarded no more; set before Ready is reported
}

func newEntry(from *process, l legacy) *entry {
	if from != nil {
		l = legacy{of: from}
	}
	e := &entry{from: from, waits: make(chan struct{}), admitted: make(chan struct{})}
	e.legacy.Store(&l)
	return e
}

// wait notes that the process waits for the one before it.
func (e *entry) wait() {
	select {
	case <-e.waits: // another process of the app did
	default:
		close(e.waits)
	}
}

// limit is a context for the time that the process has to get ready. How long it waits for
// the one before it, which may have requests to answer, does not count: that has an end anyway.
func (e *entry) limit(ctx context.Context, work *sync.WaitGroup, within time.Duration) (context.Context, context.CancelFunc) {
	limited, cancel := context.WithCancel(ctx)
	work.Go(func() {
		defer cancel()
		began := time.Now()
		select {
		case <-limited.Done():
		case <-time.After(within):
			return
		case <-e.waits:
			within -= time.Since(began)
		}
		select {
		case <-limited.Done():
		case <-e.admitted:
		}
		select {
		case <-limited.Done():
		case <-time.After(within):
		}
	})
	return limited, cancel
}

// forget drops what is not needed any more once the process before this one has made way:
// otherwise each version would keep all before it in memory.
func (e *entry) forget() {
	if of := e.legacy.Load().of; of != nil && !of.entry.isAdmitted() {
		e.legacy.Store(of.entry.legacy.Load())
	}
}

// ended drops what is not needed any more once the process has ended.
func (e *entry) ended() {
	e.from = nil
	if e.isAdmitted() {
		e.legacy.Store(&legacy{})
	}
}

// isAdmitted reports whether a process of the app may accept.
func (e *entry) isAdmitted() bool {
	select {
	case <-e.admitted:
		return true
	default:
		return false
	}
}

// result is what became of the state by now.
func (e *entry) result() Carried {
	if e.isAdmitted() {
		return e.carried
	}
	return Carried{}
}

// turn is the report that a process wants to take over from the one before it.
type turn struct {
	hold   bool         // requests are to wait at the proxy from now on
	answer chan granted // receives once
}

// granted is the answer.
type granted struct {
	ok   bool            // otherwise the process is given up
	held <-chan struct{} // closed when the requests before those that wait are answered; nil: none wait
}

// takeTurn asks to take over. It reports false if the process is to end instead.
func (p *process) takeTurn(hold bool) (granted, bool) {
	t := turn{hold: hold, answer: make(chan granted, 1)}
	if !p.report(t) {
		return granted{}, false
	}
	g := <-t.answer
	return g, g.ok
}

// staysUp reports whether the process goes on to run for a while.
func (p *process) staysUp(ctx context.Context) bool {
	select {
	case <-time.After(p.patience.steady):
		return true
	case <-ctx.Done():
		return false
	}
}

// saysReady reports whether the app has said that it can serve.
func (p *process) saysReady() bool {
	select {
	case <-p.desk.Ready():
		return true
	default:
		return false
	}
}

// admitAll lets each process of the app that asks for it accept connections, until
// all have ended.
func (p *process) admitAll() {
	for {
		select {
		case a := <-p.desk.Asked():
			p.admit(a)
		case <-p.desk.Done():
			return
		}
	}
}

// admit lets a process accept connections. If something is kept, the process before it
// has finished its requests by then, so that their changes come along.
func (p *process) admit(a *appsock.Asker) {
	e := p.entry
	if e.from != nil && (a.Keeps || e.from.desk.Keeps()) {
		if !p.saysReady() && !p.staysUp(p.life) {
			return // it has ended
		}
		e.wait()
		until := time.Now().Add(p.patience.drain)
		g, ok := p.takeTurn(true)
		if !ok {
			return // it is being killed
		}
		p.awaitAnswers(g.held, p.patience.drain-p.patience.keep)
		e.from.drain(time.Until(until))
	}
	var kept appsock.Kept
	if a.Keeps || e.from == nil || e.from.desk.Keeps() {
		kept = e.legacy.Load().claim(p.life)
	}
	told := p.desk.Go(p.life, a, kept.State)
	carried := Carried{Names: told.Carried, Dropped: map[string]string{}, Busy: kept.Busy}
	if !a.Keeps { // then it need not know what there was
		for name := range kept.State {
			carried.Dropped[name] = "the new version does not keep it"
		}
	}
	maps.Copy(carried.Dropped, told.Dropped)
	maps.Copy(carried.Dropped, kept.Errors)
	if !e.isAdmitted() { // else another process of the app came first
		e.carried = carried
		close(e.admitted)
	}
}
