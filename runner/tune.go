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

// TunableSet tells that somebody has set a tunable, or a part of one, of a process.
type TunableSet struct {
	Gen, PID    int
	Name, Value string // as it was typed
	List        []Tunable
}

func (Tunables) runnerEvent()   {}
func (TunableSet) runnerEvent() {}

// setting is a tunable that is to be set.
type setting struct {
	ctx         context.Context
	name, value string
	done        chan error // receives once
}

// Set sets a tunable of the process that serves, and returns when it is, or why not.
func (t *Target) Set(ctx context.Context, name, value string) error {
	s := setting{ctx, name, value, make(chan error, 1)}
	t.mu.Lock()
	t.settings = append(t.settings, s)
	t.mu.Unlock()
	t.poke()
	select {
	case err := <-s.done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// tune passes on what is to be set.
func (t *Target) tune() {
	t.mu.Lock()
	settings := t.settings
	t.settings = nil
	t.mu.Unlock()
	for _, s := range settings {
		i := t.child
		if i == nil {
			s.done <- errors.New("no app is running, so there is nothing to set")
			continue
		}
		i.work.Go(func() { s.done <- i.set(s, t.tunings) })
		if n := t.next; n != nil { // it may have begun with what was set before
			n.work.Go(func() { _ = n.desk.Set(s.ctx, s.name, s.value) })
		}
	}
}

// set has the process set a tunable, and tells of it.
func (i *instance) set(s setting, to chan<- Event) error {
	if err := i.desk.Set(s.ctx, s.name, s.value); err != nil {
		return err
	}
	select {
	case to <- TunableSet{Gen: i.gen, PID: i.process.PID, Name: s.name, Value: s.value, List: i.desk.Tunings()}:
	case <-i.life.Done():
	}
	return nil
}

// hearTunables passes on what the process has.
func (i *instance) hearTunables(to chan<- Event) {
	if i.desk == nil {
		return
	}
	for {
		select {
		case list := <-i.desk.Tunables():
			select {
			case to <- Tunables{Gen: i.gen, PID: i.process.PID, List: list}:
			case <-i.life.Done():
			}
		case <-i.desk.Done():
			return
		}
	}
}
