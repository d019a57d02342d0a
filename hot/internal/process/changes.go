package process

import (
	"fmt"
	"log"
	"maps"
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
	brought   map[string]bool     // packages that came with a version of a plugin
	serving   map[string][]string // by plugin: those of the version that serves
}

// listener is somebody who is told, his name for complaints, and his package.
type listener struct {
	name, pkg string
	tell      func(Change) error
}

// OnChange has somebody told of each change from now on. His name is for complaints. If
// his package came with a version of a plugin, he is told while that serves.
func (p *Process) OnChange(name, pkg string, tell func(Change) error) {
	p.changes.mu.Lock()
	defer p.changes.mu.Unlock()
	p.changes.listeners = append(p.changes.listeners, listener{name, pkg, tell})
}

// Bring notes the packages that a version of a plugin brings into the process.
func (p *Process) Bring(packages []string) {
	p.changes.mu.Lock()
	defer p.changes.mu.Unlock()
	if p.changes.brought == nil {
		p.changes.brought = map[string]bool{}
	}
	for _, pkg := range packages {
		p.changes.brought[pkg] = true
	}
}

// Serves notes that of a plugin the version of these packages serves.
func (p *Process) Serves(plugin string, packages []string) {
	p.changes.mu.Lock()
	defer p.changes.mu.Unlock()
	if p.changes.serving == nil {
		p.changes.serving = map[string][]string{}
	}
	p.changes.serving[plugin] = packages
}

// present are those who are to be told.
func (c *changes) present() []listener {
	c.mu.Lock()
	defer c.mu.Unlock()
	gone := maps.Clone(c.brought)
	for _, packages := range c.serving {
		for _, pkg := range packages {
			delete(gone, pkg)
		}
	}
	return slices.DeleteFunc(slices.Clone(c.listeners), func(l listener) bool { return gone[l.pkg] })
}

// Changed tells of a change, and returns when all have been told. What goes wrong with
// one is logged, and hinders nobody.
func (p *Process) Changed(c Change) {
	p.changes.telling.Lock()
	defer p.changes.telling.Unlock()
	for _, l := range p.changes.present() {
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
