package session

import (
	"maps"

	"hotreload/runner"
)

// This file holds the steps that tell what can be set in the running app.

// Tunable is a value that can be set: see hot.Tune.
type Tunable = runner.Tunable

// tunes takes in what a process has.
func (t *step) tunes(r runner.Tunables) {
	t.tunables = maps.Clone(t.tunables)
	if t.tunables == nil {
		t.tunables = map[int][]Tunable{}
	}
	t.tunables[r.PID] = r.List
}

// tuned tells what somebody has set.
func (t *step) tuned(r runner.TunableSet) {
	t.tunes(runner.Tunables{PID: r.PID, List: r.List})
	gen := r.Gen
	if r.PID == t.Serving.PID {
		gen = t.Serving.Gen // that of its newest plugin
	}
	if t.quitting == "" {
		t.emit(gen, TunableSet{Name: r.Name, Value: r.Value})
	}
}

// forgetTunables is for a process that is gone.
func (t *step) forgetTunables(pid int) {
	if _, ok := t.tunables[pid]; ok {
		t.tunables = maps.Clone(t.tunables)
		delete(t.tunables, pid)
	}
}

// tunablesNow are those of what runs.
func (s State) tunablesNow() []Tunable {
	if list := s.tunables[s.Serving.PID]; list != nil {
		return list
	}
	return []Tunable{}
}
