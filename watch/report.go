package watch

import (
	"slices"
	"time"
)

// follow looks where hints point, and returns the reports that are due. A batch that
// waited only for the cookie settles without what comes after it.
func (w *Watcher) follow(hints []hint) (reports []Batch, err error) {
	for {
		before, at := hints, slices.IndexFunc(hints, w.cookie.is)
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
		w.cookie.came()
		w.batch.hold(time.Time{})
		reports = append(reports, w.due()...)
	}
}

func (w *Watcher) take(hints []hint) error {
	began := w.now()
	if err := w.view.take(hints); err != nil {
		return err
	}
	if slices.ContainsFunc(hints, func(h hint) bool { return h.missed }) { // the cookie may have been dropped, too
		w.cookie.reached(began)
		w.batch.hold(time.Time{})
	}
	return nil
}

// next returns when due has something to do.
func (w *Watcher) next() (time.Time, bool) {
	if w.view.lost {
		return time.Time{}, false // what changed will be known when the root is back
	}
	return w.batch.next()
}

// due returns the reports that are due, in order.
func (w *Watcher) due() (reports []Batch) {
	for {
		now := w.now()
		at, ok := w.next()
		if !ok && w.view.back && !w.view.lost {
			w.view.back = false
			return append(reports, Batch{First: now, Settled: true, Back: true})
		}
		if !ok || now.Before(at) {
			return reports
		}
		if until := w.heldBack(now); !until.IsZero() {
			w.batch.hold(until)
			continue
		}
		if b, ok := w.batch.due(now); ok {
			if b.Settled {
				b.Back, w.view.back = w.view.back, false
			}
			reports = append(reports, b)
		}
	}
}

// heldBack returns until when the batch has to wait for git or for the cookie; the
// zero time if for neither.
func (w *Watcher) heldBack(now time.Time) time.Time {
	settled := !now.Before(w.batch.settles())
	if !w.batch.opened || settled {
		changes := w.batch.counts()
		changes.last = later(changes.last, w.batch.all.last)
		until, note := w.git.busy(now, changes)
		if note != "" {
			w.note(note)
		} else if !until.IsZero() {
			return until
		}
	}
	if settled {
		return w.cookie.awaited(now, w.batch.settles())
	}
	return time.Time{}
}
