//go:build two

package main

import (
	"fmt"
	"sync"

	"hotreload/hot/hotplug/testdata/api"
)

type greeter struct {
	mu    sync.Mutex
	count int64
	names []string
	last  *visit
}

type visit struct {
	at   string
	name string
}

func New() (api.Greeter, error) { return &greeter{}, nil }

func (g *greeter) Greet(name string) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.count++
	g.names = append(g.names, name)
	before := g.last
	g.last = &visit{name: name}
	return fmt.Sprintf("Bonjour, %s, number %d, after %s and %q.", name, g.count, before.name, g.names)
}
