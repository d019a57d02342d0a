package appsock

import (
	"context"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"hotreload/internal/appsock/wire"
)

// State is what an app keeps between versions.
type State = wire.State

// entry is what the processes say as they come into service.
type entry struct {
	asked chan *Asker
	ready chan struct{} // closed by the first Ready
	told  func()        // closes it
	keeps atomic.Bool   // one of them keeps state
}

func newEntry() entry {
	ready := make(chan struct{})
	return entry{asked: make(chan *Asker), ready: ready, told: sync.OnceFunc(func() { close(ready) })}
}

// Asker is a process that waits to accept its first connection.
type Asker struct {
	Keeps bool // it can take over state
	line  *line
}

// Asked receives each process that wants to accept connections. The process waits for Go.
func (d *Desk) Asked() <-chan *Asker { return d.entry.asked }

// Go lets a process accept, with what the previous one kept. It returns what became of that.
func (d *Desk) Go(ctx context.Context, a *Asker, state State) wire.Imported {
	if a.line.send(wire.Message{Go: &wire.Go{State: state}}) != nil {
		return wire.Imported{}
	}
	ctx, cancel := context.WithTimeout(ctx, replyTimeout)
	defer cancel()
	imported, _ := answer(ctx, a.line, a.line.imported)
	return imported
}

// Ready is closed when the app says that it can serve.
func (d *Desk) Ready() <-chan struct{} {
	if d == nil {
		return nil
	}
	return d.entry.ready
}

// Keeps reports whether the process has state to hand over.
func (d *Desk) Keeps() bool { return d != nil && d.entry.keeps.Load() }

// exit is what the processes say as they leave.
type exit struct {
	once     sync.Once
	ordered  chan struct{} // closed by once
	serves   []*line       // processes that finish their requests; set by once
	asked    []*line       // all that were asked to end; set by once
	patience time.Time     // until when they may hand over their state; set by once
	progress atomic.Bool   // requests have made progress since the last look
}

// Limits are how long a process that was asked to end may take.
type Limits struct {
	Within time.Duration // while no request makes progress
	AtMost time.Duration // in all
	// Until it hands over its state:
	Requests time.Duration // while requests are in progress
	Keep     time.Duration // while only streams are
}

// Drain asks the process to end what it serves, and to hand over its state. Only the first
// call does, and its context bounds no other. It reports whether the process finishes its
// requests; otherwise it needs its stop signal.
func (d *Desk) Drain(limits Limits) (serves bool) {
	if d == nil {
		return false
	}
	d.exit.once.Do(func() {
		defer close(d.exit.ordered)
		ctx, cancel := context.WithTimeout(context.Background(), replyTimeout)
		defer cancel()
		d.exit.patience = time.Now().Add(max(limits.Keep, limits.Requests) + replyTimeout)
		order := wire.Drain{
			WithinMS: limits.Within.Milliseconds(), AtMostMS: limits.AtMost.Milliseconds(),
			KeepWithinMS: limits.Keep.Milliseconds(), KeepRequestsWithinMS: limits.Requests.Milliseconds(),
		}
		for _, l := range d.lines.all() {
			if l.send(wire.Message{Drain: &order}) == nil {
				d.exit.asked = append(d.exit.asked, l)
			}
		}
		for _, l := range d.exit.asked {
			if draining, _ := answer(ctx, l, l.draining); draining.Serves {
				d.exit.serves = append(d.exit.serves, l)
			}
		}
	})
	return len(d.exit.serves) > 0
}

// Kept is what a process hands over after Drain.
type Kept struct {
	State  State             // nil: it has none to hand over, because it has ended or has not taken over any
	Errors map[string]string // why values could not be kept
	Busy   bool              // requests were in progress still, and may have changed more
}

// Kept waits for what the process hands over. Without an order to end that is nothing.
func (d *Desk) Kept(ctx context.Context) Kept {
	if d == nil {
		return Kept{}
	}
	select {
	case <-d.exit.ordered:
	default:
		return Kept{}
	}
	ctx, cancel := context.WithDeadline(ctx, d.exit.patience)
	defer cancel()
	var all Kept
	for _, l := range d.exit.asked {
		kept := l.kept.await(ctx, l.gone)
		if kept.State != nil && all.State == nil {
			all.State = State{}
		}
		maps.Copy(all.State, kept.State)
		if len(kept.Errors) > 0 && all.Errors == nil {
			all.Errors = map[string]string{}
		}
		maps.Copy(all.Errors, kept.Errors)
		all.Busy = all.Busy || kept.Busy
	}
	return all
}

// AwaitDrained waits, after Drain, for the process to finish what it serves. It reports
// whether the process said so: then it needs its stop signal, because it does not end by itself.
func (d *Desk) AwaitDrained(ctx context.Context) (said bool) {
	if d == nil {
		return false
	}
	for _, l := range d.exit.serves {
		select {
		case <-l.drained:
			said = true
		case <-l.gone:
		case <-ctx.Done():
			return false
		}
	}
	return said
}

// MadeProgress reports whether the process has said, since the last call, that its requests
// make progress.
func (d *Desk) MadeProgress() bool { return d != nil && d.exit.progress.Swap(false) }
