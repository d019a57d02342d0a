// Package watch turns disk noise into settled batches of changes.
//
// In go a root directory and a Scope; out come Batches of absolute paths. What
// always holds: a file that matters is seen, also when it is born together with
// its directory; a batch is reported when it opens, when it grows and when it
// has settled, in this order; files that do not matter never hold back a batch
// that has ones that do.
//
//	events, polling ─▶ hub ─hints─▶ Run: look ─▶ tree ─suspects─▶ settler ─▶ Batch
//
// A hint says where to look and no more. What is there is compared with the
// tree, which is what was known; what differs is a suspect. Only when a batch
// is to be reported are the suspects examined, by their content: a change is
// what changed content or presence since the batch before.
package watch

import (
	"context"
	"fmt"
	"hash/maphash"
	"io/fs"
	"slices"
	"sync"
	"time"
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
	Backend     string // "inotify", "kqueue", "windows", "poll", or "inotify+poll" and the like
	Dirs, Files int
}

// Watcher watches one tree. Only Follow may be called while Run runs.
type Watcher struct {
	root   string
	config Config
	extra  []string // Config.Extra, absolute
	poll   pollMode
	seed   maphash.Seed // of the prints
	scope  Scope
	scopes chan Scope // holds the newest that Run has not seen yet
	note   func(text string)
	trace  func(path, why string)
	now    func() time.Time
	refuse func(dir string) error // see hub

	hub        *hub
	rules      *rules
	tree       map[string]*directory // what is watched
	namedIn    map[string]bool       // the directories of files that are named, or were by the scope before
	named      map[string]bool       // Scope.Files
	ways       map[string]bool       // Scope.Dirs, true, and the directories on the way to what is followed or named
	links      map[string]bool       // the symbolic links in the tree
	linked     map[string][]string   // files, and the links that lead to them
	trails     map[string][]string   // by a path that the system looks at on the way to what links lead to, those
	torn       map[string]bool       // links that may have led elsewhere while what is behind them was read
	posts      map[string]bool       // directories outside that tell when to look again at links, true, or, false, for the root and what is awaited
	apart      []string              // what is watched and not in the root
	awaited    map[string]bool       // paths in posts at which what is apart comes and goes
	unread     []unread              // files to be read in the background
	armed      bool
	lost       bool // the root is gone
	shifted    bool // directories or links came or went
	seen       settler
	repository repository
}

// New returns a watcher of the tree at root, an absolute path. note takes lines
// for people. trace, if it is not nil, is told of each path that is ignored and
// which rule says so.
func New(root string, c Config, note func(text string), trace func(path, why string)) (*Watcher, error) {
	rules, err := newRules(root, c)
	if err != nil {
		return nil, err
	}
	poll, err := parsePoll(c.Poll)
	if err != nil {
		return nil, fmt.Errorf("watch.poll: %w", err)
	}
	if trace == nil {
		trace = func(string, string) {}
	}
	w := &Watcher{
		root: root, config: c, poll: poll, seed: maphash.MakeSeed(), scopes: make(chan Scope, 1),
		note: note, trace: trace, now: time.Now, rules: rules,
		tree: map[string]*directory{}, links: map[string]bool{}, torn: map[string]bool{}, repository: repository{root: root},
	}
	w.seen = settler{quiet: c.Quiet, examine: w.examine}
	w.extra = c.trees(root)[1:]
	return w, nil
}

// Arm puts the whole tree under watch. From its return on no change is missed.
func (w *Watcher) Arm(scope Scope) (Info, error) {
	hub, err := newHub(w.poll, w.note, w.refuse)
	if err != nil {
		return Info{}, fmt.Errorf("watch %s: %w", w.root, err)
	}
	hub.cookie = newCookie(hub.events, w.root)
	w.hub = hub
	info, err := w.armFirst(scope)
	if err != nil {
		hub.close()
		return Info{}, err
	}
	return info, nil
}

