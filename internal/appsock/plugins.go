package appsock

import (
	"context"
	"encoding/json"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"hotreload/internal/appsock/wire"
)

// Offer is what a process can open as plugins: their files by name.
type Offer struct {
	Paths    map[string]string
	Packages map[string][]string // import paths of what each brings into the process
	Why      string              // why there are no others; empty: the config names none
}

// Version is a version of a plugin, with the import paths that it brings into the process.
type Version struct {
	Name, Path string
	Packages   []string
}

// Opened tells that a process has a plugin open.
type Opened struct{ Name, Path string }

// Outcome is what became of a version of a plugin that a process was to load. One of the
// two is set.
type Outcome struct {
	Loaded   *wire.Loaded
	Rejected *wire.Rejected
}

// shelf is what a desk knows of plugins.
type shelf struct {
	opened chan Opened

	mu     sync.Mutex
	offer  Offer
	asked  map[string]bool                   // names that a process wanted to open
	open   map[*line]map[string]bool         // names that are open, on each line
	awaits map[*line]map[string]chan Outcome // loads without an answer yet, by path
}

func newShelf() shelf {
	return shelf{
		opened: make(chan Opened), asked: map[string]bool{},
		open: map[*line]map[string]bool{}, awaits: map[*line]map[string]chan Outcome{},
	}
}

// Offer has the process open these plugins from now on.
func (d *Desk) Offer(o Offer) {
	if d == nil {
		return
	}
	d.shelf.mu.Lock()
	defer d.shelf.mu.Unlock()
	d.shelf.offer = o
}

// Offered is what the process can open.
func (d *Desk) Offered(name string) (path string) {
	d.shelf.mu.Lock()
	defer d.shelf.mu.Unlock()
	return d.shelf.offer.Paths[name]
}

// Opened must be received from: it reports each plugin that the process has opened.
func (d *Desk) Opened() <-chan Opened { return d.shelf.opened }

// AskedFor reports whether the process wanted to open a plugin.
func (d *Desk) AskedFor(name string) bool {
	d.shelf.mu.Lock()
	defer d.shelf.mu.Unlock()
	return d.shelf.asked[name]
}

// Has reports whether the process has a plugin open.
func (d *Desk) Has(name string) bool { return d != nil && len(d.having(name)) > 0 }

// having are the lines on which a plugin is open.
func (d *Desk) having(name string) []*line {
	d.shelf.mu.Lock()
	defer d.shelf.mu.Unlock()
	var having []*line
	for l, names := range d.shelf.open {
		if names[name] {
			having = append(having, l)
		}
	}
	return having
}

// Load has the process load a version of a plugin that it has open. It returns what became
// of that, or false if the context ended or no process is left to say. within is how long
// calls in progress in the previous version, and its Export, may take. If children of the
// process have the plugin open too, all that do not end meanwhile must load it.
func (d *Desk) Load(ctx context.Context, v Version, within time.Duration) (Outcome, bool) {
	load := wire.Load{Name: v.Name, Path: v.Path, Packages: v.Packages, WithinMS: within.Milliseconds()}
	answers := map[*line]chan Outcome{}
	for _, l := range d.having(load.Name) {
		answers[l] = d.shelf.await(l, load.Path)
		if l.send(wire.Message{Load: &load}) != nil {
			delete(answers, l)
		}
	}
	var all Outcome
	for l, reply := range answers {
		one, ok := answer(ctx, l, reply)
		switch {
		case !ok && ctx.Err() != nil:
			return Outcome{}, false
		case ok && all.Rejected == nil:
			all = one
		}
	}
	return all, all != Outcome{}
}

// await prepares for an answer on a line.
func (s *shelf) await(l *line, path string) chan Outcome {
	s.mu.Lock()
	defer s.mu.Unlock()
	reply := make(chan Outcome, 1)
	if s.awaits[l] == nil {
		s.awaits[l] = map[string]chan Outcome{}
	}
	s.awaits[l][path] = reply
	return reply
}

// answered takes an answer.
func (s *shelf) answered(l *line, path string, o Outcome) {
	s.mu.Lock()
	reply := s.awaits[l][path]
	delete(s.awaits[l], path)
	s.mu.Unlock()
	if reply != nil {
		reply <- o
	}
}

// drop forgets a line that is closed.
func (s *shelf) drop(l *line) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, l)
	delete(s.awaits, l)
}

// plugged notes that a plugin is open on a line, and reports it.
func (d *Desk) plugged(l *line, s wire.Slot) {
	d.shelf.mu.Lock()
	if d.shelf.open[l] == nil {
		d.shelf.open[l] = map[string]bool{}
	}
	d.shelf.open[l][s.Name] = true
	d.shelf.mu.Unlock()
	select {
	case d.shelf.opened <- Opened{s.Name, s.Path}:
	case <-d.ctx.Done():
	}
}

// show answers with the path of a plugin's current version.
func (d *Desk) show(conn net.Conn, want wire.Plugin) {
	d.shelf.mu.Lock()
	d.shelf.asked[want.Name] = true
	offer := d.shelf.offer
	d.shelf.mu.Unlock()
	a := wire.Answer{Path: offer.Paths[want.Name], Packages: offer.Packages[want.Name]}
	switch {
	case a.Path != "":
	case offer.Why != "":
		a.Error = offer.Why
	case len(offer.Paths) == 0:
		a.Error = "no plugin is configured; add its package to .hotreload.toml: [[build.plugin]] package = \"./plugins/" + want.Name + "\""
	default:
		a.Error = "no plugin has this name; [[build.plugin]] names " + strings.Join(slices.Sorted(maps.Keys(offer.Paths)), ", ")
	}
	_ = json.NewEncoder(conn).Encode(wire.Message{Answer: &a})
}
