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

// Change is something that changed in the running process.
type Change struct {
	Kind  string
	Name  string
	Value any

	Carried, Dropped, Zeroed, Converted []string
}

// changes has the listeners to changes.
type changes struct {
	telling sync.Mutex // one change at a time

	mu        sync.Mutex
	listeners []listener
	brought   map[string]bool     // packages that came with a version of a plugin
	serving   map[string][]string // by plugin: those of the version that serves
}

// listener is a function to call, with a name for error messages and the package it is from.
type listener struct {
	name, pkg string
	tell      func(Change) error
}

// OnChange calls tell for each change from now on. The name is for error messages. If the
// package came with a version of a plugin, tell is called as long as that version serves.
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

// Serves notes the packages of the version of a plugin that serves.
func (p *Process) Serves(plugin string, packages []string) {
	p.changes.mu.Lock()
	defer p.changes.mu.Unlock()
	if p.changes.serving == nil {
		p.changes.serving = map[string][]string{}
	}
	p.changes.serving[plugin] = packages
}

// present are the listeners to call.
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

// Changed calls all listeners, and returns when they have. The error or the panic of one is
// logged, and does not keep the others from being called.
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
