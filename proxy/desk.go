package proxy

import (
	"context"
	"strconv"
)

// situation is what the front door does with requests: it sends them to a
// version, or says what has failed, or, with neither, lets them wait. It is
// replaced, never changed.
type situation struct {
	version *version
	failure *Failure
	over    chan struct{} // closed when another situation has come
	mark    string        // another one for each version and each failure
}

// desk owns the situation and knows what is under way. All that others have of
// it are its channels.
type desk struct {
	prefix   string
	claims   chan *situation // a situation that is not one of waiting; a request to its version counts as under way
	looks    chan *situation // the situation, whatever it is
	released chan *version   // a request to it is over
	changes  chan change
	closed   chan struct{} // when the desk has gone
}

// change asks for another situation.
type change struct {
	to      situation
	retired chan<- (<-chan struct{}) // gets the channel that tells when the former version is idle
}

func newDesk(run string) *desk {
	return &desk{
		prefix:   run,
		claims:   make(chan *situation),
		looks:    make(chan *situation),
		released: make(chan *version),
		changes:  make(chan change),
		closed:   make(chan struct{}),
	}
}

// run works until the context has ended and nothing is under way.
func (d *desk) run(ctx context.Context) {
	defer close(d.closed)
	now, count, underWay := &situation{over: make(chan struct{}), mark: d.prefix}, 0, 0
	done := ctx.Done()
	for done != nil || underWay > 0 {
		// Waiting is to be offered nothing.
		var claims chan<- *situation
		if done != nil && (now.version != nil || now.failure != nil) {
			claims = d.claims
		}
		select {
		case claims <- now:
			if now.version != nil {
				now.version.underWay++
				underWay++
			}
		case v := <-d.released:
			v.underWay--
			underWay--
			v.restIfIdle()
		case d.looks <- now:
		case c := <-d.changes:
			idle := now.version.retire()
			next := c.to
			next.over, next.mark = make(chan struct{}), now.mark
			if next.version != nil || next.failure != nil {
				count++
				next.mark = d.prefix + "-" + strconv.Itoa(count)
			}
			close(now.over)
			now = &next
			c.retired <- idle
		case <-done:
			done = nil
		}
	}
	now.version.retire()
}

// change makes another situation. The channel is closed when nothing is under
// way to the version before.
func (d *desk) change(to situation) <-chan struct{} {
	retired := make(chan (<-chan struct{}), 1)
	select {
	case d.changes <- change{to, retired}:
		return <-retired
	case <-d.closed:
		return d.closed
	}
}

// claim waits for a situation that is not one of waiting. If it has a version,
// release must follow.
func (d *desk) claim(ctx context.Context) (*situation, error) {
	select {
	case s := <-d.claims:
		return s, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (d *desk) release(v *version) { d.released <- v }

// look tells the situation.
func (d *desk) look(ctx context.Context) (*situation, error) {
	select {
	case s := <-d.looks:
		return s, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// Switch makes the version of the app at the target the one that new and held
// requests go to. Empty means the target of the config. The channel is closed
// when nothing is under way to the version before.
//
// Switch, Hold and Fail may be called from any goroutine; they return when Run
// has taken them.
func (p *Proxy) Switch(to string) (idle <-chan struct{}, err error) {
	if to == "" {
		to = p.config.Target
	}
	t, err := parseTarget(to)
	if err != nil {
		return nil, err
	}
	return p.desk.change(situation{version: newVersion(t)}), nil
}

// Hold lets new requests wait until there is a version or a failure. The channel
// is closed when nothing is under way to the version before.
func (p *Proxy) Hold() (idle <-chan struct{}) { return p.desk.change(situation{}) }

// Fail answers new and held requests with what went wrong, until there is a
// version. The channel is closed when nothing is under way to the version before.
func (p *Proxy) Fail(f Failure) (idle <-chan struct{}) {
	return p.desk.change(situation{failure: &f})
}
