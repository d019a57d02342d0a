package appsock

import (
	"context"
	"encoding/json"
	"net"
	"sync"
	"time"

	"hotreload/internal/appsock/wire"
)

// line is a connection that stays open.
type line struct {
	conn     net.Conn
	pid      int
	gone     chan struct{} // closed when it is down
	drained  chan struct{} // closed when what it served has ended
	imported chan wire.Imported
	draining chan wire.Draining
	kept     chan wire.Kept
}

// answer waits for a word on a line. A process that is gone may have said it before.
func answer[T any](ctx context.Context, l *line, word <-chan T) (said T, ok bool) {
	select {
	case said = <-word:
		return said, true
	case <-ctx.Done():
		return said, false
	case <-l.gone:
	}
	select {
	case said = <-word:
		return said, true
	default:
		return said, false
	}
}

// attend hears what a process says, until it hangs up.
func (d *Desk) attend(conn net.Conn, pid int, in *json.Decoder) {
	l := &line{
		conn: conn, pid: pid, gone: make(chan struct{}), drained: make(chan struct{}),
		imported: make(chan wire.Imported, 1), draining: make(chan wire.Draining, 1), kept: make(chan wire.Kept, 1),
	}
	d.mu.Lock()
	d.lines[l] = true
	d.mu.Unlock()
	defer func() {
		close(l.gone)
		d.mu.Lock()
		delete(d.lines, l)
		d.mu.Unlock()
		d.shelf.drop(l)
		d.tuner.drop(l)
	}()
	drained := sync.OnceFunc(func() { close(l.drained) })
	for {
		var m wire.Message
		if in.Decode(&m) != nil {
			return
		}
		switch {
		case m.Ready != nil:
			d.tellReady()
		case m.Accept != nil:
			d.mu.Lock()
			d.keeps = d.keeps || m.Accept.Keeps
			d.mu.Unlock()
			select {
			case d.asked <- &Asker{Keeps: m.Accept.Keeps, line: l}:
			case <-d.ctx.Done():
				return
			}
		case m.Imported != nil:
			offer(l.imported, *m.Imported)
		case m.Draining != nil:
			offer(l.draining, *m.Draining)
		case m.GetsOn != nil:
			d.getsOn.Store(true)
		case m.Drained != nil:
			drained()
		case m.Kept != nil:
			offer(l.kept, *m.Kept)
		case m.Slot != nil:
			d.plugged(l, *m.Slot)
		case m.Loaded != nil:
			d.shelf.told(l, m.Loaded.Path, Outcome{Loaded: m.Loaded})
		case m.Rejected != nil:
			d.shelf.told(l, m.Rejected.Path, Outcome{Rejected: m.Rejected})
		case m.Tunables != nil:
			d.tuned(l, m.Tunables.List)
		case m.SetDone != nil:
			d.tuner.done(l, *m.SetDone)
		}
	}
}

// offer puts the first word of its kind; others were not asked for.
func offer[T any](to chan<- T, word T) {
	select {
	case to <- word:
	default:
	}
}

func (l *line) send(m wire.Message) error {
	_ = l.conn.SetWriteDeadline(time.Now().Add(replyTimeout))
	return json.NewEncoder(l.conn).Encode(m)
}
