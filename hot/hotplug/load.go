package hotplug

import (
	"fmt"
	"time"

	"hotreload/hot/hotplug/carry"
	"hotreload/internal/appsock/wire"
)

// load replaces the version that serves by a newer one. After an error nothing has changed.
func (s *Slot[T]) load(l wire.Load) (wire.Loaded, error) {
	value, err := makeNew[T](s.host, s.name, l.Path)
	if err != nil {
		return wire.Loaded{}, err
	}
	patience := time.Duration(l.WithinMS) * time.Millisecond
	if patience <= 0 {
		patience = loadTimeout
	}
	old := s.now.Load()
	next := newVersion(value)
	done, err := s.succeed(old, next, patience)
	if err != nil {
		end(s.name, value)
		return wire.Loaded{}, err
	}
	done.Name, done.Path = l.Name, l.Path
	s.host.loads.Add(func() { end(s.name, old.value) }) // when hotreload has been told
	return done, nil
}

// succeed has one version take over from another while no call is in progress. Calls that
// come meanwhile wait.
func (s *Slot[T]) succeed(old, next *version[T], patience time.Duration) (wire.Loaded, error) {
	moved := make(chan struct{})
	s.moving.Store(&moved)
	defer close(moved)
	old.shut()
	until := time.Now().Add(patience)
	// Half of the time is for calls to end by themselves.
	if !old.empty(until.Add(-patience / 2)) {
		old.ending.Load().tell()
	}
	if !old.empty(until) {
		busy := old.busy()
		s.carryOn(old)
		return wire.Loaded{}, keepsServing{fmt.Errorf("%s to the previous version had not ended after %v", calls(busy), patience)}
	}
	done, err := s.move(old, next, patience)
	if err != nil {
		s.carryOn(old)
		return wire.Loaded{}, err
	}
	s.now.Store(next)
	return done, nil
}

// keepsServing is the error of a version that serves and lets no other take over.
type keepsServing struct{ error }

func (k keepsServing) Unwrap() error { return k.error }

// carryOn makes a version serve again.
func (s *Slot[T]) carryOn(v *version[T]) {
	v.renew()
	v.reopen()
}

// move carries the state from one version to the next.
func (s *Slot[T]) move(old, next *version[T], patience time.Duration) (wire.Loaded, error) {
	var state any = old.value
	if from, ok := state.(Exporter); ok {
		exported, err := withTimeout(patience, "Export of the previous version", from.Export)
		if err != nil {
			return wire.Loaded{}, keepsServing{err}
		}
		state = exported
	}
	if to, ok := any(next.value).(Importer); ok {
		_, err := withTimeout(patience, "Import", noValue(func() error { return to.Import(state) }))
		return noReport(), err
	}
	return s.carry(state, old, next)
}

// carry copies the state field by field.
func (s *Slot[T]) carry(state any, old, next *version[T]) (wire.Loaded, error) {
	var told carry.Report
	value, err := guarded("carrying the state over", func() (any, error) {
		carried, report := carry.Into(next.value, state, carry.Options{Closed: closer(old.value) != nil, Fresh: isTunable})
		told = report
		return carried, nil
	})
	if err != nil {
		return wire.Loaded{}, err
	}
	next.value = value.(T)
	return wire.Loaded{
		Carried: told.Carried, Dropped: told.Dropped, Zeroed: told.Zeroed, Converted: told.Converted,
	}, nil
}

// noReport is for Import, of which nothing is known.
func noReport() wire.Loaded {
	return wire.Loaded{Carried: []string{}, Dropped: []string{}, Zeroed: []string{}, Converted: []string{}}
}

func calls(n int64) string {
	if n == 1 {
		return "a call"
	}
	return fmt.Sprintf("%d calls", n)
}
