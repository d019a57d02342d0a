package appsock

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"hotreload/internal/appsock/wire"
)

// What an app finds in its environment.
const (
	SockEnv  = wire.SockEnv // the path of its desk
	FDsEnv   = wire.FDsEnv
	PIDEnv   = wire.PIDEnv
	NamesEnv = wire.NamesEnv
)

// replyTimeout bounds the wait for a word that an app says at once.
const replyTimeout = time.Second

// State is what an app keeps between versions.
type State = wire.State

// ErrNoDesk says that a process cannot be talked to.
var ErrNoDesk = errors.New("hotreload cannot talk to a process on this system")

// Desk is where one process of the app, and its children, talk to hotreload. A nil
// Desk is that of a process that cannot: it is told nothing and says nothing.
type Desk struct {
	Path     string
	listener *net.UnixListener
	sockets  *Sockets
	ctx      context.Context
	cancel   context.CancelFunc
	work     sync.WaitGroup

	asked chan *Asker
	ready chan struct{} // closed by the first word that the app can serve
	gave  chan struct{} // closed when it was passed a listener
	drain sync.Once
	shelf shelf
	tuner tuner

	getsOn atomic.Bool

	mu      sync.Mutex
	conns   map[net.Conn]bool
	lines   map[*line]bool
	given   map[Key]net.Addr // what the process was passed
	takers  map[Key]int      // which process, where it said so
	anyPort int              // listeners on any free port among them
	told    bool             // ready is closed
	keeps   bool
	drained Drained
}

// Asker is a process that waits to accept its first connection.
type Asker struct {
	Keeps bool // it has something to take over
	line  *line
}

// Open makes a desk at a path that nothing else uses.
func Open(path string, sockets *Sockets) (*Desk, error) {
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("open a socket for the app: %w", err)
	}
	d := &Desk{
		Path: path, listener: l, sockets: sockets,
		asked: make(chan *Asker), ready: make(chan struct{}), gave: make(chan struct{}),
		conns: map[net.Conn]bool{}, lines: map[*line]bool{}, given: map[Key]net.Addr{}, takers: map[Key]int{},
		shelf: newShelf(), tuner: newTuner(),
	}
	d.ctx, d.cancel = context.WithCancel(context.Background())
	d.work.Go(d.accept)
	return d, nil
}

// Close hangs up, and returns when nothing of the desk is left.
func (d *Desk) Close() {
	if d == nil {
		return
	}
	d.cancel()
	_ = d.listener.Close()
	d.mu.Lock()
	for c := range d.conns {
		_ = c.Close()
	}
	d.mu.Unlock()
	d.work.Wait()
}

// Done is closed when the desk is.
func (d *Desk) Done() <-chan struct{} { return d.ctx.Done() }

// Asked receives each process that wants to accept connections. It waits for Go.
func (d *Desk) Asked() <-chan *Asker { return d.asked }

// Ready is closed when the app says that it can serve.
func (d *Desk) Ready() <-chan struct{} {
	if d == nil {
		return nil
	}
	return d.ready
}

// Gave is closed when the process has been passed a listener.
func (d *Desk) Gave() <-chan struct{} { return d.gave }

// Attended reports whether the process listens to what it is told.
func (d *Desk) Attended() bool {
	if d == nil {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.lines) > 0
}

