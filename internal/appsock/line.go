package appsock

import (
	"context"
	"encoding/json"
	"maps"
	"net"
	"slices"
	"sync"
	"time"

	"hotreload/internal/appsock/wire"
)

// lines are the connections that stay open: one for each process that listens to orders.
type lines struct {
	mu    sync.Mutex
	open  map[*line]bool
	added chan struct{} // closed when there is one more
}

func newLines() lines { return lines{open: map[*line]bool{}, added: make(chan struct{})} }

// await waits for the line of a process, which it opens before it asks for anything: what
// it has said on two connections may be read in either order.
func (s *lines) await(ctx context.Context, pid int) {
	for {
		s.mu.Lock()
		added := s.added
		s.mu.Unlock()
		if slices.ContainsFunc(s.all(), func(l *line) bool { return l.pid == pid }) {
			return
		}
		select {
		case <-added:
		case <-ctx.Done():
			return
		}
	}
}

func (s *lines) all() []*line {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Keys(s.open))
}

func (s *lines) add(l *line) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open[l] = true
	close(s.added)
	s.added = make(chan struct{})
}

func (s *lines) remove(l *line) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, l)
}

// line is a connection that stays open.
type line struct {
	conn     net.Conn
	pid      int
	gone     chan struct{} // closed when the process has hung up
	drained  chan struct{} // closed when what it served has ended
	imported chan wire.Imported
	draining chan wire.Draining
	kept     handover
}

// handover is the state that a process hands over. All who want it get it.
type handover struct {
	state wire.Kept
	come  chan struct{} // closed when it is there
}

// took notes it. attend alone calls it.
func (h *handover) took(k wire.Kept) {
	select {
	case <-h.come: // it was not asked for
	default:
		h.state = k
		close(h.come)
	}
}

// await returns it, or nothing when the context ends or the process has hung up without it.
func (h *handover) await(ctx context.Context, gone <-chan struct{}) wire.Kept {
	select {
	case <-h.come:
	case <-ctx.Done():
	case <-gone: // it may have come before
	}
	select {
	case <-h.come:
		return h.state
	default:
		return wire.Kept{}
	}
}

func newLine(conn net.Conn, pid int) *line {
	return &line{
		conn: conn, pid: pid, gone: make(chan struct{}), drained: make(chan struct{}),
		imported: make(chan wire.Imported, 1), draining: make(chan wire.Draining, 1),
		kept: handover{come: make(chan struct{})},
	}
}

func (l *line) send(m wire.Message) error {
	_ = l.conn.SetWriteDeadline(time.Now().Add(replyTimeout))
	return json.NewEncoder(l.conn).Encode(m)
}

// answer waits for an answer on a line. A process that has hung up may have given it before.
func answer[T any](ctx context.Context, l *line, from <-chan T) (said T, ok bool) {
	select {
	case said = <-from:
		return said, true
	case <-ctx.Done():
		return said, false
	case <-l.gone:
	}
	select {
	case said = <-from:
		return said, true
	default:
		return said, false
	}
}

// offer passes on the first answer of its kind; others were not asked for.
func offer[T any](to chan<- T, said T) {
	select {
	case to <- said:
	default:
	}
}

// attend hears what a process says, until it hangs up.
func (d *Desk) attend(conn net.Conn, pid int, in *json.Decoder) {
	l := newLine(conn, pid)
	d.lines.add(l)
	defer func() {
		close(l.gone)
		d.lines.remove(l)
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
			d.entry.told()
		case m.Accept != nil:
			if m.Accept.Keeps {
				d.entry.keeps.Store(true)
			}
			select {
			case d.entry.asked <- &Asker{Keeps: m.Accept.Keeps, line: l}:
			case <-d.ctx.Done(): // it has ended, and may have said more
			}
		case m.Imported != nil:
			offer(l.imported, *m.Imported)
		case m.Draining != nil:
			offer(l.draining, *m.Draining)
		case m.Progress != nil:
			d.exit.progress.Store(true)
		case m.Drained != nil:
			drained()
		case m.Kept != nil:
			l.kept.took(*m.Kept)
		case m.Slot != nil:
			d.plugged(l, *m.Slot)
		case m.Loaded != nil:
			d.shelf.answered(l, m.Loaded.Path, Outcome{Loaded: m.Loaded})
		case m.Rejected != nil:
			d.shelf.answered(l, m.Rejected.Path, Outcome{Rejected: m.Rejected})
		case m.Tunables != nil:
			d.tuned(l, m.Tunables.List)
		case m.SetDone != nil:
			d.tuner.answered(l, *m.SetDone)
		}
	}
}
