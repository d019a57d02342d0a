package hot

import (
	"encoding/json"
	"log"
	"maps"
	"sync"

	"hotreload/internal/appsock/wire"
)

// keeper reads and writes one value that is kept.
type keeper struct {
	export func() (json.RawMessage, error)
	accept func(json.RawMessage) error
}

// Keep has the value that p points at survive a swap of the process: the former
// process hands it over as JSON when its requests have ended, and it is in *p
// before the first connection is accepted, or when Ready returns. Call it before
// either. While the value is read and written it is locked, if it has methods
// Lock and Unlock. One that does not fit any more is left as it is, and hotreload
// says why. Without hotreload nothing happens to it.
//
// A name belongs to one value: to use it twice is a mistake, and Keep panics.
func Keep[T any](name string, p *T) {
	theApp().keep(name, keeping(p))
}

// keeping makes a keeper of a pointer.
func keeping[T any](p *T) keeper {
	locked := func(do func() error) error {
		if l, ok := any(p).(sync.Locker); ok {
			l.Lock()
			defer l.Unlock()
		}
		return do()
	}
	return keeper{
		export: func() (data json.RawMessage, err error) {
			err = locked(func() error {
				data, err = json.Marshal(p)
				return err
			})
			return data, err
		},
		accept: func(data json.RawMessage) error {
			// A value that fits in part only must not be half written.
			if err := json.Unmarshal(data, new(T)); err != nil {
				return err
			}
			return locked(func() error { return json.Unmarshal(data, p) })
		},
	}
}

func (a *app) keep(name string, k keeper) {
	a.process.Attend()
	a.mu.Lock()
	_, twice := a.kept[name]
	a.kept[name] = k
	data, came := a.state[name] // before anybody claimed it
	delete(a.state, name)
	a.mu.Unlock()
	if twice {
		panic("hot.Keep: the name " + name + " is taken")
	}
	if came {
		if err := k.accept(data); err != nil {
			log.Printf("hot.Keep: %s is not carried over: %v", name, err)
		}
	}
}

// take writes the former process's values.
func (a *app) take(state wire.State) *wire.Imported {
	done := &wire.Imported{Carried: []string{}, Dropped: map[string]string{}}
	keepers, left := a.keepers(), wire.State{}
	for name, data := range state {
		k, ok := keepers[name]
		if !ok {
			left[name] = data
			done.Dropped[name] = "nobody keeps it any more"
			continue
		}
		if err := k.accept(data); err != nil {
			done.Dropped[name] = err.Error()
			continue
		}
		done.Carried = append(done.Carried, name)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.state = left
	return done
}

// export reads what is kept.
func (a *app) export() *wire.Kept {
	all := &wire.Kept{State: wire.State{}, Errors: map[string]string{}}
	for name, k := range a.keepers() {
		data, err := k.export()
		if err != nil {
			all.Errors[name] = err.Error()
			continue
		}
		all.State[name] = data
	}
	return all
}

// keepers is a copy: they take locks of the app, whose holders may call us.
func (a *app) keepers() map[string]keeper {
	a.mu.Lock()
	defer a.mu.Unlock()
	return maps.Clone(a.kept)
}