// Keeps reports whether the process has something to hand over.
func (d *Desk) Keeps() bool {
	if d == nil {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.keeps
}

// Given are the listeners that the process was passed, and where they listen.
func (d *Desk) Given() map[Key]net.Addr {
	if d == nil {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return maps.Clone(d.given)
}

// Go lets a process accept, with what the former one kept, and returns what became of that.
func (d *Desk) Go(ctx context.Context, a *Asker, state State) wire.Imported {
	if a.line.send(wire.Message{Go: &wire.Go{State: state}}) != nil {
		return wire.Imported{}
	}
	ctx, cancel := context.WithTimeout(ctx, replyTimeout)
	defer cancel()
	imported, _ := answer(ctx, a.line, a.line.imported)
	return imported
}

// GetsOn reports whether the process has said, since the last call, that requests under way
// get on.
func (d *Desk) GetsOn() bool { return d != nil && d.getsOn.Swap(false) }

// Drained is what a process does when it was asked to end.
type Drained struct {
	Serves bool    // it sees to its requests; otherwise it needs its stop signal
	serves []*line // who said so
	State  State
	Errors map[string]string // of values that could not be kept
}

// Limits are how long a process that was asked to end may take.
type Limits struct {
	Within time.Duration // while no request under way gets on
	AtMost time.Duration // in all
	Keep   time.Duration // until it hands over what it keeps; 0: nobody wants that
}

// Drain asks the process to end what it serves. Only the first call does; all return what
// came of it.
func (d *Desk) Drain(ctx context.Context, limits Limits) Drained {
	if d == nil {
		return Drained{}
	}
	d.drain.Do(func() {
		ctx, cancel := context.WithTimeout(ctx, replyTimeout+limits.Keep)
		defer cancel()
		all := Drained{State: State{}, Errors: map[string]string{}}
		var asked []*line
		for l := range d.everyLine() {
			order := wire.Drain{
				WithinMS: limits.Within.Milliseconds(), AtMostMS: limits.AtMost.Milliseconds(), KeepWithinMS: limits.Keep.Milliseconds(),
			}
			if l.send(wire.Message{Drain: &order}) == nil {
				asked = append(asked, l)
			}
		}
		for _, l := range asked {
			all.hear(ctx, l, limits.Keep > 0)
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		d.drained = all
	})
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.drained
}

// hear takes in what one line says of its end.
func (all *Drained) hear(ctx context.Context, l *line, keep bool) {
	draining, ok := answer(ctx, l, l.draining)
	if draining.Serves {
		all.Serves, all.serves = true, append(all.serves, l)
	}
	if !ok || !keep {
		return
	}
	kept, _ := answer(ctx, l, l.kept)
	maps.Copy(all.State, kept.State)
	maps.Copy(all.Errors, kept.Errors)
}

// AwaitDrained waits for the end of what the process serves, after Drain. It reports whether
// the process says so and needs its stop signal, for it does not end by itself.
func (d *Desk) AwaitDrained(ctx context.Context) (said bool) {
	if d == nil {
		return false
	}
	d.mu.Lock()
	serves := d.drained.serves
	d.mu.Unlock()
	for _, l := range serves {
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

func (d *Desk) everyLine() map[*line]bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return maps.Clone(d.lines)
}

func (d *Desk) accept() {
	for {
		conn, err := d.listener.AcceptUnix()
		if err != nil {
			return // closed
		}
		d.mu.Lock()
		if d.ctx.Err() != nil {
			conn.Close()
		}
		d.conns[conn] = true
		d.mu.Unlock()
		d.work.Go(func() {
			d.serve(conn)
			conn.Close()
			d.mu.Lock()
			delete(d.conns, conn)
			d.mu.Unlock()
		})
	}
}

// serve answers one connection.
func (d *Desk) serve(conn *net.UnixConn) {
	in := json.NewDecoder(conn)
	var first wire.Message
	switch err := in.Decode(&first); {
	case err != nil:
	case first.Listen != nil:
		d.pass(conn, *first.Listen)
	case first.Plugin != nil:
		d.show(conn, *first.Plugin)
	case first.Tuned != nil:
		d.recall(conn)
	case first.Attend != nil:
		d.attend(conn, first.Attend.PID, in)
	}
}

// pass sends the listener that somebody asks for.
func (d *Desk) pass(conn *net.UnixConn, want wire.Listen) {
	k := Key{Network: want.Network, Address: want.Address}
	if _, port, err := net.SplitHostPort(k.Address); err == nil && (port == "0" || port == "") {
		d.mu.Lock()
		k.Nth = d.anyPort
		d.anyPort++
		d.mu.Unlock()
	}
	fd, addr, err := d.take(k, want.PID)
	var answer wire.Answer
	if err != nil {
		answer.Error = err.Error()
	} else {
		defer CloseFD(fd)
	}
	line, failed := json.Marshal(wire.Message{Answer: &answer})
	if failed != nil {
		return
	}
	line = append(line, '\n')
	if err != nil {
		_, _ = conn.Write(line)
		return
	}
	// Before it has it: it may use it before we come to the next line here.
	d.Give(k, addr)
	_ = pass(conn, line, fd)
}

// take gets a listener for a process. One that does not know of us must not share what
// another listens on: without us the address would be in use.
func (d *Desk) take(k Key, pid int) (fd int, addr net.Addr, err error) {
	d.mu.Lock()
	taker := d.takers[k]
	for l := range d.lines {
		if pid != 0 && pid != taker && taker == l.pid {
			d.mu.Unlock()
			return -1, nil, fmt.Errorf("process %d listens on %s: %w", taker, k.Address, syscall.EADDRINUSE)
		}
	}
	d.mu.Unlock()
	fd, addr, err = d.sockets.Get(d.ctx, k)
	if err == nil && pid != 0 {
		d.mu.Lock()
		d.takers[k] = pid
		d.mu.Unlock()
	}
	return fd, addr, err
}

// Give notes that the process has a listener.
func (d *Desk) Give(k Key, at net.Addr) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.given) == 0 {
		close(d.gave)
	}
	d.given[k] = at
}

func (d *Desk) tellReady() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.told {
		d.told = true
		close(d.ready)
	}
}
