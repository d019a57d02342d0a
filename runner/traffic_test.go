//go:build unix

package runner

import (
	"context"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"hotreload/internal/proxy"
)

// proxyStage is a target behind a proxy.
type proxyStage struct {
	*stage
	address string // of the proxy
	target  string // where apps listen that have a port of their own
}

func newProxyStage(t *testing.T) *proxyStage {
	t.Helper()
	p, err := proxy.New(proxy.Config{Listen: "127.0.0.1:0"}, nil)
	if err == nil {
		err = p.Listen()
	}
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	s := newSwapStageWith(t, p)
	address, _ := reserve(t)
	return &proxyStage{s, strings.TrimPrefix(p.URL(), "http://"), address}
}

// both runs a test with an app that uses PORT, and with one that has a port of its own.
func both(t *testing.T, test func(t *testing.T, s *proxyStage, version func(gen int, name string) Request)) {
	for name, own := range map[string]bool{"PORT": false, "its own port": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newProxyStage(t)
			test(t, s, func(gen int, name string) Request {
				if own {
					return s.own(gen, "at its own", name)
				}
				return s.behind(gen, "at PORT", name)
			})
		})
	}
}

// behind requests an app that is given a port.
func (s *proxyStage) behind(gen int, app, name string) Request {
	r := swapped(s.t, gen, app, s.target, name)
	r.Strategy = Proxy
	return r
}

// own requests an app that listens at the target.
func (s *proxyStage) own(gen int, app, name string) Request {
	r := s.behind(gen, app, name)
	r.Proxied = Proxied{Target: s.target, Alone: true}
	return r
}

// serves runs a first version until it serves.
func (s *proxyStage) serves(r Request) Ready {
	s.t.Helper()
	s.run(r)
	ready := next[Ready](s.stage)
	if ready.Via != "port" || ready.Swap != nil || ready.Elsewhere {
		s.t.Errorf("%+v, want the first version at its port", ready)
	}
	s.answers(r.Config.Args[1])
	return ready
}

func (s *proxyStage) answers(want string) {
	s.t.Helper()
	if got := ask(s.t, s.address, "/"); got != want {
		s.t.Errorf("the proxy answers %q, want %q", got, want)
	}
}

// later asks at once, and returns where the answer will be.
func (s *proxyStage) later(path string) <-chan string {
	answer := make(chan string, 1)
	go func() { answer <- ask(s.t, s.address, path) }()
	return answer
}

// replaced waits until a version has taken over and the one before it has ended.
func (s *proxyStage) replaced(gen int) {
	s.t.Helper()
	var started, ready, exited bool
	for !started || !ready || !exited {
		switch e := (<-s.events).(type) {
		case Started:
			started = e.Gen == gen
		case Ready:
			ready = e.Gen == gen && e.Swap != nil && e.Swap.Strategy == Proxy
			if !ready {
				s.t.Fatalf("%+v, want that version %d took over", e, gen)
			}
		case Exited:
			exited = e.Gen == gen-1 && e.Expected
			if !exited {
				s.t.Fatalf("%+v, want the end of version %d, as asked", e, gen-1)
			}
		}
	}
}

// A request is answered by the version that it was sent to, and a later one by the new
// version, even if the app ends at once when it is asked to.
func TestProxySwap(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, s *proxyStage, version func(int, string) Request) {
		s.serves(version(1, "one"))
		slow := s.later("/slow")
		s.printed(1, "slow")
		s.stage.target.Apply(version(2, "two"))
		if !version(2, "").Proxied.Alone {
			s.printed(2, "up")
		}
		s.write("now")
		if got := <-slow; got != "one" {
			t.Errorf("the slow answer is %q, want one", got)
		}
		s.replaced(2)
		s.answers("two")
		s.endProbation(2)
	})
}

// A version that crashes at once or never gets ready leaves the one before in place, and no
// request is refused.
func TestProxySwapThatFails(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, s *proxyStage, version func(int, string) Request) {
		s.serves(version(1, "one"))
		for gen, app := range []string{2: "crashes plain", 3: "block"} {
			if app == "" {
				continue
			}
			r := version(gen, app)
			r.Config.Env["RUNNER_TEST_APP"] = app
			if app == "block" {
				r.Config.ReadyTimeout = time.Second
			}
			s.stage.target.Apply(r)
			e := s.nextBut(func(e Event) bool { e2, ok := e.(Exited); return ok && e2.Gen == gen }).(Exited)
			if e.Expected || e.LastWords == "" || e.Rollback != r.Proxied.Alone {
				t.Errorf("%+v, want the crash of version %d", e, gen)
			}
			if late := "it was not ready within 1s and was killed (runner.ready_timeout)"; app == "block" && e.Hint != late {
				t.Errorf("the hint is %q, want %q", e.Hint, late)
			}
			if r.Proxied.Alone {
				if e := next[RolledBack](s.stage); e.Gen != gen || e.To != 1 || e.Strategy != Proxy {
					t.Errorf("%+v, want version 1 again", e)
				}
				s.answers("one") // it waits until that serves
				next[Started](s.stage)
				if e := next[Ready](s.stage); e.Gen != 1 || e.Swap != nil {
					t.Errorf("%+v, want version 1 ready", e)
				}
			}
			s.answers("one")
		}
	})
}

