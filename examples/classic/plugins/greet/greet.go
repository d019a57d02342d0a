// Package main is the plugin. Change what Greet says and save: the app prints it from
// the next second on, and goes on counting.
package main

import (
	"fmt"

	"example.com/classic/greeting"
)

// greeter is the plugin's state. The next version takes it over, field by field; add
// one, or make count an int64.
type greeter struct {
	count int
}

// New is what hotplug.Open looks for.
func New() greeting.Greeter { return &greeter{} }

func (g *greeter) Greet(name string) string {
	g.count++
	return fmt.Sprintf("Hello, %s! That was greeting %d.", name, g.count)
}

func main() {} // so that go build and go vet are content
