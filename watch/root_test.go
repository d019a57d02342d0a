package watch

import (
	"os"
	"strings"
	"testing"
	"time"
)

// TestRootGone waits for a root that went away, and reports what differs when it is
// back.
func TestRootGone(t *testing.T) {
	for _, test := range []struct {
		name string
		do   func(p *project, gone func())
		want string
		may  string // be reported: what is removed and made step by step was gone for a while
	}{
		{"moved away and back", func(p *project, gone func()) {
			p.rename(".", "../away")
			gone()
			p.rename("../away", ".")
		}, "last.go", ""},
		{"moved away, changed and moved back", func(p *project, gone func()) {
			p.rename(".", "../away")
			gone()
			p.write("../away/sub/b.go")
			p.remove("../away/gone.go")
			p.rename("../away", ".")
		}, "gone.go last.go sub/b.go", ""},
		{"removed and cloned again", func(p *project, gone func()) {
			p.writeText("../../main.go", p.text("main.go"))
			p.remove(".")
			gone()
			p.write(".git/HEAD")                 // a clone fetches for a while before it writes files
			p.rename("../../main.go", "main.go") // first, for what comes in a later batch than the rest was gone
			p.mkdir("sub")
			p.write("sub/b.go")
		}, "gone.go last.go sub/b.go", "main.go sub"},
		{"removed and cloned again while a process works in it", func(p *project, gone func()) {
			p.Chdir(p.root)
			p.remove(p.root)
			gone()
			p.write(".git/HEAD")
			p.mkdir("sub")
			p.write("sub/b.go")
			p.write("main.go")
		}, "gone.go last.go main.go sub/b.go", "sub"},
		{"removed with the directory above, and made again", func(p *project, gone func()) {
			p.writeText("../../main.go", p.text("main.go"))
			p.remove("..")
			gone()
			p.mkdir(".")
			p.rename("../../main.go", "main.go")
			p.write("gone.go")
			p.write("sub/b.go")
		}, "gone.go last.go sub/b.go", "main.go sub"},
	} {
		for _, poll := range []string{"auto", "20ms"} {
			t.Run(test.name+" "+poll, func(t *testing.T) {
				p := newProject(t, "x", "in/app/main.go", "in/app/gone.go", "in/app/sub/b.go")
				p.root = p.path("in/app")
				c := DefaultConfig()
				c.Poll = poll
				notes := make(chan string, 10)
				p.onNote = func(text string) { notes <- text }
				batches := p.run(c, p.scope([]string{".", "sub"}, nil))
				test.do(p, func() { p.awaitNote(notes, p.root+" is gone; waiting for it to come back") })
				p.awaitNote(notes, p.root+" is back")
				// Made in one go; the files may come in several batches.
				p.write("last.go")
				got := map[string]bool{}
				for !got["last.go"] {
					for _, name := range p.whole(batches) {
						got[name] = true
					}
				}
				for _, name := range strings.Fields(test.may) {
					delete(got, name)
				}
				p.wants(got, strings.Fields(test.want))
			})
		}
	}
}

// That the root is back is told even if nothing differs, and once.
func TestRootIsBack(t *testing.T) {
	t.Parallel()
	p := newProject(t, "in/app/main.go")
	p.root = p.path("in/app")
	notes := make(chan string, 10)
	p.onNote = func(text string) { notes <- text }
	batches := p.run(DefaultConfig(), Scope{Matters: matters})
	p.rename(".", "../away")
	p.awaitNote(notes, p.root+" is gone")
	p.rename("../away", ".")
	if b := p.next(batches); !b.Back || !b.Settled || len(b.Paths) > 0 {
		t.Errorf("the batch is %+v", b)
	}
	p.write("main.go")
	for {
		if b := p.next(batches); b.Back {
			t.Errorf("it is back again: %+v", b)
		} else if b.Settled && len(b.Paths) > 0 {
			return
		}
	}
}

func (p *project) awaitNote(notes <-chan string, want string) {
	p.Helper()
	select {
	case got := <-notes:
		if !strings.Contains(got, want) {
			p.Fatalf("got the note %q, want %q", got, want)
		}
	case <-time.After(deadline):
		p.Fatalf("no note %q", want)
	}
}

func (p *project) wants(got map[string]bool, want []string) {
	p.Helper()
	for _, name := range want {
		if !got[name] {
			p.Errorf("%s is not reported", name)
		}
		delete(got, name)
	}
	for name := range got {
		p.Errorf("%s is reported, but did not change", name)
	}
}

// TestRootReplaced watches another directory that took the root's place.
func TestRootReplaced(t *testing.T) {
	t.Parallel()
	p := newProject(t, "main.go", "sub/b.go", "../other/main.go")
	p.writeText("../other/sub/b.go", p.text("sub/b.go"))
	p.watch(DefaultConfig(), p.scope([]string{".", "sub"}, nil))
	p.rename(".", "../away")
	p.rename("../other", ".")
	for !p.w.batch.has(p.path("main.go")) {
		p.take()
	}
	p.expect("main.go")
	p.write("sub/b.go")
	p.must(os.WriteFile(p.path("../away/main.go"), nil, 0o644))
	p.expect("sub/b.go")
}
