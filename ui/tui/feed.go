package tui

import (
	"bytes"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"hotreload/internal/mailbox"
	"hotreload/session"
	"hotreload/ui/display"
)

const (
	// frame is the least time between two looks into the mailbox. A person sees
	// no difference, and while an app prints without a pause, the processor has
	// time for other work and the screen for keys.
	frame = 40 * time.Millisecond
	// maxWaiting bounds the output that waits for a frame. No one can read more
	// than that in one frame.
	maxWaiting = 1 << 20
)

// item is what happened: an update or, if that is output, what the app printed.
type item struct {
	update session.Update
	output []byte // nil: the update is of another kind
	missed int    // instead of either: lines that were dropped
}

// itemOf makes an item of an update. False: there is nothing to show.
func itemOf(u session.Update) (item, bool) {
	out, ok := u.Event.Data.(session.AppOutput)
	return item{update: u, output: out.Bytes}, !ok || len(out.Bytes) > 0
}

// backlog counts what waits for a frame, to bound it.
type backlog struct {
	bytes int // of output
	first int // no output waits before this item
}

// add puts an item behind those that wait, and drops the oldest output if too much
// waits.
func (b *backlog) add(waiting []item, next item) []item {
	if len(waiting) == 0 {
		*b = backlog{}
	}
	waiting = append(waiting, next)
	b.bytes += len(next.output)
	for ; b.bytes > maxWaiting; b.first++ {
		b.drop(waiting, b.first)
	}
	return waiting
}

// drop replaces output with the count of its lines.
func (b *backlog) drop(waiting []item, i int) {
	if waiting[i].output == nil {
		return
	}
	b.bytes -= len(waiting[i].output)
	waiting[i] = item{missed: bytes.Count(waiting[i].output, []byte("\n"))}
	if i > 0 && waiting[i-1].missed > 0 { // few items remain of much output
		waiting[i].missed += waiting[i-1].missed
		waiting[i-1].missed = 0
	}
}

// collect moves updates into the box until they end, so that the session never
// waits for the screen. While the app has the terminal, it does wait for that.
func collect(updates <-chan session.Update, box *mailbox.Box[item], app *console) {
	defer box.Close()
	defer app.end()
	for u := range updates {
		app.take(u)
		if i, ok := itemOf(u); ok {
			box.Put(i)
		}
	}
}

// news is what happened since the last frame, ready to be shown.
type news []entry

// entry is an update, or lines of output.
type entry struct {
	update *session.Update
	lines  []string
	rest   string // the unfinished line after them
	missed int    // lines that were dropped before them
}

// over is the end of the updates.
type over struct{}

// reader makes news of items. Only one of its commands runs at a time.
type reader struct {
	box     *mailbox.Box[item]
	cleaner display.Cleaner
	last    time.Time
}

// next waits for the next frame's news. What comes after a silence is shown at
// once.
func (r *reader) next() tea.Msg {
	time.Sleep(time.Until(r.last.Add(frame)))
	_, ok := <-r.box.Ready()
	r.last = time.Now()
	if !ok {
		return over{}
	}
	return r.digest(r.box.Take())
}

// digest makes news of items.
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