// A crash right after a takeover brings back the previous version, for which new requests wait.
func TestProxyRollBack(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, s *proxyStage, version func(int, string) Request) {
		s.serves(version(1, "one"))
		s.stage.target.Apply(version(2, "two"))
		s.replaced(2)
		s.answers("two")
		if got := ask(t, s.address, "/crash"); !strings.Contains(got, "The app did not answer") {
			t.Errorf("the answer of an app that crashes is %q", got)
		}
		if e := next[Exited](s.stage); e.Gen != 2 || e.Expected || e.Code != 2 || !e.Rollback {
			t.Errorf("%+v, want the crash of version 2", e)
		}
		s.answers("one")
		if e := next[RolledBack](s.stage); e.Gen != 2 || e.To != 1 || e.Reason != "it exited with status 2" || e.Strategy != Proxy {
			t.Errorf("%+v, want version 1 again", e)
		}
		next[Started](s.stage)
		next[Ready](s.stage)
	})
}

// A handler that never ends neither holds up a request for ever nor keeps the old version alive.
func TestProxyHandlerThatNeverEnds(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, s *proxyStage, version func(int, string) Request) {
		s.shorten(func(p *patience) { p.drain = 200 * time.Millisecond })
		s.serves(version(1, "one"))
		response, err := http.Get("http://" + s.address + "/hang")
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		s.stage.target.Apply(version(2, "two"))
		s.answersIn("two")
		s.replaced(2)
		if _, err := io.ReadAll(response.Body); err == nil {
			t.Error("the answer that was cut looks like a whole one")
		}
	})
}

// answersIn waits for another version's answer.
func (s *proxyStage) answersIn(want string) {
	s.t.Helper()
	for got := ""; got != want; got = ask(s.t, s.address, "/") {
	}
}

// An app that ignores PORT is served all the same, one version after the other.
func TestIgnoresPORT(t *testing.T) {
	t.Parallel()
	s := newProxyStage(t)
	s.shorten(func(p *patience) { p.otherPort = time.Millisecond })
	s.run(s.behind(1, "at its own", "one"))
	if e := next[Ready](s.stage); !e.Elsewhere || e.Address != s.target {
		t.Errorf("%+v, want it at %s", e, s.target)
	}
	s.answers("one")
	r := s.behind(2, "at its own", "two")
	r.Proxied = Proxied{Elsewhere: s.target, Alone: true}
	s.stage.target.Apply(r)
	if e := next[Exited](s.stage); e.Gen != 1 || !e.Expected {
		t.Errorf("%+v, want the end of version 1, as asked", e)
	}
	next[Started](s.stage)
	if e := next[Ready](s.stage); !e.Elsewhere || e.Swap == nil {
		t.Errorf("%+v, want that version 2 took over", e)
	}
	s.answers("two")
}

// An app that opens a second port cannot run beside the version before it, so it is started
// after that.
func TestSecondPort(t *testing.T) {
	t.Parallel()
	s := newProxyStage(t)
	s.serves(s.behind(1, "at both", "one"))
	s.run(s.behind(2, "at both", "two"))
	if e := next[Exited](s.stage); e.Gen != 2 || !e.Again || !strings.HasSuffix(e.Hint, "which the previous version uses; it is started again when that has stopped") {
		t.Errorf("%+v, want that version 2 is started again", e)
	}
	s.replaced(2)
	s.answers("two")
}

// The proxy shows the last words of an app that has ended, and why nothing can be built.
func TestFailurePages(t *testing.T) {
	t.Parallel()
	s := newProxyStage(t)
	s.stage.target.Broken(proxy.Failure{What: "The build failed", Details: "main.go:1:1: oops"})
	if got := ask(t, s.address, "/"); got != "hotreload: The build failed\nmain.go:1:1: oops\n" {
		t.Errorf("the page of a failed build is %q", got)
	}
	s.stage.target.Apply(s.behind(1, "crashes plain", "one"))
	s.nextBut(func(e Event) bool { _, ok := e.(Exited); return ok })
	if got := ask(t, s.address, "/"); got != "hotreload: The app exited with status 7\nI crash\n" {
		t.Errorf("the page of an app that crashed is %q", got)
	}
	s.stage.target.Apply(s.behind(2, "at PORT", "two"))
	s.answersIn("two")
}

