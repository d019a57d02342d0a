package process

import (
	"fmt"
	"log"
	"runtime/debug"
	"slices"
	"sync"
)

// The kinds of changes.
const (
	PluginLoaded = "plugin"
	TunableSet   = "tunable"
)

// Change is something that became another in the running process.
type Change struct {
	Kind  string
	Name  string
	Value any

	Carried, Dropped, Zeroed, Converted []string
}

// changes knows who is told of changes.
type changes struct {
	telling sync.Mutex // one change at a time

	mu        sync.Mutex
	listeners []listener
}

// listener is somebody who is told, and his name for complaints.
type listener struct {
	name string
	tell func(Change) error
}

// OnChange has somebody told of each change from now on. His name is for complaints.
func (p *Process) OnChange(name string, tell func(Change) error) {
	p.changes.mu.Lock()
	defer p.changes.mu.Unlock()
	p.changes.listeners = append(p.changes.listeners, listener{name, tell})
}

// Changed tells of a change, and returns when all have been told. What goes wrong with
// one is logged, and hinders nobody.
func (p *Process) Changed(c Change) {
	p.changes.telling.Lock()
	defer p.changes.telling.Unlock()
	p.changes.mu.Lock()
	listeners := slices.Clone(p.changes.listeners)
	p.changes.mu.Unlock()
	for _, l := range listeners {
		if err := l.guarded(c); err != nil {
			log.Printf("hot: %s failed at the update of %s %s: %v", l.name, c.Kind, c.Name, err)
		}
	}
}

func (l listener) guarded(c Change) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	return l.tell(c)
}