func (w *Watcher) armFirst(scope Scope) (Info, error) {
	w.aim(scope)
	files := 0
	err := w.addTree(w.root, func(_ string, e entry) {
		if !e.kind.isDir() {
			files++
		}
	})
	if err == nil {
		err = w.reach()
	}
	w.armed, w.shifted = true, false
	return Info{Backend: w.hub.backend(), Dirs: len(w.tree), Files: files}, err
}

// arm watches again all there is to watch, and suspects what is not as it was:
// events were lost, or another root is in its place.
func (w *Watcher) arm() error {
	w.rules.reread()
	w.aim(w.scope)
	tops := []string{w.root}
	for dir := range w.tree {
		if w.outside(dir) {
			tops = append(tops, dir)
		}
	}
	for _, dir := range append(tops, w.extra...) {
		if err := w.renew(dir); err != nil {
			return err
		}
	}
	return w.reach()
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
	ctx, cancel := context.WithCancel(ctx)
	var work sync.WaitGroup
	hints, prints := make(chan []hint), make(chan []printed)
	work.Go(func() { w.hub.run(hints) })
	defer func() {
		cancel()
		w.hub.close()
		for range hints { // lets the hub come to its end
		}
		work.Wait()
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
		if at, ok := w.next(); ok {
			timer.Reset(time.Until(at))
		} else {
			timer.Stop()
		}
		if files := w.unread; len(files) > 0 {
			w.unread = nil
			work.Go(func() { readAll(ctx, files, w.seed, prints) })
		}
		var found []hint
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
			if err := w.mend(false); err != nil {
				return err
			}
		case found = <-hints:
		case files := <-prints:
			w.learn(files)
		case <-timer.C:
			select { // what happened meanwhile may belong to the batch that is due
			case found = <-hints:
			default:
			}
		}
		reports, err := w.follow(found)
		if err != nil {
			return err
		}
		waiting = append(waiting, reports...)
	}
}

// follow goes after hints, and returns the reports that are due. A batch that
// waited for the cookie alone settles without what comes after it.
func (w *Watcher) follow(hints []hint) (reports []Batch, err error) {
	for {
		before, at := hints, slices.IndexFunc(hints, w.hub.cookie.is)
		if at >= 0 {
			before = hints[:at]
		}
		if err := w.take(before); err != nil {
			return nil, err
		}
		if at < 0 {
			return append(reports, w.due()...), nil
		}
		hints = hints[at+1:]
		w.hub.cookie.came()
		w.seen.hold(time.Time{})
		reports = append(reports, w.due()...)
	}
}

// overflow sees the tree anew when the kernel dropped events: all may have
// changed, directories too.
func (w *Watcher) overflow() error {
	began := w.now()
	if err := w.lookRoot(); err != nil {
		return err
	}
	if err := w.mend(true); err != nil {
		return err
	}
	w.hub.cookie.reached(began) // it may be among what was dropped
	w.seen.hold(time.Time{})
	return nil
}

// next is when due has something to do.
func (w *Watcher) next() (time.Time, bool) {
	if w.lost {
		return time.Time{}, false // until it is back, nobody knows what changed
	}
	return w.seen.next()
}

// due returns the reports that are due, in order.
func (w *Watcher) due() (batches []Batch) {
	for {
		now := w.now()
		if at, ok := w.next(); !ok || now.Before(at) {
			return batches
		}
		if !w.seen.opened || !now.Before(w.seen.settles()) {
			first, last := w.seen.since()
			if until, note := w.repository.busy(now, first, later(last, w.seen.last)); note != "" {
				w.note(note)
			} else if !until.IsZero() {
				w.seen.hold(until)
				continue
			}
		}
		if settles := w.seen.settles(); !now.Before(settles) {
			if until := w.hub.cookie.awaited(now, settles); !until.IsZero() {
				w.seen.hold(until)
				continue
			}
		}
		if b, ok := w.seen.due(now); ok {
			batches = append(batches, b)
		}
	}
}
