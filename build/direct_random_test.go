//go:build unix

package build

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
)

var (
	edits = flag.Int("direct.edits", 12, "how many edits the random direct builds make")
	seed  = flag.Uint64("direct.seed", 1, "of the random direct builds")
)

// maze is the source of an app of several packages, each of which uses those
// after it in every way that makes one package see what is in another.
type maze struct {
	random   *rand.Rand
	packages []mazePackage
}

type mazePackage struct {
	constant, inlined, hidden, generic, field, lines int
	fields                                           int
}

// change makes one random edit, and returns the package it is in.
func (m *maze) change() int {
	i := m.random.IntN(len(m.packages))
	p := &m.packages[i]
	value := m.random.IntN(1000)
	switch m.random.IntN(7) {
	case 0:
		p.constant = value
	case 1:
		p.inlined = value
	case 2:
		p.hidden = value
	case 3:
		p.generic = value
	case 4:
		p.field = value
	case 5:
		p.lines = value % 5
	case 6:
		p.fields = value % 3
	}
	return i
}

func (m *maze) source(i int) string {
	p := m.packages[i]
	var imports, uses strings.Builder
	for j := i + 1; j < len(m.packages); j++ {
		if (i+j)%3 != 0 {
			fmt.Fprintf(&imports, "import \"example.com/maze/p%d\"\n", j)
			fmt.Fprintf(&uses, "\ts += fmt.Sprintln(p%[1]d.Constant, p%[1]d.Inlined(), p%[1]d.Hidden(), p%[1]d.Generic(uint8(7)), p%[1]d.Thing{}.Size(), p%[1]d.New())\n", j)
		}
	}
	var fields strings.Builder
	for f := range p.fields {
		fmt.Fprintf(&fields, "\tF%d int64\n", f)
	}
	return fmt.Sprintf(`package p%d

import "fmt"
import "unsafe"
import "runtime"
%s
%s
const Constant = %d

func Inlined() int { return %d }

//go:noinline
func Hidden() int { return %d }

func Generic[T any](v T) string { return fmt.Sprint(v, %d) }

type Thing struct {
%s	last int
}

func New() Thing { return Thing{last: %d} }

func (t Thing) Size() uintptr { return unsafe.Sizeof(t) }

func All() (s string) {
%s	_, _, line, _ := runtime.Caller(0)
	return s + fmt.Sprintln(line)
}
`, i, imports.String(), strings.Repeat("\n", p.lines), p.constant, p.inlined, p.hidden, p.generic, fields.String(), p.field, uses.String())
}

// Whatever is edited, the direct build makes the program that go build makes.
func TestRandomDirectBuilds(t *testing.T) {
	t.Logf("seed %d", *seed)
	m := &maze{random: rand.New(rand.NewPCG(*seed, 0)), packages: make([]mazePackage, 6)}
	archive := `
-- go.mod --
module example.com/maze

go 1.26
-- main.go --
package main

import "example.com/maze/p0"
import "example.com/maze/p1"

func main() { print(p0.All(), p1.All(), p0.New().Size()) }
`
	name := func(i int) string { return fmt.Sprintf("p%d/p.go", i) }
	for i := range m.packages {
		archive += "-- " + name(i) + " --\n" + m.source(i)
	}
	w := newWorkshop(t, archive)
	w.build()
	w.learn()
	for n := range *edits {
		var changed []string
		for range 1 + m.random.IntN(2) {
			i := m.change()
			write(t, w.at(name(i)), m.source(i))
			changed = append(changed, name(i))
		}
		a, printed := w.build(changed...)
		run := exec.Command("go", "run", ".")
		run.Dir = w.root
		want, err := run.CombinedOutput()
		if err != nil {
			t.Fatal(err)
		}
		if printed != string(want) {
			t.Fatalf("edit %d, of %s: direct %v; it prints\n%s\nand go run\n%s", n, changed, a.Direct, printed, want)
		}
		if !a.Direct {
			t.Fatalf("edit %d, of %s: it was not built directly", n, changed)
		}
	}
}
