package watch

import (
	"context"
	"hash/maphash"
	"path/filepath"
	"runtime"
	"sync"
)

// unread is a file whose content is not known yet.
type unread struct {
	path  string
	stamp stamp
}

// printed is a file whose content is known.
type printed struct {
	path  string
	entry entry
}

// wantsPrint reports whether a file's content is to be known before anything
// happens to it, so that a save without a change is seen to be none. Of other
// files the first save counts.
func (w *Watcher) wantsPrint(d *directory, path string) bool {
	return d.all || w.named[path] || w.rules.tree(path) != "" && w.config.Includes(w.root, path) != ""
}

// readAll reads files and passes their prints on. A file that is not as it was
// when the watch was armed is left out: its change is yet to be told.
func readAll(ctx context.Context, files []unread, seed maphash.Seed, out chan<- []printed) {
	const atOnce = 128
	next := make(chan []unread)
	var work sync.WaitGroup
	for range max(1, runtime.GOMAXPROCS(0)/2) { // the rest is for the build
		work.Go(func() {
			for files := range next {
				var done []printed
				for _, f := range files {
					if e, ok := read(f.path, seed); ok && e.stamp == f.stamp {
						done = append(done, printed{f.path, e})
					}
				}
				select {
				case out <- done:
				case <-ctx.Done():
				}
			}
		})
	}
	for len(files) > 0 && ctx.Err() == nil {
		n := min(atOnce, len(files))
		select {
		case next <- files[:n]:
		case <-ctx.Done():
		}
		files = files[n:]
	}
	close(next)
	work.Wait()
}

// learn takes prints of files that nothing happened to meanwhile.
func (w *Watcher) learn(files []printed) {
	for _, f := range files {
		d := w.tree[filepath.Dir(f.path)]
		if d == nil {
			continue
		}
		e := d.entries[filepath.Base(f.path)]
		if e.kind == file && e.print == 0 && !e.ignored && e.stamp == f.entry.stamp && w.seen.suspects[f.path] == nil {
			d.entries[filepath.Base(f.path)] = f.entry
		}
	}
}
