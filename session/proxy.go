package session

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"

	"hotreload/internal/proxy"
	"hotreload/runner"
)

// This file has what the session knows about the proxy, and what the proxy shows.

// throughProxy is how a new version takes over behind the proxy.
func (s State) throughProxy() handover {
	h := handover{strategy: runner.Proxy, alone: true}
	const wait = "; requests wait at the proxy meanwhile"
	switch target := s.config.Proxy.Target; {
	case target != "":
		h.reason = "the app always listens on " + target + " (proxy.target)" + wait
	case s.service.elsewhere != "":
		h.reason = "the app listens on " + s.service.elsewhere + " whatever PORT says" + wait
	case s.service.alone != "":
		h.reason = s.service.alone + wait
	default:
		h.alone, h.reason = false, "each version gets a PORT of its own behind the proxy"
	}
	return h
}

// proxied is what the runner needs to know of where the app's versions listen.
func (s State) proxied(h handover) runner.Proxied {
	return runner.Proxied{Target: s.config.Proxy.Target, Elsewhere: s.service.elsewhere, Alone: h.alone}
}

// address is where clients reach the app: at the proxy if there is one.
func (s State) address(r runner.Ready) string {
	if u, err := url.Parse(s.ProxyURL); s.ProxyURL != "" && err == nil {
		return u.Host
	}
	return r.Address
}

// withOpenProxy is a changed config in which the proxy stays where it was opened.
func (t *step) withOpenProxy(c Config) Config {
	old := t.config.Proxy
	if c.Proxy.Target != old.Target {
		t.service.elsewhere, t.service.alone = "", ""
	}
	open := old
	open.Target, open.Overlay = c.Proxy.Target, c.Proxy.Overlay
	if c.Proxy != open {
		t.emit(t.Gen, Note{"changes to proxy.listen, browser, certificate and key take effect when hotreload is restarted"})
	}
	c.Proxy = open
	return c
}

// target is where the app itself listens, if clients reach it elsewhere.
func (s State) target(r runner.Ready) string {
	switch {
	case s.ProxyURL == "" || r.Via == "start":
		return ""
	case s.config.Proxy.Target != "":
		return cmp.Or(r.Instead, s.config.Proxy.Target)
	}
	return r.Address
}

// learnWhere notes where the app listens, if not on the port that it was given.
func (t *step) learnWhere(r runner.Ready) {
	if t.ProxyURL == "" || r.Via == "start" {
		return
	}
	if r.Via != "timeout" {
		t.listensByItself(!r.Shared)
	}
	target := t.config.Proxy.Target
	switch {
	case target != "" && r.Instead != "":
		t.emit(r.Gen, Note{fmt.Sprintf("the app listens on %s only, and not where proxy.target says, on %s: requests are sent there. Set target = %[1]q, or have the app listen on both", r.Instead, target)})
	case target != "" && r.Via == "timeout" && r.Address != "":
		t.emit(r.Gen, Note{fmt.Sprintf("the app listens on %s, and not where proxy.target says, on %s: set target = %[1]q, or have the app listen there", r.Address, target)})
	case target != "" || r.Via == "timeout":
	case r.Elsewhere && r.Address != t.service.elsewhere:
		t.service.elsewhere = r.Address
		t.emit(r.Gen, Note{fmt.Sprintf("the app listens on %s, and not on the port that it is given as PORT; requests are sent there. "+
			"Have it listen on PORT, so that two versions can run side by side, or say so in [proxy]: target = %[1]q", r.Address)})
		t.tellHandover()
	case !r.Elsewhere && t.service.elsewhere != "":
		t.service.elsewhere = ""
		t.tellHandover()
	}
}

// moved notes where clients find the app, if not where they were told.
func (t *step) moved(r runner.Moved) {
	if t.Serving.PID != r.PID || t.ProxyURL != "" {
		return
	}
	before := t.Serving.Address
	t.Serving.Address, t.Serving.Others = r.Address, r.Others
	t.emit(r.Gen, Note{fmt.Sprintf("v%d listens on %s, too, and answers HTTP there, not on %s", r.Gen, r.Address, before)})
}

// answersNoHTTP says so, and where the app listens besides.
func (t *step) answersNoHTTP(r runner.NotHTTP) {
	text := fmt.Sprintf("the app answers no HTTP on %s, where the proxy sends requests", r.Address)
	target := "127.0.0.1:8081"
	if len(r.Others) > 0 {
		target = r.Others[0]
		text += "; it also listens on " + strings.Join(r.Others, ", ")
	}
	if t.Serving.PID == r.PID {
		t.emit(r.Gen, Note{text + fmt.Sprintf(". Say where it serves HTTP in [proxy], such as target = %q", target)})
	}
}

// listensByItself notes whether the app opens its port without hot.Listen. Such an app
// gets a PORT like any other, even if it uses package hot for something else.
func (t *step) listensByItself(is bool) {
	if t.ProxyURL != "" && t.service.byItself != is {
		t.service.byItself = is
		t.tellHandover()
	}
}

// showFailure has the proxy show why nothing serves, if nothing does.
func (t *step) showFailure(what string, failed BuildError) {
	if t.ProxyURL == "" || t.Serving.PID != 0 || t.service.applying != nil {
		return
	}
	t.do(showBroken{proxy.Failure{What: what, Details: failed.Text}})
}
