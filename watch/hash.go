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

// hashed is a file whose content is known.
type hashed struct {
	path  string
	entry entry
}

// hashAll reads files and passes on their hashes. A file that is not as it was when
// the watch was armed is left out: its change has yet to be reported.
func hashAll(ctx context.Context, files []unread, seed maphash.Seed, out chan<- []hashed) {
	const atOnce = 128
	next := make(chan []unread)
	var work sync.WaitGroup
	for range max(1, runtime.GOMAXPROCS(0)/2) { // the rest is for the build
		work.Go(func() {
			for files := range next {
				select {
				case out <- hashSome(files, seed):
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

func hashSome(files []unread, seed maphash.Seed) (done []hashed) {
	for _, f := range files {
		if e, ok := read(f.path, seed); ok && e.stamp == f.stamp {
			done = append(done, hashed{f.path, e})
		}
	}
	return done
}

// takeUnread returns the files to be hashed.
func (v *view) takeUnread() []unread {
	files := v.unread
	v.unread = nil
	return files
}

// learn takes hashes of files that nothing has happened to since they were looked at.
func (v *view) learn(files []hashed) {
	for _, f := range files {
		d := v.tree.parent(f.path)
		if d == nil {
			continue
		}
		e := d.entries[filepath.Base(f.path)]
		if e.kind == file && e.hash == 0 && !e.ignored && e.stamp == f.entry.stamp && !v.suspects.has(f.path) {
			d.entries[filepath.Base(f.path)] = f.entry
		}
	}
}
