package watch

import (
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var (
	tortureN    = flag.Int("torture.n", 1500, "how many operations TestTorture does for each backend")
	tortureSeed = flag.Uint64("torture.seed", 1, "the seed of TestTorture")
)

// TestTorture does random operations on a tree while it is watched. Whatever the watcher
// is doing at the time, it reports exactly what differs between the tree before and the
// tree after.
func TestTorture(t *testing.T) {
	t.Parallel()
	for _, mode := range backends() {
		t.Run("mode "+mode, func(t *testing.T) {
			t.Parallel()
			p := newProject(t, "a/x.go", "a/b/x.go", "a/b/c/x.go", "b/a/x.go", "c/y.go", "../out/a/x.go")
			p.mode = mode
			p.watch(DefaultConfig(), p.scope([]string{".", "a", "a/b", "a/b/c", "b/a", "c"}, nil))
			random := rand.New(rand.NewPCG(*tortureSeed, uint64(len(mode))))
			for n := 0; n < *tortureN && !t.Failed(); {
				n += p.tortureRound(random, n)
			}
		})
	}
}

// tortureRound does a few things and checks what is reported of them.
func (p *project) tortureRound(random *rand.Rand, n int) int {
	before := p.tree()
	things := 1 + random.IntN(40)
	early := random.IntN(4) == 0 // batches settle while it goes on
	pick := rand.New(rand.NewPCG(random.Uint64(), 0))
	var did []string
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range things {
			if what, err := p.something(pick, n+i); err == nil {
				did = append(did, what)
			}
			if pick.IntN(8) == 0 {
				time.Sleep(time.Duration(pick.IntN(3000)) * time.Microsecond)
			}
		}
	}()
	reported := map[string]bool{}
	for busy := true; busy; {
		select {
		case <-p.w.hub.hints.Ready():
			p.must(p.w.take(p.w.hub.hints.Take()))
		case <-done:
			busy = false
		case <-time.After(time.Millisecond):
			p.look()
		}
		if !early {
			continue
		}
		if b, ok := p.w.batch.due(time.Now().Add(24 * time.Hour)); ok && b.Settled {
			for _, name := range p.names(b.Paths) {
				reported[name] = true
			}
		}
	}
	after := p.tree()
	for _, name := range p.changes() {
		reported[name] = true
	}
	want := differences(before, after)
	got := slices.Sorted(maps.Keys(reported))
	if early { // what came and went was there for a while
		got = slices.DeleteFunc(got, func(name string) bool { return !slices.Contains(want, name) })
	}
	if diff := cmp.Diff(strings.Join(want, "\n"), strings.Join(got, "\n")); diff != "" {
		p.Errorf("after %d things, seed %d: changes differ (-want +got):\n%s\nbefore: %q\nwhat was done:\n%s\nafter: %q",
			n, *tortureSeed, diff, before, strings.Join(did, "\n"), after)
	}
	return things
}

// something does one thing, or fails to: a directory may be missing or in the way.
func (p *project) something(random *rand.Rand, n int) (what string, err error) {
	dir := func() string {
		var parts []string
		for range 1 + random.IntN(3) {
			parts = append(parts, string("abc"[random.IntN(3)]))
		}
		return path.Join(parts...)
	}
	file := func() string { return path.Join(dir(), string("xyz"[random.IntN(3)])+".go") }
	anywhere := func() string { // outside now and then
		if random.IntN(4) == 0 {
			return path.Join("../out", dir())
		}
		return dir()
	}
	write := func(name string) error { return os.WriteFile(p.path(name), fmt.Append(nil, n%7), 0o644) }
	one, two := file(), file()
	d1, d2 := anywhere(), anywhere()
	switch random.IntN(17) {
	case 0:
		return "mkdir " + d1, os.MkdirAll(p.path(d1), 0o755)
	case 1, 2:
		return "write " + one, write(one)
	case 3:
		tmp := one + ".tmp"
		if err := write(tmp); err != nil {
			return "", err
		}
		return "save by rename " + one, os.Rename(p.path(tmp), p.path(one))
	case 4:
		_ = os.Rename(p.path(one), p.path(one+"~"))
		err := write(one)
		_ = os.Remove(p.path(one + "~"))
		return "save with a backup " + one, err
	case 5:
		return "remove " + one, os.Remove(p.path(one))
	case 6:
		return "remove all of " + d1, os.RemoveAll(p.path(d1))
	case 7:
		return "rename " + one + " to " + two, syscall.Rename(p.path(one), p.path(two))
	case 8, 9:
		return "rename " + d1 + " to " + d2, syscall.Rename(p.path(d1), p.path(d2))
	case 10:
		now := time.Now()
		return "touch " + one, os.Chtimes(p.path(one), now, now)
	case 11:
		return "chmod " + one, os.Chmod(p.path(one), 0o600+os.FileMode(random.IntN(2))*0o44)
	case 12:
		text, err := os.ReadFile(p.path(one))
		if err != nil {
			return "", err
		}
		return "rewrite " + one, os.WriteFile(p.path(one), text, 0o644)
	case 13:
		_ = os.MkdirAll(p.path(d1), 0o755)
		_ = write(path.Join(d1, "x.go"))
		return "mkdir with a file " + d1, write(path.Join(d1, "y.go"))
	case 14:
		return "link " + d1 + " to " + d2, os.Symlink(p.path(d2), p.path(d1))
	case 15:
		_ = os.Symlink(p.path(d2), p.path(d1+".new"))
		return "retarget " + d1 + " to " + d2, os.Rename(p.path(d1+".new"), p.path(d1))
	default:
		return "link " + one + " to " + two, os.Symlink(path.Base(two), p.path(one))
	}
}

// tree is what lies below the root: of a file its content. Links into
// directories are followed, but not those behind them.
func (p *project) tree() map[string]string {
	tree := map[string]string{}
	root, err := os.Stat(p.root)
	p.must(err)
	p.walk(tree, p.root, []fs.FileInfo{root}, false)
	return tree
}

func (p *project) walk(tree map[string]string, dir string, way []fs.FileInfo, behind bool) {
	entries, err := os.ReadDir(dir)
	p.must(err)
	for _, one := range entries {
		path := filepath.Join(dir, one.Name())
		name := p.name(path)
		if strings.HasSuffix(name, "~") || strings.HasPrefix(name, "asked") {
			continue
		}
		info, err := os.Lstat(path)
		p.must(err)
		switch {
		case info.Mode().IsRegular():
			text, err := os.ReadFile(path)
			p.must(err)
			tree[name] = "file " + string(text)
		case info.IsDir():
			tree[name] = "a directory"
			p.walk(tree, path, append(slices.Clip(way), info), behind)
		default:
			text, err := os.Readlink(path)
			p.must(err)
			tree[name] = "link " + text
			target, err := os.Stat(path)
			if err == nil && target.Mode().IsRegular() {
				behind, err := os.ReadFile(path)
				p.must(err)
				tree[name] += " to a file " + string(behind)
			}
			if err != nil || !target.IsDir() || behind ||
				slices.ContainsFunc(way, func(above fs.FileInfo) bool { return os.SameFile(above, target) }) {
				continue
			}
			tree[name] = "followed " + text
			p.walk(tree, path, append(slices.Clip(way), target), true)
		}
	}
}

// differences are what changed from before to after: not that a directory came.
func differences(before, after map[string]string) []string {
	var names []string
	for name, content := range before {
		if after[name] != content {
			names = append(names, name)
		}
	}
	for name, content := range after {
		if _, was := before[name]; !was && content != "a directory" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
