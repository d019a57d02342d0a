package watch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	"github.com/fsnotify/fsnotify"
)

// inotify is whether the system's events are Linux's.
const inotify = runtime.GOOS == "linux" || runtime.GOOS == "android"

// hint says where to look. It may be out of date, or come to nothing.
type hint struct {
	path    string
	entry   bool // of the path itself, not of what it holds
	written bool // its content may be another under the same stamp
	missed  bool // everywhere: events were dropped
}

// identity names a directory whatever paths lead to it; zero: not known.
type identity struct{ device, inode uint64 }

func identityOf(info fs.FileInfo) identity {
	device, inode := identify(info)
	return identity{device, inode}
}

// hub gives hints of what happens in directories: from the system's events
// where they can be had, and by polling where they cannot.
type hub struct {
	events *fsnotify.Watcher // nil: none can be had
	poller *poller
	cookie *cookie // nil: there is none
	mode   pollMode
	note   func(string)

	spots  map[identity]*spot     // by what lies there
	named  map[string]*spot       // by each of its names
	paths  map[string]*spot       // by what the system tells of it under
	remote map[uint64]string      // device -> its file system, if that tells no events; or ""
	noted  map[string]bool        // reasons for polling that were told
	lost   []string               // directories of which something may have been missed
	refuse func(dir string) error // fails as the system would; nil but for tests
}

// spot is a directory that the system tells of. It does so once, however many
// paths lead there.
type spot struct {
	path  string   // that it is told under
	names []string // that it is watched under
	at    identity
}

// newHub makes a hub. It has to be closed.
func newHub(mode pollMode, note func(string), refuse func(dir string) error) (*hub, error) {
	h := &hub{
		mode: mode, note: note, refuse: refuse, poller: newPoller(mode.every),
		spots: map[identity]*spot{}, named: map[string]*spot{}, paths: map[string]*spot{}, remote: map[uint64]string{}, noted: map[string]bool{},
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
		h.tell("init", fmt.Sprintf("the system gives no file events (%v); looking every %v instead%s", err, mode.every, advice(err)))
	}
	return h, nil
}

// tell notes why something is polled, once.
func (h *hub) tell(key, text string) {
	if !h.noted[key] {
		h.noted[key] = true
		h.note(text)
	}
}

// add watches a directory; info is what os.Stat says of it.
func (h *hub) add(dir string, info fs.FileInfo) error {
	at := identityOf(info)
	if s := h.named[dir]; s != nil && s.at == at && at != (identity{}) {
		return nil
	} else if s != nil {
		h.remove(dir) // another one is in its place
	}
	if h.events == nil || h.isRemote(dir, at) {
		return h.poller.add(dir)
	}
	if s := h.spots[at]; s != nil && at != (identity{}) {
		s.names = append(s.names, dir)
		h.named[dir] = s
		return nil
	}
	err := h.tellOf(dir, at)
	if exhausted(err) && !h.mode.never {
		h.tell("limit", fmt.Sprintf("the system allows no more watches (%v); directories beyond the limit are looked at every %v%s", err, h.mode.every, advice(err)))
		return h.poller.add(dir)
	}
	return err
}

// tellOf has the system tell of a directory that it does not tell of yet.
func (h *hub) tellOf(dir string, at identity) error {
	path := dir
	if info, err := os.Lstat(dir); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		// Under the link's name its end would be kept from us: it is the end of
		// another directory's entry.
		if path, err = filepath.EvalSymlinks(dir); err != nil {
			return err
		}
	}
	if s := h.paths[path]; s != nil { // what lay there is elsewhere, or gone
		_ = h.events.Remove(path)
		h.abandon(s)
	}
	if err := h.register(path, at); err != nil {
		return err
	}
	s := &spot{path: path, names: []string{dir}, at: at}
	if at != (identity{}) {
		h.spots[at] = s
	}
	h.named[dir], h.paths[path] = s, s
	return nil
}

// errReplaced says that another directory took the place of one while it was
// put under watch.
var errReplaced = errors.New("it was replaced meanwhile")

func (h *hub) register(path string, at identity) error {
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

// isRemote reports whether a directory lies where other machines change files
// without our system's knowing.
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
		h.tell("remote", fmt.Sprintf("%s is on %s, which tells of no changes made elsewhere; looking every %v instead (watch.poll)", dir, name, h.mode.every))
	}
	return name != ""
}

