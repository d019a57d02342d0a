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
	drained  Drained     // set by once
	progress atomic.Bool // requests have made progress since the last look
}

// Drained is what a process does when it is asked to end.
type Drained struct {
	Serves bool    // it finishes its requests; otherwise it needs its stop signal
	lines  []*line // on which it said so
	State  State
	Errors map[string]string // why values could not be kept
}

// Limits are how long a process that was asked to end may take.
type Limits struct {
	Within time.Duration // while no request makes progress
	AtMost time.Duration // in all
	Keep   time.Duration // until it hands over its state; 0: that is not wanted
}

// Drain asks the process to end what it serves. Only the first call does; all return what
// came of it.
func (d *Desk) Drain(ctx context.Context, limits Limits) Drained {
	if d == nil {
		return Drained{}
	}
	d.exit.once.Do(func() {
		ctx, cancel := context.WithTimeout(ctx, replyTimeout+limits.Keep)
		defer cancel()
		order := wire.Drain{
			WithinMS: limits.Within.Milliseconds(), AtMostMS: limits.AtMost.Milliseconds(), KeepWithinMS: limits.Keep.Milliseconds(),
		}
		var asked []*line
		for _, l := range d.lines.all() {
			if l.send(wire.Message{Drain: &order}) == nil {
				asked = append(asked, l)
			}
		}
		d.exit.drained = Drained{State: State{}, Errors: map[string]string{}}
		for _, l := range asked {
			d.exit.drained.hear(ctx, l, limits.Keep > 0)
		}
	})
	return d.exit.drained
}

// hear takes in what one line says of its end.
func (all *Drained) hear(ctx context.Context, l *line, keep bool) {
	draining, ok := answer(ctx, l, l.draining)
	if draining.Serves {
		all.Serves, all.lines = true, append(all.lines, l)
	}
	if !ok || !keep {
		return
	}
	kept, _ := answer(ctx, l, l.kept)
	maps.Copy(all.State, kept.State)
	maps.Copy(all.Errors, kept.Errors)
}

// AwaitDrained waits, after Drain, for the process to finish what it serves. It reports
// whether the process said so: then it needs its stop signal, because it does not end by itself.
func (d *Desk) AwaitDrained(ctx context.Context) (said bool) {
	if d == nil {
		return false
	}
	for _, l := range d.exit.drained.lines {
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
