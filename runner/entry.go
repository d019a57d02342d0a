package runner

import (
	"context"
	"maps"
	"time"

	"hotreload/internal/appsock"
)

// entry is how a process comes into service: with the state that the one before it
// kept. It belongs to the process's admitAll; others read what it has set once admitted
// is closed, or once admitAll has returned.
type entry struct {
	from     *process      // it takes over from this one; nil: from none
	state    appsock.State // what it takes over
	admitted chan struct{} // closed when a process of the app may accept
	carried  Carried       // set before that
	guarded  chan struct{} // closed when the paths of sockets are guarded no more; set before Ready is reported
}

func newEntry(from *process, state appsock.State) *entry {
	return &entry{from: from, state: state, admitted: make(chan struct{})}
}

// result is what became of the state by now.
func (e *entry) result() Carried {
	select {
	case <-e.admitted:
		return e.carried
	default:
		return Carried{}
	}
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
	var errors map[string]string // of values that could not be kept
	if e.from != nil && (a.Keeps || e.from.desk.Keeps()) {
		if !p.saysReady() && !p.staysUp(p.life) {
			return // it has ended
		}
		g, ok := p.takeTurn(true)
		if !ok {
			return // it is being killed
		}
		if g.held != nil {
			select {
			case <-g.held:
			case <-time.After(p.patience.keep):
			case <-p.life.Done():
			}
		}
		drained := e.from.drain(p.life, p.patience.keep)
		e.state, errors = drained.State, drained.Errors
	}
	told := p.desk.Go(p.life, a, e.state)
	carried := Carried{Names: told.Carried, Dropped: map[string]string{}}
	if !a.Keeps { // then it need not know what there was
		for name := range e.state {
			carried.Dropped[name] = "the new version does not keep it"
		}
	}
	maps.Copy(carried.Dropped, told.Dropped)
	maps.Copy(carried.Dropped, errors)
	select {
	case <-e.admitted: // another process of the app came first
	default:
		e.carried = carried
		close(e.admitted)
	}
}
