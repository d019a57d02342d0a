package proxy

import (
	"context"
	"strconv"
)

// situation is what the proxy does with requests: it sends them to a version, or
// says what failed, or, with neither, lets them wait. It is replaced as a whole and
// never changed.
type situation struct {
	version *version
	failure *Failure
	mark    string        // differs for each version and each failure
	over    chan struct{} // closed when another one has replaced it
}

// Leaving tells how far the previous version is with the requests that it was sent.
type Leaving struct {
	Answered <-chan struct{} // closed when only streams are under way to it: WebSockets and server-sent events
	Idle     <-chan struct{} // closed when nothing is under way to it

	progress *progress // nil: there was no previous version
}

// MadeProgress reports whether the requests under way, streams aside, have made progress
// since the last call.
func (l Leaving) MadeProgress() bool { return l.progress != nil && l.progress.moved() }

// Switch sends new and held requests to the version of the app at the target. An
// empty target is that of the config. The number of the version is what its pages remember.
//
// Switch, Hold and Fail may be called at any time, from any goroutine.
func (p *Proxy) Switch(to string, gen int) (Leaving, error) {
	if to == "" {
		to = p.config.Target
	}
	t, err := parseTarget(to)
	if err != nil {
		return Leaving{}, err
	}
	return p.change(situation{version: newVersion(t, gen), mark: p.newMark()}), nil
}

// Hold lets new requests wait for the next Switch or Fail.
func (p *Proxy) Hold() Leaving {
	return p.change(situation{mark: p.now.Load().mark})
}

// Fail answers new and held requests with the failure, until the next Switch or Hold.
func (p *Proxy) Fail(f Failure) Leaving {
	return p.change(situation{failure: &f, mark: p.newMark()})
}

// change replaces the situation.
func (p *Proxy) change(next situation) Leaving {
	next.over = make(chan struct{})
	before := p.now.Swap(&next)
	close(before.over)
	if before.version == nil {
		return Leaving{Answered: before.over, Idle: before.over}
	}
	return before.version.shut()
}

func (p *Proxy) newMark() string { return p.name + "-" + strconv.FormatInt(p.marks.Add(1), 10) }

// claim waits for a situation in which the request can be answered. If it has a
// version, the request counts as under way to it, and leave must follow.
func (p *Proxy) claim(ctx context.Context) (*situation, error) {
	for {
		s := p.now.Load()
		if s.failure != nil || s.version != nil && s.version.enter() {
			return s, nil
		}
		select {
		case <-s.over:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}
