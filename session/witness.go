package session

import (
	"os"
	"time"

	"hotreload/runner"
	"hotreload/watch"
)

// This file finds out whether the app wrote a file. No system tells who did, but Linux
// counts what each process changes in files. While a file is suspected, the counts of the
// app's processes are looked at again and again: if one grew at the moment at which the
// file was written, it was the app. The loop is the witness's one owner.

// author is who wrote a file.
type author int

const (
	unknown     author = iota
	byTheApp           // one of its processes changed a file just then
	notByTheApp        // none did
)

const (
	glance   = 250 * time.Millisecond // between two looks, of some 0.1 ms; rarely does a user save just when the app writes
	coarse   = 10 * time.Millisecond  // the times of files are not finer than a tick of the kernel
	recall   = time.Minute            // changes are judged long before they are this old
	starting = 300 * time.Millisecond // how long before we hear of it a process may have started

	// An app that writes all the time, such as a log or a database, writes when a user saves,
	// too: then that it did proves nothing. It proves something if the app rarely writes, or
	// has written no more often than the file has changed.
	seldom = 8 // at most one part in so many of the time
	extra  = 1 // writes besides, since the file's last change
)

// witness watches the app's processes while a file is suspected.
type witness struct {
	ticker *time.Ticker // nil: nothing is suspected
	since  time.Time
	looked time.Time
	counts map[int]int64 // by process
	grew   []span        // when a count grew
	blind  []span        // when a process ended, after the last look at it
}

type span struct{ from, to time.Time }

func (s span) has(at time.Time) bool {
	return !at.Before(s.from.Add(-coarse)) && !at.After(s.to.Add(coarse))
}

func anyHas(spans []span, at time.Time) bool {
	for _, s := range spans {
		if s.has(at) {
			return true
		}
	}
	return false
}

// ticks says when to look again.
func (w *witness) ticks() <-chan time.Time {
	if w.ticker == nil {
		return nil
	}
	return w.ticker.C
}

// attend begins or ends to watch processes, as the state asks.
func (w *witness) attend(s State, now time.Time) {
	switch wanted := s.suspects(now); {
	case wanted && w.ticker == nil:
		*w = witness{ticker: time.NewTicker(glance), since: now, looked: now, counts: map[int]int64{}}
		for _, pid := range s.processes() {
			w.counts[pid], _ = runner.Written(pid)
		}
	case !wanted && w.ticker != nil:
		w.ticker.Stop()
		*w = witness{}
	case wanted:
		for _, pid := range s.processes() {
			if _, known := w.counts[pid]; known {
				continue
			}
			n, _ := runner.Written(pid)
			if n > 0 { // since it started, which may have been before the last look
				w.grew = append(w.grew, span{now.Add(-starting), now})
			}
			w.counts[pid] = n
		}
	}
}

// look compares the counts with those of the last look.
func (w *witness) look(now time.Time) {
	if w.ticker == nil {
		return
	}
	passed := span{w.looked, now}
	for pid, before := range w.counts {
		switch n, known := runner.Written(pid); {
		case !known:
			w.blind = append(w.blind, passed)
			delete(w.counts, pid)
		case n > before:
			w.grew = append(w.grew, passed)
			w.counts[pid] = n
		}
	}
	w.looked = now
	w.grew, w.blind = since(w.grew, now.Add(-recall)), since(w.blind, now.Add(-recall))
}

// since are the spans that end after a moment.
func since(spans []span, at time.Time) []span {
	for len(spans) > 0 && spans[0].to.Before(at) {
		spans = spans[1:]
	}
	return spans
}

// author judges who wrote a file, which changed before that at a given time, last.
func (w *witness) author(path string, before time.Time) author {
	info, err := os.Lstat(path)
	if err != nil || w.ticker == nil || !runner.CountsWrites(path) {
		return unknown
	}
	switch at := info.ModTime(); {
	case anyHas(w.grew, at) && w.writesAlways(at, before):
		return unknown
	case anyHas(w.grew, at):
		return byTheApp
	case at.Before(w.since.Add(coarse)) || anyHas(w.blind, at) || w.looked.Sub(at) > recall:
		return unknown
	}
	return notByTheApp
}

// writesAlways reports whether the app has written so much else that a write at one moment,
// at which a file changed, is no proof that it wrote the file.
func (w *witness) writesAlways(at, before time.Time) bool {
	n, wrote := 0, time.Duration(0)
	for _, s := range w.grew {
		if s.has(at) {
			continue
		}
		if s.from.After(before) && s.to.Before(at) {
			n++
		}
		wrote += s.to.Sub(s.from)
	}
	watched := min(w.looked.Sub(w.since), recall)
	return n > extra && wrote > watched/seldom
}

// flush brings a suspected file to the disk, so that it counts when it is written again.
func flush(path string) {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() {
		return
	}
	if f, err := os.Open(path); err == nil {
		_ = f.Sync() // a file that cannot be brought there may be noticed later
		_ = f.Close()
	}
}

// author says who wrote a file, if that is a question.
func (l *loop) author(path string) author {
	h := l.state.writes.habits[habitOf(path)]
	if h.n == 0 {
		return unknown
	}
	return l.witness.author(path, h.last)
}

// flush brings what is suspected to the disk: what was changed before then counts when it is
// written again. A checkout is not suspected.
func (l *loop) flush(b watch.Batch) {
	if !b.Settled || len(b.Paths) > checkoutSize {
		return
	}
	for _, path := range b.Paths {
		if l.state.writes.habits[habitOf(path)].n > 0 {
			l.work.Go(func() { flush(path) })
		}
	}
}
