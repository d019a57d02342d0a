package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"hotreload/internal/fleet"
)

// readAgain is how often an agent reads the desired state though nobody has told it to: a
// message that tells of a change may be lost.
const readAgain = 5 * time.Second

// Line is an agent's end of the bus.
type Line struct {
	address Address
	conn    *Conn
	desired chan fleet.Desired
	asked   chan struct{}
	notes   func(string)
	changes chan struct{} // the connection is up again
	hints   chan *nats.Msg
	seen    int64 // the serial of the newest state; an older one is not taken
	told    string
}

// OpenLine connects to the bus that an address names. It goes on to try if there is none yet.
// after is the serial of the newest state that the agent has acted on in its life.
func OpenLine(a Address, access Access, after int64, note func(string)) (*Line, error) {
	l := &Line{
		address: a, desired: make(chan fleet.Desired, 1), asked: make(chan struct{}, 1), notes: note,
		changes: make(chan struct{}, 1), hints: make(chan *nats.Msg, maxWaiting), seen: after,
	}
	var err error
	l.conn, err = Dial(a.Server, a.Project, access, func(up bool, err error) {
		if up {
			signal(l.changes)
		} else if err != nil {
			note("the connection to the bus is lost; the app goes on: " + err.Error())
		}
	})
	if err != nil {
		return nil, err
	}
	for _, subject := range []string{l.conn.told(), l.conn.ask()} {
		if _, err := l.conn.nats.ChanSubscribe(subject, l.hints); err != nil {
			l.conn.Close()
			return nil, err
		}
	}
	return l, nil
}

// signal leaves a token, unless one waits.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Desired are the states, the newest instead of those that were not received.
func (l *Line) Desired() <-chan fleet.Desired { return l.desired }

// Asked receives when a session wants to know how the agent is.
func (l *Line) Asked() <-chan struct{} { return l.asked }

// Connected reports whether the bus can be reached now.
func (l *Line) Connected() bool { return l.conn.nats.IsConnected() }

// Close disconnects. Run must have returned.
func (l *Line) Close() { l.conn.Close() }

// Run follows the desired state until the context ends.
func (l *Line) Run(ctx context.Context) {
	ticker := time.NewTicker(readAgain)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case m := <-l.hints:
			if m.Subject == l.conn.ask() {
				signal(l.asked)
				continue
			}
			l.take(m.Data)
		case <-l.changes:
			l.read(ctx)
			signal(l.asked)
		case <-ticker.C:
			l.read(ctx)
		}
	}
}

// read reads the state.
func (l *Line) read(ctx context.Context) {
	if !l.Connected() {
		return
	}
	s, err := l.conn.openStores(ctx)
	if err == nil {
		ctx, cancel := context.WithTimeout(ctx, askTimeout)
		defer cancel()
		var entry jetstream.KeyValueEntry
		if entry, err = s.states.Get(ctx, desiredKey); err == nil {
			l.take(entry.Value())
			return
		}
	}
	if !errors.Is(err, jetstream.ErrKeyNotFound) && !errors.Is(err, jetstream.ErrBucketNotFound) && ctx.Err() == nil {
		l.note("the desired state cannot be read: " + explain(err).Error())
	}
}

// take takes a state, if it can be trusted and is news.
func (l *Line) take(data []byte) {
	d, err := verify(l.address.Key, l.address.Project, data)
	if err != nil {
		l.note(err.Error())
		return
	}
	if d.Serial <= l.seen {
		return
	}
	if age := time.Since(d.Signed); l.seen == 0 && age > stale {
		l.note(fmt.Sprintf("the desired state on the bus was signed %v ago, and may not be the newest; this instance, which is new, waits for the session", age.Round(time.Hour)))
		return
	}
	l.seen = d.Serial
	select {
	case <-l.desired: // it was not received
	default:
	}
	l.desired <- d
}

// note tells the user, once in a row.
func (l *Line) note(text string) {
	if text != l.told {
		l.told = text
		l.notes(text)
	}
}

// Report tells sessions how the agent is.
func (l *Line) Report(s fleet.Status) {
	if text, err := json.Marshal(s); err == nil && l.Connected() {
		_ = l.conn.nats.Publish(l.conn.status(s.Name), text)
	}
}

// Print passes on a line of the app's. Without a connection it is lost.
func (l *Line) Print(p fleet.Printed) {
	if text, err := json.Marshal(p); err == nil && l.Connected() {
		_ = l.conn.nats.Publish(l.conn.printed(p.Name), text)
	}
}

// Publish tells all who listen on the bus what happens at an instance.
func (l *Line) Publish(name, kind string, line []byte) {
	if l.Connected() {
		_ = l.conn.nats.Publish(l.conn.instance(name, kind), line)
	}
}
