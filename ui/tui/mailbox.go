package tui

import (
	"bytes"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"hotreload/session"
	"hotreload/ui/display"
)

const (
	// frame is the least time between two looks into the mailbox. A person sees
	// no difference, and an app that prints without a pause leaves the machine to
	// itself and to the keys.
	frame = 40 * time.Millisecond
	// maxWaiting bounds the output that waits for a frame. An app that prints more
	// than that in one would push it off the buffer's end before it could be read.
	maxWaiting = 1 << 20
)

// item is what happened: an update or, when that is output, what it printed.
type item struct {
	update session.Update
	output []byte // nil: the update is of another kind
	missed int    // instead of either: lines that came too fast
}

// collect takes updates as they come, so that nobody waits for the screen, and
// hands over what there is when it is asked. It closes frames when updates are.
func collect(updates <-chan session.Update, frames chan<- []item) {
	defer close(frames)
	var waiting queue
	for updates != nil || len(waiting.items) > 0 {
		var to chan<- []item
		if len(waiting.items) > 0 {
			to = frames
		}
		select {
		case u, ok := <-updates:
			if !ok {
				updates = nil
				continue
			}
			waiting.add(u)
		case to <- waiting.items:
			waiting = queue{}
		}
	}
}

// queue is what waits for a frame.
type queue struct {
	items []item
	held  int // bytes of output
	first int // no output waits before this item
}

func (q *queue) add(u session.Update) {
	out, ok := u.Event.Data.(session.AppOutput)
	switch {
	case !ok:
		q.items = append(q.items, item{update: u})
		return
	case len(out.Bytes) == 0:
		return
	}
	q.items = append(q.items, item{update: u, output: out.Bytes})
	q.held += len(out.Bytes)
	for ; q.held > maxWaiting; q.first++ {
		q.miss(q.first)
	}
}

// miss gives up the oldest output, and counts its lines.
func (q *queue) miss(i int) {
	lost := q.items[i]
	if lost.output == nil {
		return
	}
	q.held -= len(lost.output)
	q.items[i] = item{missed: bytes.Count(lost.output, []byte("\n"))}
	if i > 0 && q.items[i-1].missed > 0 { // so that few items are left of much
		q.items[i].missed += q.items[i-1].missed
		q.items[i-1].missed = 0
	}
}

// news is a frame's worth of what happened, ready to be shown.
type news []entry

// entry is an update, or lines of output.
type entry struct {
	update *session.Update
	lines  []string
	rest   string // the line after them that has no end yet
	missed int    // lines that came too fast before them
}

// over is the end of the updates.
type over struct{}

// reader makes news of frames. Only one of its commands is under way at a time.
type reader struct {
	frames  <-chan []item
	cleaner display.Cleaner
	last    time.Time
}

// next waits for the next frame.
func (r *reader) next() tea.Msg {
	// A first thing after a silence is shown at once.
	time.Sleep(time.Until(r.last.Add(frame)))
	items, ok := <-r.frames
	r.last = time.Now()
	if !ok {
		return over{}
	}
	return r.digest(items)
}

// digest makes news of a frame.
func (r *reader) digest(items []item) news {
	var all news
	for _, i := range items {
		switch {
		case i.missed > 0:
			r.cleaner.End()
			all = append(all, entry{missed: i.missed})
		case i.output != nil:
			lines := r.cleaner.Write(i.output)
			all = append(all, entry{lines: lines, rest: r.cleaner.Rest()})
		case i.update.Event.Data != nil:
			switch i.update.Event.Data.(type) {
			case session.AppStart, session.AppExit:
				if line, ok := r.cleaner.End(); ok {
					all = append(all, entry{lines: []string{line}})
				}
			}
			all = append(all, entry{update: &i.update})
		}
	}
	return all
}
