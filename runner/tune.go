package runner

import (
	"context"
	"errors"

	"hotreload/internal/appsock"
)

// Tunable is a value that can be set while the app runs.
type Tunable = appsock.Tunable

// Tunables tells what of a process can be set while it runs.
type Tunables struct {
	Gen, PID int
	List     []Tunable
}

// TunableSet tells that a tunable of a process, or a part of one, was set.
type TunableSet struct {
	Gen, PID    int
	Name, Value string // as it was typed
	List        []Tunable
}

func (Tunables) runnerEvent()   {}
func (TunableSet) runnerEvent() {}

// setting is a tunable to be set.
type setting struct {
	ctx         context.Context
	name, value string
	done        chan error // receives once
}

// set sets a tunable of the process that serves.
func (s *succession) set(w setting) {
	i := s.serving
	if i == nil {
		w.done <- errors.New("no app is running, so there is nothing to set")
		return
	}
	i.process.work.Go(func() { w.done <- i.process.set(w) })
	if s.next != nil { // it may have begun with what was set before
		n := s.next.process
		n.work.Go(func() { _ = n.desk.Set(w.ctx, w.name, w.value) })
	}
}

// set has the process set a tunable, and reports it.
func (p *process) set(w setting) error {
	if err := p.desk.Set(w.ctx, w.name, w.value); err != nil {
		return err
	}
	p.report(TunableSet{Gen: p.gen, PID: p.pid(), Name: w.name, Value: w.value, List: p.desk.Tunings()})
	return nil
}

// hearTunables reports what can be set in the process.
func (p *process) hearTunables() {
	for {
		select {
		case list := <-p.desk.Tunables():
			p.report(Tunables{Gen: p.gen, PID: p.pid(), List: list})
		case <-p.desk.Done():
			return
		}
	}
}
