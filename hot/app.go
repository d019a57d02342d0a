package hot

import (
	"cmp"
	"sync"
	"time"

	"hotreload/hot/internal/process"
	"hotreload/internal/appsock/wire"
)

// app is this process as hotreload sees it.
type app struct {
	process *process.Process

	listeners listeners
	admission admission
	draining  draining
	kept      kept
	tuning    tuning
}

func newApp(p *process.Process) *app {
	a := &app{
		process:   p,
		listeners: newListeners(),
		admission: admission{granted: make(chan wire.Go, 1)},
		draining:  newDraining(),
		kept:      kept{values: map[string]keeper{}},
		tuning:    tuning{all: map[string]*tunable{}},
	}
	p.Hear(a.hear)
	return a
}

// active reports whether hotreload runs this process.
func (a *app) active() bool { return a.process.Sock != "" }

// hear carries out what hotreload asks for.
func (a *app) hear(m wire.Message) {
	switch {
	case m.Go != nil:
		select {
		case a.admission.granted <- *m.Go:
		default: // granted before
		}
	case m.Drain != nil:
		a.draining.once.Do(func() { a.drain(*m.Drain) })
	case m.Set != nil:
		a.tuning.sets.Add(func() { a.set(*m.Set) })
	}
}

// admission is hotreload's permission to accept connections.
type admission struct {
	once    sync.Once
	granted chan wire.Go // receives once
}

// ready tells hotreload that the process can serve.
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

// admit waits, the first time, until this process may accept connections, and takes over
// the state of the previous one.
func (a *app) admit() {
	a.admission.once.Do(func() {
		if a.process.Send(wire.Message{Accept: &wire.Accept{Keeps: !a.kept.empty()}}) != nil {
			return
		}
		select {
		case g := <-a.admission.granted:
			a.tell(wire.Message{Imported: a.kept.take(g.State)})
		case <-a.process.Done():
		case <-a.draining.begun: // it will never serve
		}
	})
}

// drain ends what this process serves, because a newer process takes over.
func (a *app) drain(d wire.Drain) {
	keep := milliseconds(d.KeepWithinMS)
	serves, exported := a.draining.order(keep > 0)
	a.draining.begin(milliseconds(d.WithinMS), milliseconds(d.AtMostMS))
	a.listeners.pause()
	a.tell(wire.Message{Draining: &wire.Draining{Serves: serves}})
	if exported == nil {
		return
	}
	streams, requests := time.After(keep), time.After(milliseconds(cmp.Or(d.KeepRequestsWithinMS, d.KeepWithinMS)))
	busy := false
	select {
	case <-a.draining.still:
		busy = a.draining.wasCut()
	case <-requests:
		busy = true
	}
	if a.draining.isWatched() {
		select {
		case <-a.draining.quiet:
		case <-streams:
		}
	}
	a.tell(wire.Message{Kept: a.kept.export(busy)})
	close(exported)
}

// tell sends a message whose loss does not matter: without hotreload nothing waits for it.
func (a *app) tell(m wire.Message) { _ = a.process.Send(m) }

func milliseconds(n int64) time.Duration { return time.Duration(n) * time.Millisecond }
