// Package watch turns disk noise into settled batches of changes.
//
// In go a root directory and a Scope; out come Batches of absolute paths. What
// always holds: a file that matters is seen, also when it is born together with
// its directory; a batch is reported when it opens, when it grows and when it
// has settled, in this order; files that do not matter never hold back a batch
// that has ones that do.
//
//	fsnotify ─▶ drain ─▶ Run: rules ─▶ settler ─▶ Batch
//
// The drain only drains: a stat or an Add in it would let the kernel's queue
// overflow (fsnotify/fsnotify#502).
package watch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Scope says what is watched besides the tree of the root, and what matters.
type Scope struct {
	Dirs    []string               // directories in which what matters is seen, ignored or outside the root as it may be
	Files   []string               // files that are seen wherever they lie
	Own     []fs.FileInfo          // files that we write ourselves, such as a log: no change of theirs is one
	Matters func(path string) bool // whether a change makes anything happen; called by Run alone
	Built   func(path string) bool // whether the app is built from it, so that no rule leaves it out; called by Run alone
}

// Batch is a set of changes that belong together.
type Batch struct {
	Paths   []string  // absolute, sorted; so far, until it has settled; none when all it opened with is gone again
	Settled bool      // no more will come
	First   time.Time // the first change, of those that matter if any does
}

// Info tells what is watched.
type Info struct {
	Backend     string // "inotify", "kqueue", "windows"
	Dirs, Files int
}

// Watcher watches one tree. Only Follow may be called while Run runs.
type Watcher struct {
	root   string
	config Config
	extra  []string // Config.Extra, absolute
	scope  Scope
	scopes chan Scope // holds the newest that Run has not seen yet
	trace  func(path, why string)

	fs    *fsnotify.Watcher
	rules *rules
	tree  map[string]*directory // what is watched
	named map[string]bool       // Scope.Files
	ways  map[string]bool       // Scope.Dirs, true, and the directories on the way to what is followed or named
	files int
	seen  settler
}

// New returns a watcher of the tree at root, an absolute path. trace, if it is
// not nil, is told of each path that is ignored and which rule says so.
func New(root string, c Config, trace func(path, why string)) (*Watcher, error) {
	rules, err := newRules(root, c)
	if err != nil {
		return nil, err
	}
	if trace == nil {
		trace = func(string, string) {}
	}
	w := &Watcher{
		root: root, config: c, scopes: make(chan Scope, 1), trace: trace,
		rules: rules, tree: map[string]*directory{}, seen: settler{quiet: c.Quiet},
	}
	w.extra = c.trees(root)[1:]
	return w, nil
}

// Arm puts the whole tree under watch. From its return on no change is missed.
func (w *Watcher) Arm(scope Scope) (Info, error) {
	fs, err := fsnotify.NewWatcher()
	if err != nil {
		return Info{}, fmt.Errorf("watch %s: %w%s", w.root, err, advice(err))
	}
	w.fs = fs
	w.aim(scope)
	if err := w.arm(); err != nil {
		fs.Close()
		return Info{}, err
	}
	return Info{Backend: backend(), Dirs: len(w.tree), Files: w.files}, nil
}

// Follow changes what is watched and what matters, from the next change on.
func (w *Watcher) Follow(scope Scope) {
	for {
		select {
		case w.scopes <- scope:
			return
		default:
		}
		select {
		case <-w.scopes: // not seen yet, and out of date
		default:
		}
	}
}

// Run reports batches until the context ends, and then closes the watch that
// Arm made. The error says which directory could not be watched.
func (w *Watcher) Run(ctx context.Context, batches chan<- Batch) error {
	events := make(chan []fsnotify.Event)
	overflow := make(chan struct{}, 1)
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		drain(w.fs, events, overflow)
	}()
	defer func() {
		w.fs.Close()
		for range events { // lets the drain come to its end
		}
		<-drained
	}()

	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	var waiting []Batch // for the session to take
	for {
		var out chan<- Batch
		var head Batch
		if len(waiting) > 0 {
			out, head = batches, waiting[0]
		}
		if at, ok := w.seen.next(); ok {
			timer.Reset(time.Until(at))
		} else {
			timer.Stop()
		}
		select {
		case <-ctx.Done():
			return nil
		case out <- head:
			waiting = waiting[1:]
		case scope := <-w.scopes:
			w.aim(scope)
			if err := w.reach(); err != nil {
				return err
			}
		case evs := <-events:
			if err := w.take(evs); err != nil {
				return err
			}
		case <-overflow:
			// The kernel dropped events: all may have changed, directories too.
			w.seen.add(time.Now(), w.root, true)
			if err := w.arm(); err != nil {
				return err
			}
		case <-timer.C:
		}
		for {
			batch, ok := w.seen.due(time.Now())
			if !ok {
				break
			}
			waiting = append(waiting, batch)
		}
	}
}

