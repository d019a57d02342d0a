// Package appsock is hotreload's end of the sockets on which the app's processes talk to
// it. Package hot has the other end, and wire what they say.
//
//	process ─▶ Desk: gives listeners and plugins, hears, orders ◀─ runner
//	              │
//	           Sockets: the addresses, bound once
//
// In go addresses, orders, and what the processes say; out come listeners, and the answers
// that the runner waits for.
//
// What always holds: an address that was bound stays bound until KeepOnly or Close,
// whatever process comes and goes, so no connection to it is refused. A descriptor is never
// switched to blocking mode, which would hang the processes that share it. The sockets lie
// in a directory that only the user can enter.
package appsock

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"hotreload/internal/appsock/wire"
)

// What an app finds in its environment.
const (
	SockEnv  = wire.SockEnv // the path of its desk
	FDsEnv   = wire.FDsEnv
	PIDEnv   = wire.PIDEnv
	NamesEnv = wire.NamesEnv
	PagesEnv = wire.PagesEnv
)

const (
	// replyTimeout bounds the wait for an answer that an app gives at once.
	replyTimeout = time.Second
	// lastWords bounds how long a desk that is closed still hears what a process has said.
	// One that has ended has hung up; only what is left of it could hold the line.
	lastWords = time.Second
)

// ErrNoDesk says that a process cannot be talked to.
var ErrNoDesk = errors.New("hotreload cannot talk to a process on this system")

// Desk is where one process of the app, and its children, talk to hotreload. A nil Desk is
// that of a process that cannot: it hears nothing and says nothing.
type Desk struct {
	Path     string
	listener *net.UnixListener
	ctx      context.Context
	cancel   context.CancelFunc
	work     sync.WaitGroup

	otherProtocols chan int // protocols that are not ours, of processes that attend

	lines  lines
	grants grants
	entry  entry
	exit   exit
	shelf  shelf
	tuner  tuner
}

// Open makes a desk at a path that nothing else uses.
func Open(path string, sockets *Sockets) (*Desk, error) {
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("open a socket for the app: %w", err)
	}
	d := &Desk{
		Path: path, listener: l, otherProtocols: make(chan int, 1), lines: newLines(),
		grants: newGrants(sockets), entry: newEntry(), exit: exit{ordered: make(chan struct{})}, shelf: newShelf(), tuner: newTuner(),
	}
	d.ctx, d.cancel = context.WithCancel(context.Background())
	d.work.Go(d.accept)
	return d, nil
}

// Close ends what waits for hotreload, hears what the processes have said before they ended,
// and returns when nothing of the desk is left.
func (d *Desk) Close() {
	if d == nil {
		return
	}
	d.cancel()
	_ = d.listener.Close()
	d.work.Wait()
}

// Done is closed when the desk is.
func (d *Desk) Done() <-chan struct{} { return d.ctx.Done() }

// Attended reports whether a process listens to orders.
func (d *Desk) Attended() bool { return d != nil && len(d.lines.all()) > 0 }

// Protocol is what hotreload itself speaks.
const Protocol = wire.Protocol

// OtherProtocols receives the protocol of a process that speaks another one than hotreload.
func (d *Desk) OtherProtocols() <-chan int { return d.otherProtocols }

func (d *Desk) accept() {
	for {
		conn, err := d.listener.AcceptUnix()
		if err != nil {
			return // closed
		}
		d.work.Go(func() {
			defer conn.Close()
			// The state that a process hands over may be there and not read yet.
			defer context.AfterFunc(d.ctx, func() { _ = conn.SetReadDeadline(time.Now().Add(lastWords)) })()
			d.serve(conn)
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
		if p := first.Attend.Protocol; p != Protocol {
			offer(d.otherProtocols, p)
		}
		d.attend(conn, first.Attend.PID, in)
	}
}
