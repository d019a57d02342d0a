package proxy

import (
	"context"
	"time"
)

const (
	// restFor is how long a connection to the app is kept for another request.
	// An app closes idle connections too; one that it closes just as a request
	// is on its way is a request lost, for it is not sent again. No server has
	// so short a patience, so the race does not arise. A new connection on the
	// same machine takes a tenth of a millisecond.
	restFor = 250 * time.Millisecond
	// restMost is how many connections rest at a time.
	restMost = 256
	// dialPatience bounds a connection attempt that nobody answers.
	dialPatience = 2 * time.Second
)

// connection carries requests to the app, one at a time and each once.
type connection interface {
	Close() error
	rested() bool   // whether it can be used after it has rested
	finished() bool // whether the request is over, and another can follow
}

// lane has connections of one kind to one version.
type lane struct {
	target  target
	dial    func(context.Context) (connection, error)
	resting chan *line
}

// line is a connection of a lane.
type line struct {
	connection
	lane *lane
	rest *time.Timer // ends it; nil until it has rested once
}

func newLane(t target, dial func(context.Context) (connection, error)) *lane {
	return &lane{target: t, dial: dial, resting: make(chan *line, restMost)}
}

// take returns a connection that rests, or a new one.
func (l *lane) take(ctx context.Context) (*line, error) {
	for {
		select {
		case c := <-l.resting:
			if c.rest.Stop() && c.rested() {
				return c, nil
			}
			c.Close()
		default:
			c, err := l.dial(ctx)
			if err != nil {
				return nil, err
			}
			return &line{connection: c, lane: l}, nil
		}
	}
}

// giveBack lets the connection rest if it can be used again.
func (c *line) giveBack() {
	if !c.finished() {
		c.Close()
		return
	}
	if c.rest == nil {
		c.rest = time.AfterFunc(restFor, func() { c.Close() })
	} else {
		c.rest.Reset(restFor)
	}
	select {
	case c.lane.resting <- c:
	default:
		c.rest.Stop()
		c.Close()
	}
}

// close ends the connections that rest. None comes any more.
func (l *lane) close() {
	for {
		select {
		case c := <-l.resting:
			c.rest.Stop()
			c.Close()
		default:
			return
		}
	}
}