// drain passes on what the system reports, in order, and never waits for the
// receiver. It ends, and closes events, when the watch is closed.
func drain(fs *fsnotify.Watcher, events chan<- []fsnotify.Event, overflow chan<- struct{}) {
	defer close(events)
	var queue []fsnotify.Event
	for {
		var out chan<- []fsnotify.Event
		if len(queue) > 0 {
			out = events
		}
		select {
		case ev, ok := <-fs.Events:
			if !ok {
				return
			}
			queue = append(queue, ev)
		case err, ok := <-fs.Errors:
			if !ok {
				return
			}
			if errors.Is(err, fsnotify.ErrEventOverflow) {
				select {
				case overflow <- struct{}{}:
				default:
				}
			}
		case out <- queue:
			queue = nil
		}
	}
}

// take sorts events into changes.
func (w *Watcher) take(events []fsnotify.Event) error {
	var reload, moved bool
	for _, ev := range events {
		if ev.Op == fsnotify.Chmod {
			continue
		}
		reload = reload || w.rules.readFrom(ev.Name, ev.Op != fsnotify.Write)
		moved = moved || ev.Op.Has(fsnotify.Rename) && w.tree[ev.Name] != nil
		if err := w.look(ev.Name, ev.Op != fsnotify.Write); err != nil {
			return err
		}
	}
	if moved {
		if err := w.rearm(); err != nil {
			return err
		}
	}
	if reload {
		return w.reload()
	}
	return nil
}

// look compares what is at a path with what was the last time. An event says no
// more than where to look: what it tells of may have been overtaken, and the
// name it gives is an old one if a directory above was renamed meanwhile.
// entry: the event was of the path itself, not of what it holds.
func (w *Watcher) look(path string, entry bool) error {
	parent, name := w.tree[filepath.Dir(path)], filepath.Base(path)
	watched := w.tree[path] != nil
	was, wasDir := watched, watched
	if parent != nil && !watched {
		wasDir, was = parent.entries[name]
	}
	info, err := os.Lstat(path)
	is, isDir := err == nil, err == nil && info.IsDir()
	switch {
	case path != w.root:
	case !isDir:
		return fmt.Errorf("watch %s: the directory is gone; start again where it is now", w.root)
	case !entry: // the directory above is watched, too, and tells that something in this one has changed
		return nil
	default: // another one is in its place
		w.seen.add(time.Now(), w.root, true)
		return w.arm()
	}
	if parent != nil && is {
		parent.entries[name] = isDir
	} else if parent != nil {
		delete(parent.entries, name)
	}
	switch why := w.ignored(path, isDir || !is && wasDir); {
	case !is && !was: // it came and went, or its end is told twice
		return nil
	case why != "":
		w.forget(path)
		w.trace(path, why)
		return nil
	case !was:
		w.seen.bear(path)
	case !is || isDir != wasDir:
		w.forget(path)
		w.seen.bury(time.Now(), path, wasDir, w.scope.Matters(path))
	}
	if isDir && entry {
		// What was born in it before it is watched is a change too. If it is
		// watched already, that may be one whose place it took.
		return w.renew(path)
	}
	if is && !isDir {
		w.seen.add(time.Now(), path, w.scope.Matters(path))
	}
	return nil
}

const onlyNamed = "only named files of its directory are watched"

// ignored returns the rule by which a change of path is none, or "".
func (w *Watcher) ignored(path string, dir bool) string {
	return w.ignoredIn(w.tree[filepath.Dir(path)], path, dir)
}

func (w *Watcher) ignoredIn(parent *directory, path string, dir bool) string {
	if _, leads := w.ways[path]; leads || w.named[path] {
		return ""
	}
	if parent == nil || parent.only {
		return onlyNamed
	}
	if !dir && w.own(path) {
		return "hotreload itself writes it"
	}
	why := w.rules.ignores(path, dir)
	if why != "" && parent.all && !dir && !isTemporary(filepath.Base(path)) && (w.scope.Built(path) || w.rules.included(path)) {
		return ""
	}
	return why
}

// own reports whether a file is one that we write ourselves. To report it would
// be to write to it again, and so on for ever.
func (w *Watcher) own(path string) bool {
	if len(w.scope.Own) == 0 {
		return false
	}
	info, err := os.Lstat(path)
	return err == nil && slices.ContainsFunc(w.scope.Own, func(own fs.FileInfo) bool { return os.SameFile(own, info) })
}

func backend() string {
	switch runtime.GOOS {
	case "linux", "android":
		return "inotify"
	case "darwin", "freebsd", "openbsd", "netbsd", "dragonfly":
		return "kqueue"
	}
	return runtime.GOOS
}