// remove lets go of a directory.
func (h *hub) remove(dir string) {
	s := h.named[dir]
	if s == nil {
		h.poller.remove(dir)
		return
	}
	delete(h.named, dir)
	s.names = slices.DeleteFunc(s.names, func(name string) bool { return name == dir })
	if s.path == dir || len(s.names) == 0 {
		_ = h.events.Remove(s.path) // the system may have done it
		h.abandon(s)
	}
}

// abandon forgets a spot whose path is gone. Its names have to be watched anew.
func (h *hub) abandon(s *spot) {
	if h.spots[s.at] == s {
		delete(h.spots, s.at)
	}
	if h.paths[s.path] == s {
		delete(h.paths, s.path)
	}
	for _, name := range s.names {
		delete(h.named, name)
	}
	h.lost = append(h.lost, s.names...)
}

// takeLost returns the directories that have to be watched anew. moved: fsnotify
// may have let go of some by itself. It knows a directory by its inode: one that
// was found under its new name before the rename was reported is still the old
// one to it, and goes with that.
func (h *hub) takeLost(moved bool) []string {
	if moved && h.events != nil {
		watched := map[string]bool{}
		for _, dir := range h.events.WatchList() {
			watched[dir] = true
		}
		for path, s := range h.paths {
			if !watched[path] {
				h.abandon(s)
			}
		}
	}
	lost := h.lost
	h.lost = nil
	slices.Sort(lost)
	return slices.Compact(lost)
}

// names are the paths that a hint may be of: the system tells of a directory
// under one path, and of what lies in it too.
func (h *hub) names(path string) []string {
	names := []string{path}
	if s := h.paths[filepath.Dir(path)]; s != nil {
		for _, dir := range s.names {
			names = append(names, filepath.Join(dir, filepath.Base(path)))
		}
	}
	if s := h.paths[path]; s != nil {
		names = append(names, s.names...)
	}
	if len(names) == 1 {
		return names
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// keepsEnd reports whether the system keeps the end of a directory from us while
// a process works in it: only the one above tells.
func (h *hub) keepsEnd() bool {
	return h.events != nil && inotify
}

// backend names what is used.
func (h *hub) backend() string {
	system := runtime.GOOS
	switch runtime.GOOS {
	case "linux", "android":
		system = "inotify"
	case "darwin", "freebsd", "openbsd", "netbsd", "dragonfly":
		system = "kqueue"
	}
	switch polls := h.poller.any(); {
	case len(h.named) == 0:
		return "poll"
	case polls:
		return system + "+poll"
	}
	return system
}

// run passes hints on until the hub is closed, and then closes hints.
func (h *hub) run(hints chan<- []hint) {
	defer close(hints)
	var work sync.WaitGroup
	raw := make(chan []hint)
	work.Go(func() { h.poller.run(raw) })
	if h.events != nil {
		work.Go(func() { listen(h.events, raw) })
	}
	go func() {
		work.Wait()
		close(raw)
	}()
	// The queue is ours, not the kernel's, which is small and would overflow.
	var queue []hint
	for {
		var out chan<- []hint
		if len(queue) > 0 {
			out = hints
		}
		select {
		case more, ok := <-raw:
			if !ok {
				return
			}
			queue = append(queue, more...)
		case out <- queue:
			queue = nil
		}
	}
}

// close ends run.
func (h *hub) close() {
	h.poller.close()
	if h.events != nil {
		h.events.Close()
	}
	h.cookie.close()
}

// listen makes hints of the system's events, and does nothing else: a stat in
// it would let the kernel's queue overflow.
func listen(events *fsnotify.Watcher, hints chan<- []hint) {
	for {
		select {
		case ev, ok := <-events.Events:
			if !ok {
				return
			}
			if ev.Op != fsnotify.Chmod && ev.Name != "" {
				hints <- []hint{{path: ev.Name, entry: ev.Op != fsnotify.Write, written: true}}
			}
		case err, ok := <-events.Errors:
			if !ok {
				return
			}
			if errors.Is(err, fsnotify.ErrEventOverflow) {
				hints <- []hint{{missed: true}}
			}
		}
	}
}
