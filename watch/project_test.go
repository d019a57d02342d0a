package watch

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	for name, value := range map[string]string{ // the user's own git settings would decide with the tests' ones
		"GIT_CONFIG_GLOBAL": os.DevNull, "GIT_CONFIG_NOSYSTEM": "1", "XDG_CONFIG_HOME": os.DevNull,
	} {
		if err := os.Setenv(name, value); err != nil {
			panic(err)
		}
	}
	goleak.VerifyTestMain(m)
}

// deadline is for what must come; nothing is measured with it.
const deadline = time.Minute

// project is a directory tree under a watcher whose clock the test is: what
// happened between two calls of changes is one batch, however long it took.
type project struct {
	*testing.T
	root   string
	w      *Watcher
	events chan []fsnotify.Event
	asked  int

	mu      sync.Mutex
	traced  map[string]string // path -> why it was ignored, of the traces so far
	onTrace func(name string) // may be nil
}

// newProject makes a tree of the files named, each with its own name in it.
func newProject(t *testing.T, files ...string) *project {
	t.Helper()
	p := &project{T: t, root: filepath.Join(t.TempDir(), "app"), traced: map[string]string{}}
	p.mkdir(".")
	for _, file := range files {
		p.write(file)
	}
	return p
}

// matters is a scope in which Go files matter.
func matters(path string) bool { return strings.HasSuffix(path, ".go") }

// scope makes paths that are relative to the root absolute.
func (p *project) scope(dirs, files []string) Scope {
	s := Scope{Matters: matters, Built: matters}
	for _, dir := range dirs {
		s.Dirs = append(s.Dirs, p.path(dir))
	}
	for _, file := range files {
		s.Files = append(s.Files, p.path(file))
	}
	return s
}

// watch arms a watcher.
func (p *project) watch(c Config, s Scope) Info {
	p.Helper()
	info := p.arm(c, s)
	p.events = make(chan []fsnotify.Event)
	var drained sync.WaitGroup
	drained.Go(func() { drain(p.w.fs, p.events, make(chan struct{}, 1)) })
	p.Cleanup(func() {
		p.w.fs.Close()
		for range p.events {
		}
		drained.Wait()
	})
	return info
}

func (p *project) arm(c Config, s Scope) Info {
	p.Helper()
	w, err := New(p.root, c, func(path, why string) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.traced[p.name(path)] = why
		if p.onTrace != nil {
			p.onTrace(p.name(path))
		}
	})
	if err != nil {
		p.Fatal(err)
	}
	info, err := w.Arm(s)
	if err != nil {
		p.Fatal(err)
	}
	p.w = w
	return info
}

// changes returns what the watcher makes of all that happened since the last
// call, as names relative to the root.
func (p *project) changes() []string {
	p.Helper()
	p.asked++
	last := p.path(fmt.Sprintf("asked%d", p.asked))
	p.touch(last)
	for {
		if _, seen := p.w.seen.paths[last]; seen {
			break
		}
		p.take()
	}
	b, ok := p.w.seen.due(time.Now().Add(24 * time.Hour))
	if !ok || !b.Settled {
		p.Fatalf("a batch is due, and not %v", b)
	}
	return p.names(b.Paths)
}

// take takes the next events.
func (p *project) take() {
	p.Helper()
	select {
	case events := <-p.events:
		if err := p.w.take(events); err != nil {
			p.Fatal(err)
		}
	case <-time.After(deadline):
		p.Fatal("no more events come")
	}
}

// names are paths relative to the root, without those that changes wrote.
func (p *project) names(paths []string) []string {
	var names []string
	for _, path := range paths {
		if name := p.name(path); !strings.HasPrefix(name, "asked") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (p *project) name(path string) string {
	name, err := filepath.Rel(p.root, path)
	if err != nil {
		p.Fatal(err)
	}
	return filepath.ToSlash(name)
}

// The rest are the operations on the tree. Names are relative to the root.

func (p *project) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(p.root, name)
}

func (p *project) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

func (p *project) write(name string) { p.Helper(); p.writeText(name, name) }

func (p *project) writeText(name, text string) { p.Helper(); writeFile(p.T, p.path(name), text) }

// touch makes an empty file, which is one event.
func (p *project) touch(path string) {
	p.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL, 0o644)
	p.must(err)
	p.must(f.Close())
}

func (p *project) mkdir(name string) { p.Helper(); p.must(os.MkdirAll(p.path(name), 0o755)) }

func (p *project) rename(from, to string) {
	p.Helper()
	p.must(syscall.Rename(p.path(from), p.path(to))) // os.Rename refuses to replace a directory
}

func (p *project) remove(name string) { p.Helper(); p.must(os.RemoveAll(p.path(name))) }
