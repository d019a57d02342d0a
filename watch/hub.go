package watch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/fsnotify/fsnotify"

	"hotreload/internal/mailbox"
)

// inotify is whether the system's events are Linux's.
const inotify = runtime.GOOS == "linux" || runtime.GOOS == "android"

// hint says where to look. It may be out of date, or have no effect.
type hint struct {
	path    string
	entry   bool // about the path itself, not what is in it
	written bool // the content may have changed under the same stamp
	mode    bool // only what is said about the path, such as who may read it, has changed
	missed  bool // everywhere: events were dropped
}

// hub gives hints of what happens in directories: from the system's events where
// there are any, and by polling elsewhere.
type hub struct {
	hints  *mailbox.Box[hint] // unbounded, because the kernel's own queue is small and overflows
	events *fsnotify.Watcher  // nil: there are none
	poller *poller
	marks  marks // what events come from; the rest is polled

	mode   pollMode
	remote map[uint64]string // device -> its file system, if that reports no events; or ""
	note   func(string)
	noted  map[string]bool        // reasons for polling that were told
	refuse func(dir string) error // fails as the system would; nil but in tests
}

// newHub makes a hub, which has to be closed.
func newHub(mode pollMode, note func(string), refuse func(dir string) error) (*hub, error) {
	h := &hub{
		hints: mailbox.New[hint](), mode: mode, note: note, refuse: refuse, poller: newPoller(mode.every),
		marks: newMarks(), remote: map[uint64]string{}, noted: map[string]bool{},
	}
	if mode.always {
		return h, nil
	}
	events, err := fsnotify.NewWatcher()
	switch {
	case err == nil:
		h.events = events
	case mode.never:
		return nil, fmt.Errorf("%w%s", err, advice(err))
	default:
		h.tell("init", fmt.Sprintf("no file events from the system (%v); polling every %v instead%s", err, mode.every, advice(err)))
	}
	return h, nil
}

// tell notes why something is polled, once.
func (h *hub) tell(reason, text string) {
	if !h.noted[reason] {
		h.noted[reason] = true
		h.note(text)
	}
}

// add watches a directory; info is what os.Stat says about it.
func (h *hub) add(dir string, info fs.FileInfo) error {
	at := identityOf(info)
	if m := h.marks.byName[dir]; m != nil && m.at.is(at) {
		return nil
	} else if m != nil {
		h.remove(dir) // another directory is in its place
	}
	if h.events == nil || h.isRemote(dir, at) {
		return h.poller.add(dir)
	}
	if m := h.marks.byIdentity[at]; m != nil && at.known() {
		h.marks.addName(m, dir)
		return nil
	}
	err := h.mark(dir, at)
	if exhausted(err) && !h.mode.never {
		h.tell("limit", fmt.Sprintf("the system allows no more watches (%v); polling directories beyond the limit every %v%s", err, h.mode.every, advice(err)))
		return h.poller.add(dir)
	}
	return err
}

// mark has the system report on a directory.
func (h *hub) mark(dir string, at identity) error {
	path := dir
	if info, err := os.Lstat(dir); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		// Under the link's name we would not learn of the directory's end: that is
		// the end of another directory's entry.
		if path, err = filepath.EvalSymlinks(dir); err != nil {
			return err
		}
	}
	if m := h.marks.byPath[path]; m != nil { // what was there is elsewhere, or gone
		_ = h.events.Remove(path)
		h.marks.abandon(m)
	}
	if err := h.addEvents(path, at); err != nil {
		return err
	}
	h.marks.add(&mark{path: path, names: []string{dir}, at: at})
	return nil
}

// errReplaced says that another directory took the place of one while that was put
// under watch.
var errReplaced = errors.New("another directory took its place")

func (h *hub) addEvents(path string, at identity) error {
	if h.refuse != nil {
		if err := h.refuse(path); err != nil {
			return err
		}
	}
	if err := h.events.Add(path); err != nil {
		return err
	}
	if info, err := os.Stat(path); err != nil || identityOf(info) != at {
		_ = h.events.Remove(path)
		return errReplaced
	}
	return nil
}

// isRemote reports whether other machines change files in a directory, which our
// system does not report.
func (h *hub) isRemote(dir string, at identity) bool {
	if h.mode.never {
		return false
	}
	name, known := h.remote[at.device]
	if !known {
		name = remoteFS(dir)
		h.remote[at.device] = name
	}
	if name != "" {
		h.tell("remote", fmt.Sprintf("%s is on %s, which does not report changes made elsewhere; polling every %v instead (watch.poll)", dir, name, h.mode.every))
	}
	return name != ""
}

// remove stops watching a directory.
func (h *hub) remove(dir string) {
	if h.marks.byName[dir] == nil {
		h.poller.remove(dir)
		return
	}
	if m, over := h.marks.removeName(dir); over {
		_ = h.events.Remove(m.path) // the system may have done it
		h.marks.abandon(m)
	}
}

// takeLost returns the directories that have to be watched again. moved: fsnotify
// may have let go of some by itself. It knows a directory by its inode: one that was
// found under its new name before the rename was reported is still the old one to
// it, and goes with that.
func (h *hub) takeLost(moved bool) []string {
	if moved && h.events != nil {
		watched := map[string]bool{}
		for _, dir := range h.events.WatchList() {
			watched[dir] = true
		}
		for path, m := range h.marks.byPath {
			if !watched[path] {
				h.marks.abandon(m)
			}
		}
	}
	return h.marks.takeLost()
}

// names returns the paths that a hint may be about.
func (h *hub) names(path string) []string { return h.marks.namesOf(path) }

// isMarked reports whether the system reports on a directory under a path.
func (h *hub) isMarked(path string) bool { return h.marks.byPath[path] != nil }

// hidesRemoval reports whether the system does not report the end of a directory
// while a process works in it: only the directory above does.
func (h *hub) hidesRemoval() bool { return h.events != nil && inotify }

// backend names what is used.
func (h *hub) backend() string {
	system := runtime.GOOS
	switch runtime.GOOS {
	case "linux", "android":
		system = "inotify"
	case "darwin", "freebsd", "openbsd", "netbsd", "dragonfly":
		system = "kqueue"
	}
	switch {
	case len(h.marks.byName) == 0:
		return "poll"
	case h.poller.any():
		return system + "+poll"
	}
	return system
}

// run collects hints until the hub is closed.
func (h *hub) run() {
	var work sync.WaitGroup
	work.Go(func() { h.poller.run(h.hints) })
	if h.events != nil {
		work.Go(func() { listen(h.events, h.hints) })
	}
	work.Wait()
}

// close ends run.
func (h *hub) close() {
	h.poller.close()
	if h.events != nil {
		h.events.Close()
	}
}

// listen makes hints of the system's events, and does nothing else: with a stat here
// the kernel's queue would overflow.
func listen(events *fsnotify.Watcher, hints *mailbox.Box[hint]) {
	for {
		select {
		case ev, ok := <-events.Events:
			if !ok {
				return
			}
			switch {
			case ev.Name == "":
			case ev.Op == fsnotify.Chmod:
				hints.Put(hint{path: ev.Name, mode: true})
			default:
				hints.Put(hint{path: ev.Name, entry: ev.Op != fsnotify.Write, written: true})
			}
		case err, ok := <-events.Errors:
			if !ok {
				return
			}
			if errors.Is(err, fsnotify.ErrEventOverflow) {
				hints.Put(hint{missed: true})
			}
		}
	}
}
