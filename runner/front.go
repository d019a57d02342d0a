package runner

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"hotreload/internal/proxy"
)

// This file holds what the Target has the front door do. Without one nothing of it is done.

// Front is what is known of an app for the sake of the front door.
type Front struct {
	Target    string // where it listens, as the config says; empty: it is given a port as PORT
	Elsewhere string // where it listens whatever PORT says, as was found; empty: as far as is known nowhere
	Alone     bool   // two versions of it cannot run side by side
}

// Broken says what there is to see in the app's place as long as nothing runs.
func (t *Target) Broken(f proxy.Failure) {
	t.mu.Lock()
	t.broken = &f
	t.mu.Unlock()
	t.poke()
}

// showBroken shows that nothing can be run, unless something does or shall.
func (t *Target) showBroken(f *proxy.Failure, want *Request) {
	if f != nil && t.Door != nil && want == nil && !t.alive() {
		t.Door.Fail(*f)
	}
}

// open sends requests to a process that is ready.
func (t *Target) open(i *instance, r Ready) proxy.Leaving {
	if t.Door == nil {
		return proxy.Leaving{}
	}
	to := cmp.Or(i.request.Front.Target, r.Address, net.JoinHostPort("127.0.0.1", strconv.Itoa(i.expects.port)))
	leaving, err := t.Door.Switch(to)
	if err != nil { // the config was checked, and the others are addresses
		return t.Door.Fail(proxy.Failure{What: "The app cannot be reached", Details: err.Error()})
	}
	return leaving
}

// hold has requests wait.
func (t *Target) hold() {
	if t.Door != nil {
		t.Door.Hold()
	}
}

// gone has requests wait if something else is about to serve, or says why nothing does.
func (t *Target) gone(ctx context.Context, e Exited) {
	switch {
	case t.Door == nil:
	case t.next != nil || t.wants() || ctx.Err() != nil:
		t.Door.Hold()
	default:
		t.Door.Fail(e.failure())
	}
}

// failure is what there is to see of an app that has ended.
func (e Exited) failure() proxy.Failure {
	what := "The app exited with status " + strconv.Itoa(e.Code)
	switch {
	case e.Signal != "":
		what = "The app was ended by " + e.Signal
	case e.Code == 0:
		what = "The app has ended"
	}
	details := strings.TrimRight(e.LastWords, "\n")
	if e.Hint != "" {
		details = strings.TrimLeft(details+"\n\n"+e.Hint, "\n")
	}
	return proxy.Failure{What: what, Details: details}
}

// noPort is for an app that nothing can be forwarded to.
var noPort = proxy.Failure{
	What:    "The app opens no port",
	Details: "It runs, and is built without package net, so no request can be passed on to it.",
}

// makeWay stops what serves so that another can be started in its place. Where there is a
// front door requests wait there, and those that are under way come to their end.
func (t *Target) makeWay() {
	i := t.child
	switch {
	case t.Door == nil || !i.up:
		i.stop()
		return
	case i.makesWay:
		return
	}
	i.makesWay = true
	leaving := t.Door.Hold()
	i.work.Go(func() {
		select {
		case <-leaving.Answered:
		case <-time.After(drainTimeout):
		case <-i.closing:
			return
		}
		i.stop()
	})
}

// frontHint explains the exit of an app that wanted the front door's port.
func (t *Target) frontHint(e Exited) string {
	if t.Door == nil || e.Hint == "" {
		return e.Hint
	}
	at, err := url.Parse(t.Door.URL())
	if err != nil {
		return e.Hint
	}
	for line := range strings.Lines(e.LastWords) {
		if inUse.MatchString(line) && strconv.Itoa(portNear(line)) == at.Port() {
			return fmt.Sprintf("port %s is the front door's (proxy.listen); have the app listen on the port that it is given as PORT, "+
				`or on another one that proxy.target names, for example target = "127.0.0.1:8081"`, at.Port())
		}
	}
	return e.Hint
}
