//go:build unix

package runner

import (
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A crash right after a takeover brings back the previous version.
func TestRollBack(t *testing.T) {
	s := newSwapStage(t)
	address, _ := reserve(t)
	s.first(swapped(t, 1, "serve", address, "one"))
	s.succeed(swapped(t, 2, "serve", address, "two"))
	next[Exited](s)
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	if response, err := client.Get("http://" + address + "/crash"); err == nil {
		response.Body.Close()
		t.Error("the app answers as it crashes")
	}
	if e := next[Exited](s); e.Gen != 2 || e.Expected || e.Code != 2 || !e.Rollback {
		t.Errorf("%+v, want the crash of version 2", e)
	}
	if e := next[RolledBack](s); e.Gen != 2 || e.To != 1 || e.Reason != "it exited with status 2" || e.Strategy != "socket" {
		t.Errorf("%+v, want version 1 again", e)
	}
	if e := next[Started](s); e.Gen != 1 {
		t.Errorf("%+v, want the start of version 1", e)
	}
	if got := ask(t, address, "/"); got != "one" { // waits until it accepts
		t.Errorf("%s answers, want one", got)
	}
	if e := next[Ready](s); e.Gen != 1 || e.Swap != nil {
		t.Errorf("%+v, want version 1 ready", e)
	}
}

// State goes from version to version, after the last request that changes it.
func TestKeep(t *testing.T) {
	s := newSwapStage(t)
	address, _ := reserve(t)
	s.first(swapped(t, 1, "keep", address, "one"))
	ask(t, address, "/count")
	ready := s.succeed(swapped(t, 2, "keep", address, "two"))
	if !slices.Equal(ready.Swap.Names, []string{"count"}) || len(ready.Swap.Dropped) != 0 {
		t.Errorf("%+v was carried, want count", ready.Swap.Carried)
	}
	if got := ask(t, address, "/count"); got != "2" {
		t.Errorf("the count is %s, want 2", got)
	}
	next[Exited](s)

	// What does not fit is told, and the version runs.
	ready = s.succeed(swapped(t, 3, "keep text", address, "three"))
	if why := ready.Swap.Dropped["count"]; !strings.Contains(why, "cannot unmarshal object into Go value of type string") {
		t.Errorf("%+v was carried, want that count does not fit", ready.Swap.Carried)
	}
	if got := ask(t, address, "/"); got != "three" {
		t.Errorf("%s answers, want three", got)
	}
	next[Exited](s)
}

// The old version has handed over its state and ends, and the new one crashes on that state:
// the old one is started again, with its state.
func TestRollBackWithState(t *testing.T) {
	s := newSwapStage(t)
	address, _ := reserve(t)
	s.first(swapped(t, 1, "keep", address, "one"))
	ask(t, address, "/count")
	s.run(swapped(t, 2, "crashes at Go", address, "two"))
	var ends []int
	for range 2 { // of the new one, and of the old one
		e := s.nextBut(func(e Event) bool { _, ok := e.(Exited); return ok }).(Exited)
		ends = append(ends, e.Gen)
	}
	slices.Sort(ends)
	if !slices.Equal(ends, []int{1, 2}) {
		t.Errorf("the ends of %v, want of 1 and 2", ends)
	}
	if got := ask(t, address, "/count"); got != "2" {
		t.Errorf("the count is %s, want 2", got)
	}
}

// A new version crashes while requests of the old one still hold up the state: the old one is
// started again, with what they changed.
func TestCrashBeforeTheStateIsThere(t *testing.T) {
	s := newSwapStage(t)
	s.shorten(func(p *patience) { p.drain = time.Hour })
	address, _ := reserve(t)
	s.first(swapped(t, 1, "keep and tell", address, "one"))
	answer := make(chan string)
	go func() { answer <- ask(t, address, "/count?slowly") }()
	s.printed(1, "slow")
	second := s.run(swapped(t, 2, "keep", address, "two"))
	s.printed(1, "told to drain")
	if err := syscall.Kill(second.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if e := next[Exited](s); e.Gen != 2 || !e.Rollback {
		t.Errorf("%+v, want that version 2 crashed and is rolled back", e)
	}
	next[RolledBack](s)
	if e := next[Started](s); e.Gen != 1 {
		t.Errorf("%+v, want version 1 again", e)
	}
	s.write("now")
	if got := <-answer; got != "1" {
		t.Errorf("the slow request counted %s, want 1", got)
	}
	if got := ask(t, address, "/count"); got != "2" {
		t.Errorf("the count is %s, want 2", got)
	}
}

// A version that says that it is ready before it keeps anything gets the state all the same.
func TestKeepAfterReady(t *testing.T) {
	s := newSwapStage(t)
	address, _ := reserve(t)
	s.first(swapped(t, 1, "keep", address, "one"))
	ask(t, address, "/count")
	r := swapped(t, 2, "keep late", address, "two")
	r.Config.Ready = "log:soon"
	s.run(r)
	if e := next[Ready](s); e.Gen != 2 || e.Swap == nil {
		t.Errorf("%+v, want that version 2 took over", e)
	}
	next[Exited](s)
	s.write("now")
	if got := ask(t, address, "/count"); got != "2" {
		t.Errorf("the count is %s, want 2", got)
	}
}

// A stream that never ends holds up neither the state nor the next version, whether the two
// versions overlap or not.
func TestKeepDoesNotWaitForStreams(t *testing.T) {
	for name, alone := range map[string]bool{"side by side": false, "one after the other": true} {
		t.Run(name, func(t *testing.T) {
			s := newSwapStage(t)
			s.shorten(func(p *patience) { p.drain, p.keep = time.Hour, time.Hour })
			address, _ := reserve(t)
			s.first(swapped(t, 1, "keep", address, "one"))
			ask(t, address, "/count")
			events, err := http.Get("http://" + address + "/events")
			if err != nil {
				t.Fatal(err)
			}
			defer events.Body.Close()
			r := swapped(t, 2, "keep", address, "two")
			r.Proxied.Alone = alone
			s.target.Apply(r)
			ready := s.nextBut(func(e Event) bool { _, ok := e.(Ready); return ok }).(Ready)
			if ready.Swap == nil || !slices.Equal(ready.Swap.Names, []string{"count"}) {
				t.Errorf("%+v, want that count was carried", ready)
			}
			if got := ask(t, address, "/count"); got != "2" {
				t.Errorf("the count is %s, want 2", got)
			}
		})
	}
}

// A request that does not end holds up the state for some time only, and it is told that what
// the request changes is lost.
func TestKeepDoesNotWaitForever(t *testing.T) {
	for name, alone := range map[string]bool{"side by side": false, "one after the other": true} {
		t.Run(name, func(t *testing.T) {
			s := newSwapStage(t)
			s.shorten(func(p *patience) {
				p.drain, p.longestDrain, p.keep = 50*time.Millisecond, 50*time.Millisecond, time.Millisecond
			})
			address, _ := reserve(t)
			s.first(swapped(t, 1, "keep", address, "one"))
			ask(t, address, "/count")
			hanging, err := http.Get("http://" + address + "/hang")
			if err != nil {
				t.Fatal(err)
			}
			defer hanging.Body.Close()
			r := swapped(t, 2, "keep", address, "two")
			r.Proxied.Alone = alone
			s.target.Apply(r)
			ready := s.nextBut(func(e Event) bool { _, ok := e.(Ready); return ok }).(Ready)
			if ready.Swap == nil || !slices.Equal(ready.Swap.Names, []string{"count"}) || !ready.Swap.Busy {
				t.Errorf("%+v, want that count was carried while there were requests", ready)
			}
			if got := ask(t, address, "/count"); got != "2" {
				t.Errorf("the count is %s, want 2", got)
			}
		})
	}
}
