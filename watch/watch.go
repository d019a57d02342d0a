// Package watch turns disk noise into settled batches of changes.
//
// In go a root directory and a Scope; out come Batches of absolute paths. What
// always holds: a file that matters is seen, even if it is created together with its
// directory; a batch is reported when it opens, when it grows and when it has
// settled, in this order; files that do not matter never hold back a batch of ones
// that do.
//
//	events, polling ─▶ hub ─ hints ─▶ view: look, tree ─ suspects ─▶ settler ─▶ Batch
//
// A hint says where to look and no more. What is there is compared with the tree,
// which is what was known; what differs is a suspect. Only when a batch is about to
// be reported are the suspects examined, by their content: a change is what changed
// content or presence since the batch before. So a hint may be late, doubled, polled,
// or about an old name; and an overflow of the kernel's queue, another root in the old
// one's place and a directory moved into the tree are all the same: a new scan.
//
// To read it: settle.go (when changes are a batch), entry.go and tree.go (what is known),
// view.go, walk.go and root.go (how that is kept up with), links.go and sentinels.go
// (what else it depends on), rules.go, coverage.go and filter.go (what is left out),
// hub.go, marks.go and poll.go (where hints come from), report.go (what holds a batch
// back: git.go, cookie.go).
//
// # Batches
//
// A batch opens at the first change that matters, grows with each further one, and settles
// once watch.quiet has passed without another. What does not matter never delays what does.
// A batch stays open for 5 s at most, or a minute while git writes file after file.
//
// Events may be late. So before a batch settles we write a file of our own, the cookie: once
// its event has come, so have the events of everything before it.
//
// # Backends
//
// A directory is watched through fsnotify. It is polled where other machines change files,
// which the system does not report, and when the system allows no more watches. The system
// does not report the removal of a directory in which a process runs, and the app runs in
// the root: so the directory above the root is watched, too.
//
// # Tests
//
//	go test ./watch -run Torture -torture.n 10000 -torture.seed 7
//
// makes random changes under each backend, and compares the result with what was reported.
package watch

import (
	"context"
	"fmt"
	"hash/maphash"
	"io/fs"
	"sync"
	"time"

	"hotreload/internal/mailbox"
	"hotreload/watch/gitignore"
)

// Scope says what is watched besides the tree of the root, and what matters.
type Scope struct {
	Dirs    []string               // directories in which what matters is seen, even if they are ignored or outside the root
	Files   []string               // files that are seen wherever they are
	Own     []fs.FileInfo          // files that we write ourselves, such as a log: their changes are not reported
	Matters func(path string) bool // whether a change makes anything happen; called only by Run
	Built   func(path string) bool // whether the app is built from it, so that no rule leaves it out; called only by Run
	Holds   func(dir string) bool  // whether what the app is built from may appear in a directory, so that no rule leaves it out; may be nil
	Local   func(path string) bool // whether a file is seen though git ignores it; nil: none is; called only by Run
}

// Batch is a set of changes that belong together.
type Batch struct {
	Paths   []string  // absolute, sorted; those so far, until it has settled; empty if all it opened with is undone
	Settled bool      // no more will come
	First   time.Time // the first change, of those that matter if any does
	Back    bool      // it has settled, and before that the root was gone and came back, whether or not anything differs
}

// Info says what is watched.
type Info struct {
	Backend     string // "inotify", "kqueue", "windows", "poll", or "inotify+poll" and the like
	Dirs, Files int
}

// Watcher watches one tree. Only Follow may be called while Run runs.
type Watcher struct {
	root   string
	poll   pollMode
	note   func(text string)
	now    func() time.Time
	refuse func(dir string) error // see hub

	scopes chan Scope // holds the newest that Run has not taken yet
	hub    *hub
	cookie *cookie
	view   *view
	batch  *settler
	git    repository
}

// New returns a watcher of the tree at root, an absolute path. note takes lines for
// the user. trace, if it is not nil, is called for each path that is ignored, with
// the rule that says so.
func New(root string, c Config, note func(text string), trace func(path, why string)) (*Watcher, error) {
	rules, err := newRules(root, c, gitignore.ReadSettings)
	if err != nil {
		return nil, err
	}
	return newWatcher(rules, note, trace)
}

func newWatcher(rules *rules, note func(text string), trace func(path, why string)) (*Watcher, error) {
	root, c := rules.root, rules.config
	poll, err := parsePoll(c.Poll)
	if err != nil {
		return nil, fmt.Errorf("watch.poll: %w", err)
	}
	if trace == nil {
		trace = func(string, string) {}
	}
	known := tree{}
	batch := &settler{quiet: c.Quiet}
	view := &view{
		root: root, note: note, trace: trace,
		filter: &filter{rules: rules}, disk: &disk{root: root, tree: known, seed: maphash.MakeSeed(), now: time.Now},
		tree: known, links: newLinks(), sentinels: newSentinels(), suspects: batch,
	}
	batch.examine = view.examine
	return &Watcher{
		root: root, poll: poll, note: note, now: time.Now, scopes: make(chan Scope, 1),
		view: view, batch: batch, git: repository{root: root},
	}, nil
}

// Arm puts the whole tree under watch. Once it has returned no change is missed.
func (w *Watcher) Arm(scope Scope) (Info, error) {
	hub, err := newHub(w.poll, w.note, w.refuse)
	if err != nil {
		return Info{}, fmt.Errorf("watch %s: %w", w.root, err)
	}
	w.hub, w.view.hub, w.cookie = hub, hub, newCookie(hub.events, w.root)
	files, err := w.view.arm(scope)
	if err != nil {
		w.close()
		return Info{}, err
	}
	return Info{Backend: hub.backend(), Dirs: len(w.view.tree), Files: files}, nil
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
		case <-w.scopes: // not taken yet, and out of date
		default:
		}
	}
}

// Run reports batches until the context ends, and then closes the watch that Arm
// made. The error says which directory could not be watched.
func (w *Watcher) Run(ctx context.Context, batches chan<- Batch) error {
	ctx, cancel := context.WithCancel(ctx)
	reports, hashes := mailbox.New[Batch](), make(chan []hashed)
	var work sync.WaitGroup
	work.Go(w.hub.run)
	work.Go(func() { deliver(ctx, reports, batches) })
	defer func() {
		cancel()
		reports.Close()
		w.close()
		work.Wait()
	}()

	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		if at, ok := w.next(); ok {
			timer.Reset(time.Until(at))
		} else {
			timer.Stop()
		}
		if files := w.view.takeUnread(); len(files) > 0 {
			work.Go(func() { hashAll(ctx, files, w.view.disk.seed, hashes) })
		}
		select {
		case <-ctx.Done():
			return nil
		case scope := <-w.scopes:
			if err := w.view.follow(scope); err != nil {
				return err
			}
		case files := <-hashes:
			w.view.learn(files)
		case <-w.hub.hints.Ready():
		case <-timer.C:
		}
		due, err := w.follow(w.hub.hints.Take()) // what has happened may belong to the batch that is due
		if err != nil {
			return err
		}
		reports.Put(due...)
	}
}

// deliver passes reports on to whoever is slow to take them.
func deliver(ctx context.Context, reports *mailbox.Box[Batch], batches chan<- Batch) {
	for b := range reports.All() {
		select {
		case batches <- b:
		case <-ctx.Done():
			return
		}
	}
}

func (w *Watcher) close() {
	w.hub.close()
	w.cookie.close()
}
