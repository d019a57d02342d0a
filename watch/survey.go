package watch

import (
	"io/fs"
	"os"
	"path/filepath"
)

// Survey tells of all that a watcher with this scope would see, as it lies there
// now, without what links lead to. The watcher need not be armed, and is not to be
// armed afterwards.
func (w *Watcher) Survey(scope Scope, tell func(path string, entry fs.DirEntry)) {
	w.rules.reread()
	w.aim(scope)
	w.survey(w.root, true, tell)
	for _, dir := range w.extra {
		w.survey(dir, true, tell)
	}
	for _, dir := range w.apart {
		if w.outside(dir) {
			w.survey(dir, false, tell)
		}
	}
}

// survey tells of what lies in a directory and, if it is to be deep, below.
func (w *Watcher) survey(dir string, deep bool, tell func(path string, entry fs.DirEntry)) {
	d := &directory{}
	w.place(dir, d)
	lies, _ := os.ReadDir(dir) // what cannot be read is not there
	for _, one := range lies {
		path := filepath.Join(dir, one.Name())
		if w.ignoredIn(d, path, entry{kind: kindOf(one.Type())}) != "" {
			continue
		}
		tell(path, one)
		if deep && one.IsDir() {
			w.survey(path, true, tell)
		}
	}
}
