package runner

import (
	"cmp"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"hotreload/internal/proxy"
)

// traffic is what clients send, if it goes through the proxy. Without a proxy its methods do
// nothing.
type traffic struct{ proxy *proxy.Proxy }

// Proxied is what is known of the app's versions: where they listen behind the proxy, and
// whether two can run at a time, behind it or not.
type Proxied struct {
	Target    string // as the config says; empty: the app is given a port as PORT
	Elsewhere string // as was found, whatever PORT says; empty: nowhere else
	Alone     bool   // two versions of the app cannot run side by side
}

func (t traffic) exists() bool { return t.proxy != nil }

// hold has requests wait.
func (t traffic) hold() proxy.Leaving {
	if t.proxy == nil {
		return proxy.Leaving{}
	}
	return t.proxy.Hold()
}

// fail answers requests with a page that says what has failed.
func (t traffic) fail(f proxy.Failure) proxy.Leaving {
	if t.proxy == nil {
		return proxy.Leaving{}
	}
	return t.proxy.Fail(f)
}

// hint explains the exit of an app that wanted the proxy's port.
func (t traffic) hint(e Exited) string {
	if t.proxy == nil || e.Hint == "" {
		return e.Hint
	}
	at, err := url.Parse(t.proxy.URL())
	if err != nil {
		return e.Hint
	}
	for line := range strings.Lines(e.LastWords) {
		if inUse.MatchString(line) && strconv.Itoa(portNear(line)) == at.Port() {
			return fmt.Sprintf("port %s is the proxy's (proxy.listen); have the app listen on the port that it is given as PORT, "+
				`or on another one that proxy.target names, for example target = "127.0.0.1:8081"`, at.Port())
		}
	}
	return e.Hint
}

// switchTo sends requests to a process that is ready.
func (s *succession) switchTo(i *instance, r Ready) proxy.Leaving {
	if !s.traffic.exists() {
		return proxy.Leaving{}
	}
	to := i.request.Proxied.Target
	if scheme, _, ok := strings.Cut(to, "://"); r.Instead != "" && ok {
		to = scheme + "://" + r.Instead
	} else if r.Instead != "" {
		to = r.Instead
	}
	to = cmp.Or(to, r.Address, net.JoinHostPort("127.0.0.1", strconv.Itoa(i.process.port)))
	under, err := s.traffic.proxy.Switch(to, i.request.Gen)
	if err != nil { // the config was checked, and the others are addresses
		return s.traffic.fail(proxy.Failure{What: "The app cannot be reached", Details: err.Error()})
	}
	return under
}

// showBroken shows that nothing can be run, unless something does or is about to.
func (s *succession) showBroken() {
	f := s.asked.broken
	s.asked.broken = nil
	if f != nil && s.asked.want == nil && !s.alive() {
		s.traffic.fail(*f)
	}
}

// showEnd has requests wait if something else is about to serve, or says why nothing does.
func (s *succession) showEnd(e Exited) {
	if s.next != nil || s.wants() || s.ctx.Err() != nil {
		s.traffic.hold()
	} else {
		s.traffic.fail(e.failure())
	}
}

// failure is what clients see of an app that has ended.
func (e Exited) failure() proxy.Failure {
	what := "The app exited with status " + strconv.Itoa(e.Code)
	switch {
	case e.Signal != "":
		what = "The app was killed by " + e.Signal
	case e.Code == 0:
		what = "The app has exited"
	}
	details := strings.TrimRight(e.LastWords, "\n")
	if e.Hint != "" {
		details = strings.TrimLeft(details+"\n\n"+e.Hint, "\n")
	}
	return proxy.Failure{What: what, Details: details}
}

// noPort is for an app that no request can be forwarded to.
var noPort = proxy.Failure{
	What:    "The app opens no port",
	Details: "It runs, but it was built without package net, so no request can be forwarded to it.",
}
