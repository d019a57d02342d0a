package hotplug

import (
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"sync"
	"time"

	"hotreload/hot"
	"hotreload/hot/internal/process"
	"hotreload/internal/appsock/wire"
)

// PluginsEnv names the directory of the plugins when hotreload does not run the app.
const PluginsEnv = "HOTRELOAD_PLUGINS"

const (
	// openTimeout is for a plugin's init functions, which may wait for something forever.
	openTimeout = 10 * time.Second
	// newTimeout is for New, which may open a database.
	newTimeout = 10 * time.Second
	// closeTimeout is for Close of a version that no longer serves.
	closeTimeout = 5 * time.Second
	// loadTimeout is for calls in progress in the old version, if hotreload does not say.
	loadTimeout = 2 * time.Second
)

// host is this process as far as plugins are concerned.
type host struct {
	process *process.Process
	open    func(path string) (lookup, error) // plugin.Open
	loads   process.Queue

	mu     sync.Mutex
	places map[string]*place // by the plugins' names
	tried  map[string]bool   // paths that were opened: opening one again may hang forever
}

// lookup finds what a plugin exports.
type lookup func(symbol string) (any, error)

// slot is a Slot of any type.
type slot interface {
	load(wire.Load) (wire.Loaded, error)
}

// place is where one plugin is opened, once. Its New may open others.
type place struct {
	opening sync.Mutex

	mu    sync.Mutex
	there slot // nil while it is not open
}

func (p *place) slot() slot {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.there
}

func (p *place) fill(s slot) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.there = s
}

// theHost is made when it is first needed. From then on package hot, too, hears hotreload.
var theHost = sync.OnceValue(func() *host {
	hot.Active()
	return newHost(process.This(), openPlugin)
})

func newHost(p *process.Process, open func(string) (lookup, error)) *host {
	h := &host{process: p, open: open, places: map[string]*place{}, tried: map[string]bool{}}
	p.Hear(h.hear)
	return h
}

// openSlot is Open.
func openSlot[T any](h *host, name string) (*Slot[T], error) {
	p := h.place(name)
	p.opening.Lock()
	defer p.opening.Unlock()
	if there := p.slot(); there != nil {
		s, ok := there.(*Slot[T])
		if !ok {
			return nil, fmt.Errorf("hotplug: plugin %s is open as a %T, and %T is asked for now", name, there, s)
		}
		return s, nil
	}
	path, packages, err := h.find(name)
	if err != nil {
		return nil, fmt.Errorf("hotplug: %w", err)
	}
	s := &Slot[T]{name: name, host: h}
	h.process.Bring(packages)
	if err := s.plug(path); err != nil {
		return nil, fmt.Errorf("hotplug: %w", err)
	}
	h.process.Serves(name, packages)
	p.fill(s)
	_ = h.process.Send(wire.Message{Slot: &wire.Slot{Name: name, Path: path}}) // fails without hotreload
	return s, nil
}

// place returns the place of a plugin.
func (h *host) place(name string) *place {
	h.mu.Lock()
	defer h.mu.Unlock()
	p, ok := h.places[name]
	if !ok {
		p = &place{}
		h.places[name] = p
	}
	return p
}

// find returns where the file of a plugin lies and, if known, which packages it brings.
func (h *host) find(name string) (path string, packages []string, err error) {
	answer, err := h.process.Ask(wire.Message{Plugin: &wire.Plugin{Name: name}})
	if err == nil && answer.Error != "" {
		return "", nil, fmt.Errorf("plugin %s: %s", name, answer.Error)
	}
	if err == nil {
		return answer.Path, answer.Packages, nil
	}
	dir := os.Getenv(PluginsEnv)
	if dir == "" {
		program, err := os.Executable()
		if err != nil {
			return "", nil, fmt.Errorf("find plugin %s beside the executable: %w", name, err)
		}
		dir = filepath.Dir(program)
	}
	path = filepath.Join(dir, name+".so")
	if _, err := os.Stat(path); err != nil {
		return "", nil, fmt.Errorf("plugin %s: %w; run the app with hotreload, or build it with go build -buildmode=plugin, beside the executable or where %s says",
			name, err, PluginsEnv)
	}
	return path, nil, nil
}

// openFile opens the file of a version of a plugin, once.
func (h *host) openFile(name, path string) (found lookup, err error) {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	if h.isTried(path) {
		return nil, unopened{fmt.Errorf("%s was opened before, and Go can open a plugin's file only once", path)}
	}
	found, err = withTimeout(openTimeout, "init of plugin "+name, func() (lookup, error) { return h.open(path) })
	if err != nil {
		return nil, unopened{err}
	}
	return found, nil
}

// unopened is the error of a version whose init functions have not completed. Loading one of
// its packages again would crash the process, so hotreload must know.
type unopened struct{ error }

func (u unopened) Unwrap() error { return u.error }

// isTried notes that a path is being opened, and reports whether it was opened before.
func (h *host) isTried(path string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	was := h.tried[path]
	h.tried[path] = true
	return was
}

// hear queues versions that hotreload wants loaded.
func (h *host) hear(m wire.Message) {
	if m.Load != nil {
		l := *m.Load
		h.loads.Add(func() { h.load(l) })
	}
}

func (h *host) load(l wire.Load) {
	var err error = unopened{fmt.Errorf("the app has not opened plugin %s", l.Name)}
	var done wire.Loaded
	if s := h.place(l.Name).slot(); s != nil {
		h.process.Bring(l.Packages)
		done, err = s.load(l)
	}
	if err != nil {
		var not unopened
		var old keepsServing
		_ = h.process.Send(wire.Message{Rejected: &wire.Rejected{
			Name: l.Name, Path: l.Path, Reason: err.Error(), Opened: !errors.As(err, &not), Former: errors.As(err, &old),
		}})
		return
	}
	h.process.Serves(l.Name, l.Packages)
	h.process.Changed(process.Change{
		Kind: process.PluginLoaded, Name: l.Name,
		Carried: done.Carried, Dropped: done.Dropped, Zeroed: done.Zeroed, Converted: done.Converted,
	})
	_ = h.process.Send(wire.Message{Loaded: &done})
}

// closer returns the Close of a version's value; nil if it has none.
func closer(value any) func() error {
	switch v := value.(type) {
	case interface{ Close() error }:
		return v.Close
	case interface{ Close() }:
		return func() error { v.Close(); return nil }
	}
	return nil
}

// end closes a version's value, if it has a Close.
func end(name string, value any) {
	shut := closer(value)
	if shut == nil {
		return
	}
	if _, err := withTimeout(closeTimeout, "Close", noValue(shut)); err != nil {
		log.Printf("hotplug: the former version of plugin %s: %v", name, err)
	}
}
