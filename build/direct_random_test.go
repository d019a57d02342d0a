//go:build unix

package build

import (
	"bytes"
	"debug/elf"
	"flag"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"hotreload/build/internal/modtest"
)

var (
	edits = flag.Int("direct.edits", 0, "how many edits the random direct builds make; 0: a few")
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

// sameCode checks that an executable has the sections of go build's, but for the
// build ID in them.
func (w *workshop) sameCode(path string) {
	w.Helper()
	if runtime.GOOS != "linux" {
		return // another format
	}
	program := filepath.Join(w.TempDir(), "app")
	cmd := exec.Command("go", "build", "-buildvcs=false", "-ldflags=-w", "-o", program, ".")
	cmd.Dir = w.root
	if out, err := cmd.CombinedOutput(); err != nil {
		w.Fatalf("%v: %s", err, out)
	}
	got, want := w.sections(path), w.sections(program)
	for name := range want {
		if !bytes.Equal(got[name], want[name]) {
			w.Errorf("section %s is not that of go build's program", name)
		}
	}
}

func (w *workshop) sections(path string) map[string][]byte {
	w.Helper()
	id, err := exec.Command("go", "tool", "buildid", path).Output()
	if err != nil {
		w.Fatal(err)
	}
	file, err := elf.Open(path)
	if err != nil {
		w.Fatal(err)
	}
	defer file.Close()
	found := map[string][]byte{}
	for _, s := range file.Sections {
		if s.Type == elf.SHT_NOBITS || s.Type == elf.SHT_NULL || s.Type == elf.SHT_NOTE {
			continue
		}
		text, err := s.Data()
		if err != nil {
			w.Fatal(err)
		}
		found[s.Name] = bytes.ReplaceAll(text, bytes.TrimSpace(id), []byte("ID"))
	}
	return found
}

// Whatever is edited, the direct build makes the program that go build makes.
func TestRandomDirectBuilds(t *testing.T) {
	t.Parallel()
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
	if *edits == 0 {
		*edits = 3
	}
	for n := range *edits {
		var changed []string
		for range 1 + m.random.IntN(2) {
			i := m.change()
			modtest.Write(t, w.at(name(i)), m.source(i))
			changed = append(changed, name(i))
		}
		a, printed := w.build(changed...)
		if !a.Direct {
			t.Fatalf("edit %d, of %s: it was not built directly", n, changed)
		}
		if want := w.sayings(); printed != want {
			t.Fatalf("edit %d, of %s: it prints\n%s\nand go build's\n%s", n, changed, printed, want)
		}
		w.sameCode(a.Path)
	}
}
