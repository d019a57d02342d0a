//go:build one

package main

import (
	"fmt"

	"hotreload/hot/hotplug/testdata/api"
)

type greeter struct {
	count int32
	names []string
	last  *visit
}

type visit struct{ name string }

func New() api.Greeter { return &greeter{} }

func (g *greeter) Greet(name string) string {
	g.count++
	g.names = append(g.names, name)
	g.last = &visit{name}
	return fmt.Sprintf("Hello, %s! You are number %d.", name, g.count)
}
