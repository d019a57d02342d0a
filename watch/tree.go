package watch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// addTree watches dir and all below it that is not ignored. found, if it is not
// nil, is told of each file that lies there.
func (w *Watcher) addTree(dir string, found func(file string)) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			if path == w.root {
				return fmt.Errorf("watch %s: %w", w.root, err)
			}
			return nil // it went away, or is not ours to read
		}
		if !entry.IsDir() {
			if w.rules.ignores(path, false) == "" {
				w.files++
				if found != nil {
					found(path)
				}
			}
			return nil
		}
		if path != w.root {
			if why := w.rules.ignores(path, true); why != "" {
				w.trace(path, why)
				return fs.SkipDir
			}
		}
		w.rules.enter(path)
		return w.add(path, w.tree[path])
	})
}

// add watches one directory. all: its files are seen though rules ignore them.
func (w *Watcher) add(dir string, all bool) error {
	if _, ok := w.tree[dir]; ok {
		w.tree[dir] = w.tree[dir] || all
		return nil
	}
	if err := w.fs.Add(dir); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if errors.Is(err, fs.ErrPermission) && dir != w.root {
			w.trace(dir, err.Error())
			return nil
		}
		return fmt.Errorf("watch %s: %w%s", dir, err, advice(err))
	}
	w.tree[dir] = all
	return nil
}

// forget drops a directory that is gone and those below it. When a tree was
// renamed they live on elsewhere, and would report under their old names.
func (w *Watcher) forget(path string) {
	if _, ok := w.tree[path]; !ok {
		return
	}
	for dir := range w.tree {
		if dir == path || within(dir, path) {
			_ = w.fs.Remove(dir) // the system may have done it
			delete(w.tree, dir)
		}
	}
}

// follow takes a scope: its directories are watched, those of the former are
// again what the rules make of them.
func (w *Watcher) follow(scope Scope) error {
	for dir := range w.tree {
		w.tree[dir] = false
	}
	w.named = map[string]bool{}
	for _, dir := range scope.Dirs {
		if err := w.add(dir, true); err != nil {
			return err
		}
	}
	for _, dir := range w.config.Extra {
		if !filepath.IsAbs(dir) {
			dir = filepath.Join(w.root, dir)
		}
		if err := w.addTree(filepath.Clean(dir), nil); err != nil {
			return err
		}
	}
	for _, file := range scope.Files {
		w.named[file] = true
		dir := filepath.Dir(file)
		if _, watched := w.tree[dir]; !watched {
			// Its directory is not ours: all else in it is left out again.
			if err := w.add(dir, false); err != nil {
				return err
			}
		}
	}
	w.scope = scope
	return nil
}

// reload reads the rules again after a .gitignore changed.
func (w *Watcher) reload() error {
	rules, err := newRules(w.root, w.config)
	if err != nil {
		return err
	}
	w.rules = rules
	return w.addTree(w.root, nil)
}

func isDir(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.IsDir()
}

// within reports whether path lies below dir.
func within(path, dir string) bool {
	return len(path) > len(dir) && path[:len(dir)] == dir && (os.IsPathSeparator(path[len(dir)]) || os.IsPathSeparator(dir[len(dir)-1]))
}

// advice tells what mends an error of the system, as the end of its sentence.
func advice(err error) string {
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return "; raise fs.inotify.max_user_watches (sysctl), or leave directories out with watch.exclude"
	case errors.Is(err, syscall.EMFILE):
		return "; raise fs.inotify.max_user_instances (sysctl) or the limit of open files (ulimit -n)"
	}
	return ""
}
