package watch

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"
)

// run runs the watcher; its batches come over the channel until the test ends.
func (p *project) run(c Config, s Scope) <-chan Batch {
	p.Helper()
	p.arm(c, s)
	p.hashAll()
	ctx, cancel := context.WithCancel(context.Background())
	batches, ended := make(chan Batch), make(chan error)
	go func() { ended <- p.w.Run(ctx, batches) }()
	p.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			p.Errorf("Run returned %v", err)
		}
	})
	return batches
}

func (p *project) next(batches <-chan Batch) Batch {
	p.Helper()
	select {
	case b := <-batches:
		return b
	case <-time.After(deadline):
		p.Fatal("no batch")
		return Batch{}
	}
}

// settled returns the next settled batch, and checks that the reports before it are
// about the same batch and grow.
func (p *project) settled(batches <-chan Batch) []string {
	p.Helper()
	var before []string
	for {
		b := p.next(batches)
		if !slices.IsSorted(b.Paths) {
			p.Errorf("paths are not sorted: %q", b.Paths)
		}
		for _, path := range before {
			if !slices.Contains(b.Paths, path) {
				p.Errorf("%s was reported, and then no longer", path)
			}
		}
		if b.Settled {
			return p.names(b.Paths)
		}
		before = b.Paths
	}
}

// whole returns the next settled batch, whatever was reported before.
func (p *project) whole(batches <-chan Batch) []string {
	p.Helper()
	for {
		if b := p.next(batches); b.Settled && len(b.Paths) > 0 {
			return p.names(b.Paths)
		}
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	p := newProject(t, "main.go", "sub/b.go")
	batches := p.run(DefaultConfig(), Scope{Matters: matters})
	for _, name := range []string{"main.go", "sub/b.go", "sub/new/c.go", "readme"} {
		p.save(name)
		if got := p.settled(batches); !slices.Equal(got, []string{name}) {
			t.Errorf("after a write of %s %q changed", name, got)
		}
	}
}

// TestRunOpens reports a change long before it has settled.
func TestRunOpens(t *testing.T) {
	t.Parallel()
	p := newProject(t, "main.go", "sub/b.go", "app.log")
	c := DefaultConfig()
	c.Quiet = time.Hour
	batches := p.run(c, Scope{Matters: matters})
	p.write("app.log")
	p.write("main.go")
	before := time.Now()
	b := p.next(batches)
	if got := fmt.Sprint(p.names(b.Paths)); b.Settled || got != "[app.log main.go]" || b.First.After(before.Add(deadline)) {
		t.Errorf("the batch opens as %+v", b)
	}
	p.write("sub/b.go")
	for !slices.Contains(b.Paths, p.path("sub/b.go")) {
		if b = p.next(batches); b.Settled {
			t.Fatalf("the batch settled as %+v", b)
		}
	}
}

// TestRunStorm reports every file of a storm in settled batches.
func TestRunStorm(t *testing.T) {
	t.Parallel()
	p := newProject(t, "main.go")
	batches := p.run(DefaultConfig(), Scope{Matters: matters})
	want := map[string]bool{}
	for i := range 500 {
		name := fmt.Sprintf("pkg%d/sub%d/file%d.go", i%7, i%31, i)
		p.write(name)
		want[name] = true
	}
	for len(want) > 0 {
		for _, name := range p.settled(batches) {
			delete(want, name)
		}
	}
}

// TestRunWithoutReceiver keeps batches for a slow receiver.
func TestRunWithoutReceiver(t *testing.T) {
	t.Parallel()
	p := newProject(t, "main.go")
	taken, told := make(chan string, 100), map[string]bool{}
	p.onTrace = func(name string) {
		if !told[name] { // fresh files are looked at again and again
			told[name] = true
			taken <- name
		}
	}
	c := DefaultConfig()
	c.Quiet, c.Poll = 0, "10ms" // a batch settles as soon as it is taken: no events are on their way
	batches := p.run(c, Scope{Matters: matters})
	for _, name := range []string{"a", "b", "c"} {
		p.save(name + ".go")
		p.touch(p.path(name + ".go~"))
		if got := <-taken; got != name+".go~" {
			t.Fatalf("%s was taken", got)
		}
	}
	for _, want := range []string{"a.go", "b.go", "c.go"} {
		if got := p.settled(batches); !slices.Equal(got, []string{want}) {
			t.Errorf("%q changed, want %s", got, want)
		}
	}
}

// TestRunFollow takes the newest scope, between two writes at the latest.
func TestRunFollow(t *testing.T) {
	t.Parallel()
	p := newProject(t, "main.go", "../lib/x.go", "../old/y.go")
	batches := p.run(DefaultConfig(), Scope{Matters: matters})
	p.w.Follow(p.scope([]string{"../old"}, nil))
	p.w.Follow(p.scope([]string{"../lib"}, nil))
	for got := []string(nil); !slices.Contains(got, "../lib/x.go"); {
		p.write("../lib/x.go")
		p.write("main.go")
		got = p.settled(batches)
	}
	p.write("../old/y.go")
	p.write("last.go")
	for got := []string(nil); !slices.Contains(got, "last.go"); {
		if got = p.settled(batches); slices.Contains(got, "../old/y.go") {
			t.Error("a directory that is no longer followed is seen")
		}
	}
}

// TestOverflow scans the tree again when the system dropped events: about a directory
// that was created, one that was replaced, a changed .gitignore.
func TestOverflow(t *testing.T) {
	t.Parallel()
	p := newProject(t, "main.go", "same.go", "sub/b.go", "sub/same.go", "gen/a.go", "gone.go")
	p.writeText(".gitignore", "gen/\n")
	p.writeText("same.go", "same")
	p.writeText("sub/same.go", "same")
	p.watch(DefaultConfig(), p.scope([]string{".", "sub"}, nil))
	p.remove("sub")
	p.write("sub/b.go")
	p.writeText("sub/same.go", "same")
	p.write("new/c.go")
	p.write("main.go")
	p.writeText("same.go", "same")
	p.remove("gone.go")
	p.writeText(".gitignore", "")
	for lost := false; !lost; { // what is read here was dropped
		<-p.w.hub.hints.Ready()
		for _, h := range p.w.hub.hints.Take() {
			lost = lost || h.path == p.path(".gitignore")
		}
	}
	p.must(p.w.view.lookAgain())
	p.expect(".gitignore", "gen/a.go", "gone.go", "main.go", "new/c.go", "sub/b.go")
	p.writeText("sub/b.go", "b")
	p.writeText("new/c.go", "c")
	p.writeText("gen/a.go", "a")
	p.expect("gen/a.go", "new/c.go", "sub/b.go")
}
