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

// Hands are what the user set tunables to by hand, in any process: later processes begin
// with that. Its methods may be called from any goroutine.
type Hands struct {
	mu  sync.Mutex
	all map[string]wire.Hand
}

// NewHands returns a set without values.
func NewHands() *Hands { return &Hands{all: map[string]wire.Hand{}} }

// note remembers what a process has. A tunable at its default was set back, or its default
// has changed. One that this process does not have may be a later one's.
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
	awaits map[*line]map[int64]chan wire.SetDone // by the ID of the request
}

func newTuner() tuner {
	return tuner{
		told: make(chan []Tunable), lists: map[*line][]Tunable{},
		awaits: map[*line]map[int64]chan wire.SetDone{},
	}
}

// Remember has h remember what is set at this desk, and the process begin with what it
// remembers.
func (d *Desk) Remember(h *Hands) {
	d.tuner.mu.Lock()
	defer d.tuner.mu.Unlock()
	d.tuner.hands = h
}

// Tunables must be received from: it tells all that the process has, whenever one is new or
// set.
func (d *Desk) Tunables() <-chan []Tunable { return d.tuner.told }

// Tunings are all tunables that the process has.
func (d *Desk) Tunings() []Tunable {
	d.tuner.mu.Lock()
	defer d.tuner.mu.Unlock()
	return d.tuner.all()
}

// recall answers with what was set in earlier processes.
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

// tuned takes in what a process says it has.
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

// all are the tunables of all lines, each once.
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

// Set sets a tunable, or a part of one ("limits.Rate"), to a value as the user typed it. The
// error is for the user. If children of the process have the tunable too, all must take it.
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
		id, reply := d.tuner.await(l)
		if err := l.send(wire.Message{Set: &wire.Set{ID: id, Name: name, Value: value}}); err != nil {
			return fmt.Errorf("ask the app to set %s: %w", name, err)
		}
		done, ok := answer(ctx, l, reply)
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

// having are the lines of the processes that have a tunable.
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
	reply := make(chan wire.SetDone, 1)
	t.awaits[l][t.asked] = reply
	return t.asked, reply
}

// answered takes an answer.
func (t *tuner) answered(l *line, said wire.SetDone) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if reply, ok := t.awaits[l][said.ID]; ok {
		reply <- said // there is room for one, and only one comes
		delete(t.awaits[l], said.ID)
	}
}

// drop forgets a line that is closed.
func (t *tuner) drop(l *line) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.lists, l)
	delete(t.awaits, l)
}

// unknown says that there is no such tunable, and which one was probably meant.
func unknown(name string, all []Tunable) error {
	if len(all) == 0 {
		return errors.New(`the app has no tunables; it makes one with hot.Tune("` + name + `", a default), of package hot`)
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
