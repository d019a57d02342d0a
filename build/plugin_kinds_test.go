//go:build cgo && (linux || darwin || freebsd)

package build

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"hotreload/build/internal/modtest"
)

// kinds are plugins of several kinds.
const kinds = `
-- plugins/kinds/kinds.go --
package main

import (
	"example.com/app/api"
	"example.com/app/list"
	"example.com/lib"
	"golang.org/x/mod/semver"
)

type speaker struct{}

func New() api.Speaker { return speaker{} }

func (speaker) Speak() string { return list.Of(semver.Major("v1.2.3"), tag, lib.Text()).String() }

func main() {}
-- plugins/kinds/tag.go --
//go:build special

package main

const tag = "special"
-- plugins/kinds/other.go --
//go:build !special

package main

const tag = "plain"
-- list/list.go --
package list

import "fmt"

type List[T any] struct{ items []T }

func Of[T any](items ...T) List[T] { return List[T]{items} }

func (l List[T]) String() string { return fmt.Sprint(l.items) }
-- plugins/native/native.go --
package main

// static int three(void) { return 3; }
import "C"

import (
	"fmt"

	"example.com/app/api"
)

type speaker struct{}

func New() api.Speaker { return speaker{} }

func (speaker) Speak() string { return fmt.Sprint(C.three()) }

func main() {}
-- lib/go.mod --
module example.com/lib

go 1.26
-- lib/lib.go --
package lib

func Text() string { return "lib" }
`

// Plugins of every kind, several in one app.
func TestPluginKinds(t *testing.T) {
	modtest.Slow(t)
	t.Parallel()
	h := newHall(t, plugged+kinds, "./plugins/greet", "./plugins/kinds", "example.com/app/plugins/native")
	// A package of another module, from the module cache of whoever runs the tests.
	sums := read(t, "../go.sum")
	modtest.Write(t, h.at("go.sum"), sums)
	h.Cleanup(func() { os.Remove(h.at("go.sum")) })
	_, rest, _ := strings.Cut(sums, "golang.org/x/mod ")
	version, _, _ := strings.Cut(rest, " ")
	h.edit("go.mod", "go 1.26\n", "go 1.26.0\n\nrequire example.com/lib v0.0.0\n\nrequire golang.org/x/mod "+version+"\n\nreplace example.com/lib => ./lib\n")
	h.config.Tags = []string{"special"}
	if got, want := h.open(), []string{"HELLO!|7 7", "[v1 special lib] 7", "3 7"}; !slices.Equal(got, want) {
		t.Fatalf("they say %q, want %q", got, want)
	}
	h.edit("list/list.go", "fmt.Sprint(l.items)", "fmt.Sprint(l.items, len(l.items))")
	h.save("[v1 special lib] 3 7")
	h.edit("lib/lib.go", `"lib"`, `"library"`)
	h.save("[v1 special library] 3 7")
	h.edit("plugins/kinds/tag.go", `"special"`, `"very special"`)
	h.save("[v1 very special library] 3 7")

}

// The graph knows what only plugins are built from.
func TestPluginVerdicts(t *testing.T) {
	t.Parallel()
	h := newHall(t, plugged+kinds, "./plugins/greet", "./plugins/kinds", "example.com/app/plugins/native")
	h.edit("plugins/kinds/kinds.go", `	"golang.org/x/mod/semver"`, "")
	g := h.graph()
	for file, want := range map[string]Verdict{
		"list/list.go":             {Built: true, Plugins: []string{"kinds"}, Reason: "part of package example.com/app/list, from which only plugin kinds is built"},
		"plugins/greet/mark.txt":   {Built: true, Plugins: []string{"greet"}, Reason: "embedded in package example.com/app/plugins/greet, from which only plugin greet is built"},
		"plugins/greet/new.go":     {Built: true, Plugins: []string{"greet"}, Reason: "new in package example.com/app/plugins/greet, from which only plugin greet is built", Relist: true},
		"shared/shared.go":         {Built: true, Reason: "part of package example.com/app/shared"},
		"plugins/native/native.go": {Built: true, Reason: "part of package example.com/app/plugins/native, from which plugin native is built and which cannot be loaded again: it uses cgo, and C's names are the whole process's"},
		"other/other.go":           {Reason: "not in a package that the app is built from"},
		"go.mod":                   {Built: true, Reason: "what decides which modules the app is built from", Relist: true},
	} {
		if got := g.OfNew(h.at(file)); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("verdict of %s: %+v, want %+v", file, got, want)
		}
	}
}

func (h *hall) graph() *Graph {
	h.Helper()
	g, err := h.builder.Graph(h.Context(), h.config, ".")
	if err != nil {
		h.Fatal(err)
	}
	return g
}

// A plugin and its app are built with the same flags.
func TestPluginFlags(t *testing.T) {
	modtest.Slow(t) // each set of flags compiles the standard library again
	t.Parallel()
	for name, set := range map[string]func(*Config){
		"trimpath": func(c *Config) { c.Flags = []string{"-trimpath"} },
		"gcflags":  func(c *Config) { c.Debug = true },
		"race":     func(c *Config) { c.Race = true },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHall(t, plugged)
			set(&h.config)
			if got := h.open(); !slices.Equal(got, []string{"HELLO!|7 7"}) {
				t.Fatalf("it says %q", got)
			}
			h.edit("plugins/greet/mark.txt", "!", "?")
			h.save("HELLO?|7 7")
		})
	}
}
