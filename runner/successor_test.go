//go:build linux

package runner

import (
	"fmt"
	"net/http"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// replacedItself waits until an app has replaced itself.
func (s *stage) replacedItself(gen, was int) Replaced {
	s.t.Helper()
	r := next[Replaced](s)
	if r.Gen != gen || r.Was != was || r.PID == was {
		s.t.Fatalf("%+v, want that version %d has replaced process %d", r, gen, was)
	}
	return r
}

// hangUp tells a process to replace itself.
func (s *stage) hangUp(gen, pid int) {
	s.t.Helper()
	s.printed(gen, fmt.Sprint("up ", pid))
	if err := syscall.Kill(pid, syscall.SIGHUP); err != nil {
		s.t.Fatal(err)
	}
}

// An app that replaces itself goes on to be the app: it serves, is told to stop for the next
// version, and its crash is that of its version.
func TestAppReplacesItself(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		app      string
		strategy Strategy
	}{
		{"hands over", Restart}, {"hands over", Proxy},
		{"starts again", Restart}, {"starts again", Proxy}, {"starts again", Socket},
	} {
		t.Run(fmt.Sprint(test.app, " with ", test.strategy), func(t *testing.T) {
			t.Parallel()
			s := newProxyStage(t)
			if test.strategy != Proxy {
				s.stage = newSwapStage(t)
			}
			s.shorten(func(p *patience) { p.again = time.Hour })
			version := func(gen int) Request {
				r := swapped(t, gen, test.app, s.target, strconv.Itoa(gen))
				if r.Strategy = test.strategy; r.Strategy == Socket {
					r.Config.Env["BY"] = "hot"
				}
				return r
			}
			address := s.target
			if test.strategy == Proxy {
				address = s.address
			}
			first := s.run(version(1))
			before := next[Ready](s.stage)
			s.hangUp(1, first.PID)
			second := s.replacedItself(1, first.PID)
			if now := second.Ready; now == nil || now.Address != before.Address || now.PID != second.PID {
				t.Errorf("ready %+v, want as before at %s", now, before.Address)
			}
			if got := ask(t, address, "/"); got != strconv.Itoa(second.PID) {
				t.Errorf("process %s answers, want %d", got, second.PID)
			}
			s.printed(1, fmt.Sprint("up ", second.PID))

			s.stage.target.Apply(version(2)) // the next version comes after, or takes over from, the process that serves
			var exited Exited
			var started Started
			for exited.Gen == 0 || started.Gen == 0 {
				switch e := (<-s.events).(type) {
				case Exited:
					exited = e
				case Started:
					started = e
				case Ready:
				default:
					t.Fatalf("%T %+v", e, e)
				}
			}
			if exited.Gen != 1 || exited.PID != second.PID || !exited.Expected || exited.Code != 0 || exited.Left != 0 {
				t.Errorf("%+v, want the end of process %d as asked", exited, second.PID)
			}
			s.printed(1, fmt.Sprint("ended ", second.PID))
			s.printed(2, fmt.Sprint("up ", started.PID))
			for ask(t, address, "/") != strconv.Itoa(started.PID) {
			}
		})
	}
}

// The crash of a process that has taken the place of another one is the app's.
func TestSuccessorCrashes(t *testing.T) {
	t.Parallel()
	s := newStage(t).listen()
	address, _ := reserve(t)
	first := s.run(swapped(t, 1, "hands over", address, "one"))
	next[Ready](s)
	s.hangUp(1, first.PID)
	second := s.replacedItself(1, first.PID)
	s.hangUp(1, second.PID)
	third := s.replacedItself(1, second.PID)
	if response, err := http.Get("http://" + address + "/crash"); err == nil {
		response.Body.Close()
		t.Error("the app answers as it crashes")
	}
	if e := next[Exited](s); e.Gen != 1 || e.PID != third.PID || e.Code != 7 || e.Expected {
		t.Errorf("%+v, want the crash of process %d", e, third.PID)
	}
}

// An app that executes itself stays the process that it is.
func TestAppExecutesItself(t *testing.T) {
	t.Parallel()
	for _, strategy := range []Strategy{Restart, Socket} {
		t.Run(string(strategy), func(t *testing.T) {
			t.Parallel()
			s := newSwapStage(t)
			address, _ := reserve(t)
			version := func(gen int) Request {
				r := swapped(t, gen, "executes itself", address, "one")
				if r.Strategy = strategy; strategy == Socket {
					r.Config.Env["BY"] = "hot"
				}
				return r
			}
			first := s.run(version(1))
			next[Ready](s)
			s.hangUp(1, first.PID)
			s.printed(1, fmt.Sprintf("up %d\nup %[1]d\n", first.PID))
			if got := ask(t, address, "/"); got != strconv.Itoa(first.PID) {
				t.Errorf("process %s answers, want %d", got, first.PID)
			}
			s.target.Apply(version(2))
			e := s.nextBut(func(e Event) bool { _, is := e.(Exited); return is }).(Exited)
			if e.Gen != 1 || !e.Expected || e.Code != 0 {
				t.Errorf("%+v, want the end of version 1 as asked", e)
			}
		})
	}
}

// An app that makes itself a daemon at its start is that daemon.
func TestAppBecomesADaemon(t *testing.T) {
	t.Parallel()
	s := newStage(t).listen()
	s.shorten(func(p *patience) { p.relative = time.Hour })
	address, _ := reserve(t)
	first := s.run(swapped(t, 1, "becomes a daemon", address, "one"))
	var daemon Replaced
	var ready Ready
	for daemon.PID == 0 || ready.PID != daemon.PID { // which is first depends on who looks first
		switch e := (<-s.events).(type) {
		case Replaced:
			if daemon = e; e.Ready != nil {
				ready = *e.Ready
			}
		case Ready:
			ready = e
		default:
			t.Fatalf("%T %+v", e, e)
		}
	}
	if daemon.Was != first.PID || ready.Address != address {
		t.Errorf("%+v, want process %d replaced; %+v, want it ready at %s", daemon, first.PID, ready, address)
	}
	if got := ask(t, address, "/"); got != strconv.Itoa(daemon.PID) {
		t.Errorf("process %s answers, want %d", got, daemon.PID)
	}
	s.printed(1, fmt.Sprint("up ", daemon.PID))
	s.quit()
	if e := next[Exited](s); e.PID != daemon.PID || !e.Expected || e.Code != 0 {
		t.Errorf("%+v, want the end of process %d as asked", e, daemon.PID)
	}
}

// What an app leaves behind that does not serve in its place is stopped.
func TestHelperIsLeftBehind(t *testing.T) {
	t.Parallel()
	s := newStage(t).listen()
	s.shorten(func(p *patience) { p.relative = 50 * time.Millisecond })
	address, _ := reserve(t)
	first := s.run(swapped(t, 1, "leaves a helper", address, "one"))
	next[Ready](s)
	s.hangUp(1, first.PID)
	if e := next[Exited](s); e.PID != first.PID || e.Code != 0 || e.Expected || e.Left != 1 {
		t.Errorf("%+v, want the end of process %d, which left one behind", e, first.PID)
	}
}
