package session

import (
	"context"
	"sync"
	"time"

	"hotreload/build"
	"hotreload/internal/visible"
	"hotreload/watch"
)

// This file arms watchers, and lets the newest report to the loop.

// watcherEnds is how long the end of a session waits for its watchers. They start no
// processes, so one that is left ends with ours.
const watcherEnds = time.Second

// watching is the watcher that reports.
type watching struct {
	watcher Watcher
	stop    func()
	armings int              // of watchers; the last one counts
	batches chan watch.Batch // from the watcher; nil before it is armed
	work    sync.WaitGroup   // the goroutines that look at the tree
}

// armed hands over a watcher that misses nothing from now on, and the input that
// tells of it.
type armed struct {
	arming  int
	watcher Watcher
	then    input
}

// begin arms the watch and lists the package graph, side by side.
func (l *loop) begin(s State) {
	l.watching.armings++
	arming := l.watching.armings
	l.work.Go(func() {
		start := time.Now()
		var graph *build.Graph
		var listing sync.WaitGroup
		listing.Go(func() {
			// What is wrong the build will say; until it is fixed every Go file counts.
			graph, _ = l.options.Builder.Graph(l.ctx, s.config.Build, s.config.Package)
		})
		watcher, err := l.options.NewWatcher(Watched(s.config), l.note)
		listing.Wait()
		if err != nil {
			l.input(broken{err})
			return
		}
		s.listing.graph = graph
		l.watching.work.Go(func() {
			info, err := watcher.Arm(s.scope())
			if err != nil {
				l.input(broken{err})
				return
			}
			l.handOver(armed{arming, watcher, ready{watchReady(info, start), graph}})
		})
	})
}

// rewatch arms a watcher for a changed [watch] table. The former one reports
// until the new one is armed, so nothing is missed in between.
func (l *loop) rewatch(c watch.Config) {
	scope := l.state.scope()
	l.watching.armings++
	arming := l.watching.armings
	l.watching.work.Go(func() {
		start := time.Now()
		w, err := l.options.NewWatcher(c, l.note)
		if err != nil {
			l.note(visible.Text(err.Error(), ""))
			return
		}
		info, err := w.Arm(scope)
		if err != nil {
			l.note(visible.Text(err.Error(), ""))
			return
		}
		l.handOver(armed{arming, w, rewatched{watchReady(info, start)}})
	})
}

// handOver hands a watcher to the loop. One that comes too late it closes.
func (l *loop) handOver(a armed) {
	if !l.input(a) {
		_ = a.watcher.Run(l.ctx, nil)
	}
}

// watch lets an armed watcher report, in place of the one before, unless that
// is the newer one.
func (l *loop) watch(a armed) (newest bool) {
	ctx, cancel := context.WithCancel(l.ctx)
	// Each has a channel of its own: the former one, which may be waiting for the
	// loop to take a note, is not waited for, and is not heard any more.
	batches := make(chan watch.Batch)
	w := &l.watching
	if newest = a.arming == w.armings; !newest {
		cancel() // and Run closes it
	} else {
		if w.stop != nil {
			w.stop()
		}
		w.watcher, w.stop, w.batches = a.watcher, cancel, batches
	}
	l.watching.work.Go(func() {
		defer cancel()
		if err := a.watcher.Run(ctx, batches); err != nil {
			l.input(broken{err})
		}
	})
	return newest
}

// follow tells the watcher what is to be watched now.
func (w *watching) follow(s watch.Scope) {
	if w.watcher != nil {
		w.watcher.Follow(s)
	}
}

// leave waits for the watchers to end, but not for one that is in the middle of a tree that
// takes long to look at.
func (w *watching) leave() {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		w.work.Wait()
	}()
	select {
	case <-ended:
	case <-time.After(watcherEnds):
	}
}

func watchReady(info watch.Info, start time.Time) WatchReady {
	return WatchReady{Backend: info.Backend, Dirs: info.Dirs, Files: info.Files, MS: milliseconds(time.Since(start))}
}
