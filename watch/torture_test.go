package watch

import (
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
)

// TestTorture does random things to a tree while it is watched. Whatever the
// watcher was in the midst of, each difference between the tree before and the
// tree after is reported, nothing is reported that was in neither, and in the
// end every directory is watched under its name.
func TestTorture(t *testing.T) {
	for seed := range uint64(40) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			p := newProject(t, "a/x.go", "a/b/x.go", "a/b/c/x.go", "b/a/x.go", "c/y.go")
			p.watch(DefaultConfig(), Scope{Matters: matters})
			before := p.tree()
			did := p.torture(rand.New(rand.NewPCG(seed, 0)))
			after := p.tree()
			reported := p.changes()

			for _, name := range differences(before, after) {
				if !covered(name, reported) {
					t.Errorf("%s is not reported", name)
				}
			}
			for _, name := range reported {
				if _, was := before[name]; !was && after[name] == "" {
					t.Errorf("%s is reported, and was neither there before nor is after", name)
				}
			}
			var want []string
			for _, dir := range slices.Sorted(maps.Keys(after)) {
				if after[dir] == "a directory" {
					p.write(dir + "/again.go")
					want = append(want, path.Join(dir, "again.go"))
				}
			}
			p.expect(want...)
			if t.Failed() {
				t.Logf("before: %q\nwhat was done:\n%s\nafter: %q\nreported: %q", before, strings.Join(did, "\n"), after, reported)
			}
		})
	}
}

// torture does its things in the background and takes what is reported of them.
func (p *project) torture(random *rand.Rand) (did []string) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		for n := range 100 {
			if what, err := p.something(random, n); err == nil {
				did = append(did, what)
			}
		}
	}()
	for {
		select {
		case events := <-p.events:
			p.must(p.w.take(events))
		case <-done:
			return did
		}
	}
}

// something does one thing, or fails to: a directory may be missing or in the way.
func (p *project) something(random *rand.Rand, n int) (what string, err error) {
	name := func() string {
		var parts []string
		for range 1 + random.IntN(3) {
			parts = append(parts, string("abc"[random.IntN(3)]))
		}
		return path.Join(parts...)
	}
	file := func() string { return path.Join(name(), string("xyz"[random.IntN(3)])+".go") }
	switch random.IntN(8) {
	case 0:
		dir := name()
		return fmt.Sprint("mkdir ", dir), os.MkdirAll(p.path(dir), 0o755)
	case 1, 2, 3:
		file := file()
		return fmt.Sprint("write ", file), os.WriteFile(p.path(file), fmt.Append(nil, n), 0o644)
	case 4:
		file := file()
		return fmt.Sprint("remove ", file), os.Remove(p.path(file))
	case 5:
		dir := name()
		return fmt.Sprint("remove all of ", dir), os.RemoveAll(p.path(dir))
	case 6:
		from, to := file(), file()
		return fmt.Sprint("rename ", from, " to ", to), syscall.Rename(p.path(from), p.path(to))
	default:
		from, to := name(), name()
		return fmt.Sprint("rename ", from, " to ", to), syscall.Rename(p.path(from), p.path(to))
	}
}

// tree is what lies below the root: of a file its content.
func (p *project) tree() map[string]string {
	tree := map[string]string{}
	p.must(filepath.WalkDir(p.root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			tree[p.name(path)] = "a directory"
			return nil
		}
		text, err := os.ReadFile(path)
		tree[p.name(path)] = "file " + string(text)
		return err
	}))
	return tree
}

// differences are the files and former directories that are not as before.
func differences(before, after map[string]string) (names []string) {
	for name, content := range before {
		if after[name] != content {
			names = append(names, name)
		}
	}
	for name, content := range after {
		if before[name] != content && content != "a directory" {
			names = append(names, name)
		}
	}
	return names
}

// covered: the removal of a directory may be reported for all that was in it.
func covered(name string, reported []string) bool {
	for ; name != "."; name = path.Dir(name) {
		if slices.Contains(reported, name) {
			return true
		}
	}
	return false
}
