package hot

import (
	"net"
	"sync"
	"time"

	"hotreload/hot/internal/process"
	"hotreload/internal/appsock/wire"
)

// drainDeadline is how long requests under way may take to end, when hotreload does
// not say.
const drainDeadline = 5 * time.Second

// app is this process as hotreload sees it.
type app struct {
	process  *process.Process
	sock     string        // hotreload's socket; empty without it
	draining chan struct{} // closed when the process is to end
	admitted chan wire.Go  // receives once

	admitOnce sync.Once
	drainOnce sync.Once
	inherited func() []net.Listener // those of LISTEN_FDS, in their order; nil is one that is none

	mu        sync.Mutex
	claimed   map[int]bool // indices of inherited
	gates     map[*gate]bool
	began     time.Time     // the draining
	within    time.Duration // that requests may take which do not get on
	atMost    time.Duration // that others may
	servers   int           // calls of Serve whose requests have not ended
	quiet     chan struct{} // closed when draining and servers is 0
	watched   bool          // somebody knows of Draining
	kept      map[string]keeper
	state     wire.State    // what the former process kept and nobody has claimed
	exporting chan struct{} // closed when what is kept has been handed over; nil when nobody wants it

	tuning tuning
}

func newApp(p *process.Process) *app {
	a := &app{
		process: p, sock: p.Sock, admitted: make(chan wire.Go, 1),
		draining: make(chan struct{}), quiet: make(chan struct{}),
		inherited: sync.OnceValue(inheritedListeners),
		claimed:   map[int]bool{}, gates: map[*gate]bool{}, kept: map[string]keeper{},
		tuning: tuning{all: map[string]*tunable{}},
	}
	p.Hear(a.hear)
	return a
}

// hear does what hotreload says.
func (a *app) hear(m wire.Message) {
	switch {
	case m.Go != nil:
		select {
		case a.admitted <- *m.Go:
		default: // it was said before
		}
	case m.Drain != nil:
		a.drainOnce.Do(func() { a.drain(*m.Drain) })
	case m.Set != nil:
		a.tuning.sets.Add(func() { a.set(*m.Set) })
	}
}

// ready says that the process can serve.
func (a *app) ready() error {
	if !a.process.Attend() {
		return nil
	}
	if err := a.process.Send(wire.Message{Ready: &struct{}{}}); err != nil {
		return err
	}
	a.admit()
	return nil
}

// admit waits until this process may accept connections, and takes over what
// the former one kept. It does so once.
func (a *app) admit() {
	a.admitOnce.Do(func() {
		a.mu.Lock()
		keeps := len(a.kept) > 0
		a.mu.Unlock()
		if a.process.Send(wire.Message{Accept: &wire.Accept{Keeps: keeps}}) != nil {
			return
		}
		select {
		case g := <-a.admitted:
			_ = a.process.Send(wire.Message{Imported: a.take(g.State)}) // it may be gone: then nobody asks
		case <-a.process.Done():
		case <-a.draining: // it will never serve
		}
	})
}

// watch notes that somebody sees to the end of what he serves.
func (a *app) watch() {
	a.process.Attend()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.watched = true
}

// beginDraining has everybody end, within some time from now, or at most some time where
// a request gets on. Only the first call counts.
func (a *app) beginDraining(within, atMost time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.isDraining() {
		return
	}
	a.began, a.within, a.atMost = time.Now(), within, atMost
	if a.servers == 0 {
		close(a.quiet)
	}
	close(a.draining)
}

func (a *app) isDraining() bool {
	select {
	case <-a.draining:
		return true
	default:
		return false
	}
}

// enter begins a server.
func (a *app) enter() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.servers++
}

// leave says that a server's requests have ended, and returns when what is kept
// has been handed over, if that is wanted.
func (a *app) leave() {
	a.mu.Lock()
	a.servers--
	if a.servers == 0 && a.isDraining() {
		select {
		case <-a.quiet: // it began when all others had ended
		default:
			close(a.quiet)
		}
	}
	exporting := a.exporting
	a.mu.Unlock()
	if exporting != nil {
		<-exporting
	}
}

// patience is with the requests under way. The draining has begun.
func (a *app) patience() *patience {
	a.mu.Lock()
	defer a.mu.Unlock()
	return newPatience(a.began, a.within, a.atMost, func() {
		_ = a.process.Send(wire.Message{Progress: &struct{}{}}) // it may be gone: then nobody waits
	})
}

// drain does what hotreload asks for when there is a newer process.
func (a *app) drain(d wire.Drain) {
	a.mu.Lock()
	serves := a.servers > 0 || a.watched
	if d.KeepWithinMS > 0 {
		a.exporting = make(chan struct{})
	}
	exporting := a.exporting
	gates := make([]*gate, 0, len(a.gates))
	for g := range a.gates {
		gates = append(gates, g)
	}
	a.mu.Unlock()
	a.beginDraining(time.Duration(d.WithinMS)*time.Millisecond, time.Duration(d.AtMostMS)*time.Millisecond)
	for _, g := range gates {
		g.pause()
	}
	_ = a.process.Send(wire.Message{Draining: &wire.Draining{Serves: serves}})
	if exporting == nil {
		return
	}
	select {
	case <-a.quiet:
	case <-time.After(time.Duration(d.KeepWithinMS) * time.Millisecond):
	}
	_ = a.process.Send(wire.Message{Kept: a.export()})
	close(exporting)
}
