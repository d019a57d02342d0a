package appsock

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"

	"github.com/agnivade/levenshtein"

	"hotreload/internal/appsock/wire"
)

// Tunable is a value that can be set while the app runs.
type Tunable = wire.Tunable

// Hands are what somebody has set tunables to, in whatever process: those that follow
// begin with it. Its methods may be called from any goroutine.
type Hands struct {
	mu  sync.Mutex
	all map[string]wire.Hand
}

// NewHands has none yet.
func NewHands() *Hands { return &Hands{all: map[string]wire.Hand{}} }

// note takes down what a process has. One that is at its default was set back, or
// has a new one. Of what the process does not have, a later one may.
func (h *Hands) note(list []Tunable) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, t := range list {
		if string(t.Default) == string(t.Value) {
			delete(h.all, t.Name)
		} else {
			h.all[t.Name] = wire.Hand{Default: t.Default, Value: t.Value}
		}
	}
}

func (h *Hands) get() map[string]wire.Hand {
	h.mu.Lock()
	defer h.mu.Unlock()
	return maps.Clone(h.all)
}

// tuner is what a desk knows of tunables.
type tuner struct {
	told chan []Tunable

	mu     sync.Mutex
	hands  *Hands // nil: nothing is remembered
	lists  map[*line][]Tunable
	asked  int64
	awaits map[*line]map[int64]chan wire.SetDone // by the number of what was asked
}

func newTuner() tuner {
	return tuner{
		told: make(chan []Tunable), lists: map[*line][]Tunable{},
		awaits: map[*line]map[int64]chan wire.SetDone{},
	}
}

// Remember has what is set at this desk remembered, and the process begin with what was
// set before.
func (d *Desk) Remember(h *Hands) {
	d.tuner.mu.Lock()
	defer d.tuner.mu.Unlock()
	d.tuner.hands = h
}

// Tunables receives all that the process has, whenever there is another one or one was
// set. It waits for that.
func (d *Desk) Tunables() <-chan []Tunable { return d.tuner.told }

// Tunings are all that the process has.
func (d *Desk) Tunings() []Tunable {
	d.tuner.mu.Lock()
	defer d.tuner.mu.Unlock()
	return d.tuner.all()
}

// recall answers what was set in the processes before.
func (d *Desk) recall(conn net.Conn) {
	var a wire.Answer
	if h := d.tuner.memory(); h != nil {
		a.Tuned = h.get()
	}
	_ = json.NewEncoder(conn).Encode(wire.Message{Answer: &a})
}

func (t *tuner) memory() *Hands {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.hands
}

// tuned takes in what a line says it has.
func (d *Desk) tuned(l *line, list []Tunable) {
	if h := d.tuner.memory(); h != nil {
		h.note(list)
	}
	d.tuner.mu.Lock()
	d.tuner.lists[l] = list
	all := d.tuner.all()
	d.tuner.mu.Unlock()
	select {
	case d.tuner.told <- all:
	case <-d.ctx.Done():
	}
}

// all are the tunables of all lines, those of several once.
func (t *tuner) all() []Tunable {
	byName := map[string]Tunable{}
	for _, list := range t.lists {
		for _, one := range list {
			byName[one.Name] = one
		}
	}
	all := make([]Tunable, 0, len(byName))
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		all = append(all, byName[name])
	}
	return all
}

// Set sets a tunable, or a part of one ("limits.Rate"), to a value as somebody has typed
// it. The error is for him. Where children of the process have it too, all must take it.
func (d *Desk) Set(ctx context.Context, name, value string) error {
	if d == nil {
		return ErrNoDesk
	}
	lines, err := d.tuner.having(name)
	if err != nil {
		return err
	}
	var failed error
	for _, l := range lines {
		id, word := d.tuner.await(l)
		if err := l.send(wire.Message{Set: &wire.Set{ID: id, Name: name, Value: value}}); err != nil {
			return fmt.Errorf("ask the app to set %s: %w", name, err)
		}
		done, ok := answer(ctx, l, word)
		switch {
		case !ok && ctx.Err() != nil:
			return fmt.Errorf("the app has not said whether it has set %s: %w", name, context.Cause(ctx))
		case !ok:
			return fmt.Errorf("the app ended before it could set %s", name)
		case done.Error != "" && failed == nil:
			failed = errors.New(done.Error)
		}
	}
	return failed
}

// having are the lines of those who have a tunable.
func (t *tuner) having(name string) ([]*line, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var having []*line
	for l, list := range t.lists {
		if slices.ContainsFunc(list, func(one Tunable) bool { return name == one.Name || strings.HasPrefix(name, one.Name+".") }) {
			having = append(having, l)
		}
	}
	if len(having) == 0 {
		return nil, unknown(name, t.all())
	}
	return having, nil
}

func (t *tuner) await(l *line) (int64, chan wire.SetDone) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.asked++
	if t.awaits[l] == nil {
		t.awaits[l] = map[int64]chan wire.SetDone{}
	}
	word := make(chan wire.SetDone, 1)
	t.awaits[l][t.asked] = word
	return t.asked, word
}

// done takes an answer.
func (t *tuner) done(l *line, said wire.SetDone) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if word, ok := t.awaits[l][said.ID]; ok {
		word <- said // there is room for one, and it comes once
		delete(t.awaits[l], said.ID)
	}
}

// drop forgets a line that is down.
func (t *tuner) drop(l *line) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.lists, l)
	delete(t.awaits, l)
}

// unknown says that there is no such tunable, and which one may be meant.
func unknown(name string, all []Tunable) error {
	if len(all) == 0 {
		return errors.New(`the app has no tunables; it makes one with hot.Tune("` + name + `", a default), of package hotreload/hot`)
	}
	var names, near []string
	for _, one := range all {
		names = append(names, one.Name)
	}
	// A third of the letters wrong is a slip; more is another word.
	limit := (len([]rune(name)) + 1) / 3
	best := limit + 1
	for _, known := range withFields(all) {
		switch d := levenshtein.ComputeDistance(strings.ToLower(name), strings.ToLower(known)); {
		case d < best:
			best, near = d, []string{known}
		case d == best && d <= limit:
			near = append(near, known)
		}
	}
	if len(near) > 0 {
		return fmt.Errorf("the app has no tunable %s; did you mean %s?", name, strings.Join(near, " or "))
	}
	return fmt.Errorf("the app has no tunable %s; it has %s", name, strings.Join(names, ", "))
}

// withFields are the names of tunables and of their fields.
func withFields(all []Tunable) []string {
	var names []string
	for _, one := range all {
		names = append(names, one.Name)
		var fields map[string]json.RawMessage
		if json.Unmarshal(one.Value, &fields) == nil {
			for _, field := range slices.Sorted(maps.Keys(fields)) {
				names = append(names, one.Name+"."+field)
			}
		}
	}
	return names
}
