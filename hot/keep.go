package hot

import (
	"encoding/json"
	"log"
	"maps"
	"sync"

	"hotreload/internal/appsock/wire"
)

// Keep carries the value at p from one process of the app to the next. When the requests
// of the old process have ended, it hands the value over as JSON; the new process has it
// in *p before it accepts its first connection, or when Ready returns. Call Keep before
// either.
//
// New connections wait meanwhile, for 5 s at the most: what a request changes after that, such
// as an upload that still makes progress, is lost. Streams are not waited for: connections that
// a handler has hijacked, and responses of type text/event-stream. If the app uses [Draining],
// they have a second to end.
//
// A value with methods Lock and Unlock is locked while it is read or written. A
// value that no longer fits its type is not carried over, and hotreload says why. Without
// hotreload Keep does nothing.
//
// A name stands for one value: Keep panics if it is used twice.
func Keep[T any](name string, p *T) { theApp().keep(name, keeperOf(p)) }

func (a *app) keep(name string, k keeper) {
	a.process.Attend()
	a.kept.add(name, k)
}

// keeper reads and writes one value.
type keeper struct {
	read  func() (json.RawMessage, error)
	write func(json.RawMessage) error
}

func keeperOf[T any](p *T) keeper {
	locked := func(do func() error) error {
		if l, ok := any(p).(sync.Locker); ok {
			l.Lock()
			defer l.Unlock()
		}
		return do()
	}
	return keeper{
		read: func() (data json.RawMessage, err error) {
			err = locked(func() error {
				data, err = json.Marshal(p)
				return err
			})
			return data, err
		},
		write: func(data json.RawMessage) error {
			// Try first: a value that fits only in part must not be half written.
			if err := json.Unmarshal(data, new(T)); err != nil {
				return err
			}
			return locked(func() error { return json.Unmarshal(data, p) })
		},
	}
}

// kept is the state that this process hands over, and takes over.
type kept struct {
	mu        sync.Mutex
	values    map[string]keeper
	taken     bool       // the state of the previous process, if there was any
	unclaimed wire.State // from the previous process, with names that Keep has not been called with
}

func (k *kept) empty() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.values) == 0
}

// add keeps a value from now on. State for it may have come before.
func (k *kept) add(name string, v keeper) {
	k.mu.Lock()
	_, twice := k.values[name]
	k.values[name] = v
	data, came := k.unclaimed[name]
	delete(k.unclaimed, name)
	k.mu.Unlock()
	if twice {
		panic("hot.Keep: the name " + name + " is used twice")
	}
	if came {
		if err := v.write(data); err != nil {
			log.Printf("hot.Keep: %s was not carried over: %v", name, err)
		}
	}
}

// take writes the state of the previous process.
func (k *kept) take(state wire.State) *wire.Imported {
	done := &wire.Imported{Carried: []string{}, Dropped: map[string]string{}}
	values, unclaimed := k.all(), wire.State{}
	for name, data := range state {
		v, ok := values[name]
		if !ok {
			unclaimed[name] = data
			done.Dropped[name] = "the app no longer keeps it"
			continue
		}
		if err := v.write(data); err != nil {
			done.Dropped[name] = err.Error()
			continue
		}
		done.Carried = append(done.Carried, name)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.taken, k.unclaimed = true, unclaimed
	return done
}

// export reads the state for the next process. A process that has not taken over the state of
// the previous one has none to hand over: that one's is still the newest. busy: requests are in
// progress still.
func (k *kept) export(busy bool) *wire.Kept {
	if !k.hasTaken() {
		return &wire.Kept{}
	}
	all := &wire.Kept{State: wire.State{}, Errors: map[string]string{}, Busy: busy && !k.empty()}
	for name, v := range k.all() {
		data, err := v.read()
		if err != nil {
			all.Errors[name] = err.Error()
			continue
		}
		all.State[name] = data
	}
	return all
}

func (k *kept) hasTaken() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.taken
}

// all is a copy, because keepers take locks of the app, whose holders may call Keep.
func (k *kept) all() map[string]keeper {
	k.mu.Lock()
	defer k.mu.Unlock()
	return maps.Clone(k.values)
}
