package watch

import (
	"io/fs"
	"os"
	"path/filepath"
)

// Survey calls tell for all that a watcher with this scope would see, as it is now,
// without what links lead to. The watcher need not be armed, and must not be armed
// afterwards.
func (w *Watcher) Survey(scope Scope, tell func(path string, entry fs.DirEntry)) {
	f := w.view.filter
	f.rules.reread()
	f.cover(scope)
	f.survey(w.root, true, tell)
	for _, dir := range f.coverage.extra {
		f.survey(dir, true, tell)
	}
	for _, dir := range f.coverage.external {
		if f.coverage.isOutside(dir) {
			f.survey(dir, false, tell)
		}
	}
}

// survey tells what is in a directory and, if deep, below it.
func (f *filter) survey(dir string, deep bool, tell func(path string, entry fs.DirEntry)) {
	in := f.coverage.place(dir)
	entries, _ := os.ReadDir(dir) // what cannot be read is not there
	for _, one := range entries {
		path := filepath.Join(dir, one.Name())
		if f.ignored(in, path, one.IsDir()) != "" {
			continue
		}
		tell(path, one)
		if deep && one.IsDir() {
			f.survey(path, true, tell)
		}
	}
}