// An app that wants the proxy's port is told what to do.
func TestPortOfTheProxy(t *testing.T) {
	t.Parallel()
	s := newProxyStage(t)
	r := s.behind(1, "at its own", "one")
	r.Config.Args[0] = s.address
	s.run(r)
	if e := next[Exited](s.stage); !strings.Contains(e.Hint, "is the proxy's (proxy.listen); have the app listen on the port that it is given as PORT") {
		t.Errorf("the hint is %q", e.Hint)
	}
}

// The health check goes to the new version, whatever address it names.
func TestReadyByHTTPBehindTheProxy(t *testing.T) {
	t.Parallel()
	s := newProxyStage(t)
	for gen, name := range []string{1: "one", 2: "two"} {
		if name == "" {
			continue
		}
		r := s.behind(gen, "at PORT", name)
		r.Config.Ready = "http://" + s.address + "/healthz"
		s.run(r)
		if e := next[Ready](s.stage); e.Via != "http" || e.Elsewhere {
			t.Errorf("%+v, want it ready via http", e)
		}
		s.answers(name)
	}
	next[Exited](s.stage)
}

// State is carried over behind the proxy, too.
func TestKeepBehindTheProxy(t *testing.T) {
	t.Parallel()
	s := newProxyStage(t)
	s.run(s.behind(1, "hot at PORT", "one"))
	next[Ready](s.stage)
	ask(t, s.address, "/count")
	s.run(s.behind(2, "hot at PORT", "two"))
	ready := next[Ready](s.stage)
	if ready.Swap == nil || !slices.Equal(ready.Swap.Names, []string{"count"}) {
		t.Errorf("%+v, want that version 2 took over with the count", ready)
	}
	if got := ask(t, s.address, "/count"); got != "2" {
		t.Errorf("the count is %s, want 2", got)
	}
	next[Exited](s.stage)
}

// What listens at proxy.target need not be a process of the app: it may be a container.
func TestTargetThatIsAContainer(t *testing.T) {
	t.Parallel()
	s := newProxyStage(t)
	l, err := net.Listen("tcp", s.target)
	if err != nil {
		t.Fatal(err)
	}
	container := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "container") })}
	ended := make(chan error, 1)
	go func() { ended <- container.Serve(l) }()
	t.Cleanup(func() {
		container.Close()
		<-ended
	})
	s.shorten(func(p *patience) { p.otherPort = time.Millisecond })
	s.run(s.own(1, "no port", ""))
	if ready := next[Ready](s.stage); ready.Via != "port" || ready.Address != s.target {
		t.Errorf("%+v, want that it is ready at %s", ready, s.target)
	}
	s.answers("container")
	s.stage.target.Apply(s.own(2, "no port", ""))
	s.replaced(2)
	s.answers("container")
}

// Of several ports the one that speaks HTTP is where requests go, and all are named.
func TestSeveralPortsBehindTheProxy(t *testing.T) {
	t.Parallel()
	s := newProxyStage(t)
	s.shorten(func(p *patience) { p.otherPort = time.Millisecond })
	s.run(s.behind(1, "tcp and http", "one"))
	ready := next[Ready](s.stage)
	if at := s.printed(1, "HTTP at"); !ready.Elsewhere || !strings.Contains(at, ready.Address) || len(ready.Others) != 1 {
		t.Errorf("%+v, want one other port, and %s", ready, at)
	}
	s.answers("one")
}

// That the app answers no HTTP is said before the first request.
func TestNoHTTPBehindTheProxy(t *testing.T) {
	t.Parallel()
	s := newProxyStage(t)
	s.run(s.behind(1, "tcp at PORT", ""))
	ready := next[Ready](s.stage)
	if e := next[NotHTTP](s.stage); e.Gen != 1 || e.Address != ready.Address {
		t.Errorf("%+v, want that version 1 answers no HTTP on %s", e, ready.Address)
	}
}

// An app that has the port of proxy.target at another address gets its requests there.
func TestAtAnotherLoopback(t *testing.T) {
	t.Parallel()
	if l, err := net.Listen("tcp", "[::1]:0"); err != nil {
		t.Skip("this system has no IPv6")
	} else {
		l.Close()
	}
	s := newProxyStage(t)
	s.run(s.own(1, "at [::1]", "one"))
	if ready := next[Ready](s.stage); !strings.HasPrefix(ready.Instead, "[::1]:") {
		t.Errorf("%+v, want it at [::1]", ready)
	}
	s.answers("one")
}
