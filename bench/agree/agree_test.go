package agree

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"
)

var small = map[string]string{
	"go.mod":         "module example.com/small\n\ngo 1.26.0\n",
	"main.go":        "package main\n\nimport (\n\t\"errors\"\n\n\t\"example.com/small/shape\"\n)\n\nfunc main() { println(size(shape.Area(2, 3)), errors.New(\"bad\").Error()) }\n\nfunc size(n int) int { return n }\n",
	"shape/shape.go": "package shape\n\ntype Square struct{ Side int }\n\nfunc (s Square) Size() int { return s.Side }\n\nfunc Area(a, b int) int { return Square{Side: a * b}.Size() }\n",
}

// Each kind of edit can be made, and all together compile, but for the error.
func TestEdits(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "small")
	for name, text := range small {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	p, err := copyProject(t.Context(), Options{Dir: dir, Package: ".", Scratch: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	c := comparison{project: p, random: rand.New(rand.NewPCG(1, 1))}
	if c.hooks, err = p.hook(c.random); err != nil {
		t.Fatal(err)
	}
	for i, kind := range kinds {
		changes, err := kind.changes(t.Context(), &c, i+1)
		if err != nil || len(changes) == 0 {
			t.Fatalf("%s: %d edits, error %v", kind.name, len(changes), err)
		}
		if err := changes[0].write(); err != nil {
			t.Fatal(err)
		}
		if changes[0].broken {
			if errs := p.errors(t); len(errs) == 0 {
				t.Errorf("%s: there is none", kind.name)
			}
			if err := changes[0].undo(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if errs := p.errors(t); len(errs) > 0 {
		t.Errorf("the edits do not compile: %v", errs)
	}
}

// errors are those of the own packages.
func (p *project) errors(t *testing.T) (all []packages.Error) {
	t.Helper()
	loaded, err := p.load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range loaded {
		all = append(all, l.Errors...)
	}
	return all
}

func TestNormal(t *testing.T) {
	t.Parallel()
	o := observer{dir: "/tmp/run"}
	got := o.normal("/tmp/bin/1/app", strings.Join([]string{
		"panic: agree", "main.(*T).fail(0xc000012345, {0x1, 0x2})", "\t/src/main.go:12 +0x1d", "goroutine 12 [running]:",
		"init internal/cpu @0.012 ms, 0.001 ms clock, 0 bytes, 0 allocs", "/tmp/bin/1/app: 2026-01-02T03:04:05.678 in /tmp/run at 127.0.0.1:4242, 15ms, v1.2.3",
	}, "\n"), 4242)
	want := strings.Join([]string{
		"panic: agree", "main.(*T).fail()", "\t/src/main.go:12", "goroutine N [running]:",
		"init internal/cpu", "APP: DATE in DIR at 127.0.0.1:PORT, DURATION, v1.2.3",
	}, "\n")
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if d := difference("x", "a\nb", "a\nc"); d != `x: "b", and go build's "c"` {
		t.Error(d)
	}
}
