package shared

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// compiled compiles a package that imports nothing.
func compiled(t *testing.T, source string) string {
	t.Helper()
	dir := t.TempDir()
	file, out := filepath.Join(dir, "a.go"), filepath.Join(dir, "a.a")
	if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := exec.Command("go", "tool", "compile", "-p", "example.com/a", "-pack", "-o", out, file).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return out
}

func TestReadObject(t *testing.T) {
	o, err := readObject(compiled(t, `package a

type T[A any] struct{ a A }

func (t T[A]) Method() A { return t.a }

var V any = T[int]{}

func init() { println("init") }
`))
	if err != nil {
		t.Fatal(err)
	}
	at := func(name string) symbol {
		i := slices.IndexFunc(o.symbols, func(s symbol) bool { return s.name == name })
		if i < 0 {
			t.Fatalf("there is no symbol %s", name)
		}
		return o.symbols[i]
	}
	if s := at("example.com/a..inittask"); !s.defined || s.plural {
		t.Errorf("what is to be initialized: %+v", s)
	}
	described := at("type:example.com/a.T[int]")
	if !described.defined || !described.plural {
		t.Errorf("a type: %+v", described)
	}
	offsets, err := o.offsets(described)
	if err != nil || !slices.Contains(offsets, "example.com/a.T[int].Method") {
		t.Errorf("it refers by distance to %q, %v", offsets, err)
	}
	if err := o.cede(described, "type:short"); err != nil {
		t.Fatal(err)
	}
	again := &object{text: o.text}
	if err := again.parse(); err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(again.symbols, func(s symbol) bool { return s.name == "type:short" && s.at == described.at }) {
		t.Error("the symbol has its former name")
	}
	if err := o.cede(at("example.com/a.V"), "type:a.name.that.is.too.long.for.its.place"); err == nil {
		t.Error("a name was written beyond its place")
	}
}

// A variable may go by the name of another package's.
func TestReadLinknames(t *testing.T) {
	o, err := readObject(compiled(t, `package a

import _ "unsafe"

//go:linkname empty example.com/b.empty
var empty, own [3]int

//go:linkname full example.com/b.full
var full = "full"

func F() (int, string) { return empty[0] + own[0], full }
`))
	if err != nil {
		t.Fatal(err)
	}
	empty := map[string]bool{}
	for _, s := range o.symbols {
		if o.linknamed(s) {
			if empty[s.name], err = o.empty(s); err != nil {
				t.Fatal(err)
			}
			if s.name == "example.com/b.empty" && o.size(s) != 24 {
				t.Errorf("%s has %d bytes", s.name, o.size(s))
			}
		}
	}
	if full, found := empty["example.com/b.full"]; !empty["example.com/b.empty"] || full || !found {
		t.Errorf("which are empty: %v", empty)
	}
}

func TestReadWhatIsNoObject(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.a")
	for _, text := range []string{"", "text", "!<arch>\n", "!<arch>\n__.PKGDEF"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readObject(file); !errors.Is(err, errUnknownObject) {
			t.Errorf("%q was read: %v", text, err)
		}
	}
}
