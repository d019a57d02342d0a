package watch

import (
	"context"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	for name, value := range map[string]string{ // the user's own git settings would apply, too
		"GIT_CONFIG_GLOBAL": os.DevNull, "GIT_CONFIG_NOSYSTEM": "1", "XDG_CONFIG_HOME": os.DevNull,
	} {
		if err := os.Setenv(name, value); err != nil {
			panic(err)
		}
	}
	goleak.VerifyTestMain(m)
}

// deadline bounds the wait for what must come; nothing is measured with it.
const deadline = 20 * time.Second

// project is a directory tree under a watcher. What happens between two calls of
// changes is one batch, however long it takes.
type project struct {
	*testing.T
	root   string
	w      *Watcher
	asked  int
	writes int
	mode   string // "", "poll" or "mixed": see arm
	noted  []string
	onNote func(text string) // may be nil

	mu      sync.Mutex
	traced  map[string]string // path -> why it was ignored, of the traces so far
	onTrace func(name string) // may be nil
}

// newProject makes a tree of files, no two with the same content.
func newProject(t *testing.T, files ...string) *project {
	t.Helper()
	p := &project{T: t, root: filepath.Join(t.TempDir(), "app"), traced: map[string]string{}}
	p.mkdir(".")
	for _, file := range files {
		p.write(file)
	}
	return p
}

// matters reports that Go files matter.
func matters(path string) bool { return strings.HasSuffix(path, ".go") }

// scope returns a scope of paths that are relative to the root.
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

// watch arms a watcher that knows all hashes at once.
func (p *project) watch(c Config, s Scope) Info {
	p.Helper()
	info := p.arm(c, s)
	p.hashAll()
	var running sync.WaitGroup
	running.Go(p.w.hub.run)
	p.Cleanup(func() {
		p.w.close()
		running.Wait()
	})
	return info
}

// hashAll makes the hashes that Run makes in the background.
func (p *project) hashAll() {
	hashes := make(chan []hashed)
	go func() {
		defer close(hashes)
		hashAll(context.Background(), p.w.view.takeUnread(), p.w.view.disk.seed, hashes)
	}()
	for files := range hashes {
		p.w.view.learn(files)
	}
}

// backends are the modes of a project.
func backends() []string { return []string{"", "poll", "mixed"} }

// arm arms a watcher in the project's mode: "poll" always polls, "mixed" may watch
// only half of the directories.
func (p *project) arm(c Config, s Scope) Info {
	p.Helper()
	w, err := newWatcher(rulesOf(p.T, p.root, c), func(text string) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.noted = append(p.noted, text)
		if p.onNote != nil {
			p.onNote(text)
		}
	}, func(path, why string) {
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
	switch p.mode {
	case "poll":
		w.poll = pollMode{always: true, every: time.Hour} // changes looks
	case "limited": // by the system
		w.poll.every = time.Hour
	case "mixed":
		w.poll.every = time.Hour
		w.refuse = func(dir string) error {
			if dir != p.root && crc32.ChecksumIEEE([]byte(p.name(dir)))%2 == 0 {
				return syscall.ENOSPC
			}
			return nil
		}
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
	p.look()
	for !p.w.batch.has(last) {
		p.take()
	}
	p.look() // what events brought may be polled
	b, ok := p.w.batch.due(time.Now().Add(24 * time.Hour))
	if !ok || !b.Settled {
		p.Fatalf("got %v instead of a settled batch", b)
	}
	return p.names(b.Paths)
}

// look polls, as Run does from time to time.
func (p *project) look() {
	p.Helper()
	p.must(p.w.take(p.w.hub.poller.scan()))
}

// take takes the next hints.
func (p *project) take() {
	p.Helper()
	select {
	case <-p.w.hub.hints.Ready():
		p.must(p.w.take(p.w.hub.hints.Take()))
	case <-time.After(deadline):
		p.Fatal("no more hints")
	}
}

// names returns paths relative to the root, without those that changes wrote.
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

// write writes content that was never written before.
func (p *project) write(name string) {
	p.Helper()
	p.writes++
	p.writeText(name, fmt.Sprintf("%s %d", name, p.writes))
}

// save writes what was never written before, in one step: nothing sees an empty file
// in between.
func (p *project) save(name string) {
	p.Helper()
	aside := filepath.Join(p.TempDir(), "aside")
	p.write(aside)
	p.mkdir(filepath.Dir(p.path(name)))
	p.rename(aside, name)
}

func (p *project) writeText(name, text string) { p.Helper(); writeFile(p.T, p.path(name), text) }

// rewrite writes the same content again.
func (p *project) rewrite(name string) { p.Helper(); p.writeText(name, p.text(name)) }

func (p *project) text(name string) string {
	p.Helper()
	text, err := os.ReadFile(p.path(name))
	p.must(err)
	return string(text)
}

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
