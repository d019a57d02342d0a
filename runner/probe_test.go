//go:build unix

package runner

import (
	"testing"
	"time"
)

// An app that says that it is ready need not accept.
func TestReadyByCall(t *testing.T) {
	s := newSwapStage(t)
	address, _ := reserve(t)
	if r := s.first(swapped(t, 1, "says so", address, "one")); r.Via != "app" {
		t.Errorf("%+v, want it ready because it said so", r)
	}
	s.succeed(swapped(t, 2, "serve", address, "two"))
	next[Exited](s)
	s.printed(1, "told to drain")
}

// An app is ready by its log, or by its own answer while the old version answers too.
func TestReadyAsConfigured(t *testing.T) {
	for via, ready := range map[string]func(address string) string{
		"log":  func(string) string { return "log:^u[a-z]$" },
		"http": func(address string) string { return "http://" + address + "/healthz" },
	} {
		t.Run(via, func(t *testing.T) {
			s := newSwapStage(t)
			address, _ := reserve(t)
			one, two := swapped(t, 1, "serve", address, "one"), swapped(t, 2, "serve", address, "two")
			one.Config.Ready, two.Config.Ready = ready(address), ready(address)
			if r := s.first(one); r.Via != via || r.Address != address {
				t.Errorf("%+v, want ready via %s at %s", r, via, address)
			}
			if r := s.succeed(two); r.Via != via {
				t.Errorf("%+v, want ready via %s", r, via)
			}
			next[Exited](s)
		})
	}
}

// The answer of the old version does not make the new one ready.
func TestNeverReadyByHTTP(t *testing.T) {
	s := newSwapStage(t)
	address, _ := reserve(t)
	s.first(swapped(t, 1, "serve", address, "one"))
	for gen, app := range []string{2: "never", 3: "serve"} {
		if app == "" {
			continue
		}
		r := swapped(t, gen, app, address, "two")
		r.Config.Ready, r.Config.ReadyTimeout = "http://"+address, 300*time.Millisecond
		if app == "serve" {
			r.Config.Ready += "/sick"
		}
		s.run(r)
		if e := next[Exited](s); e.Gen != gen || e.Expected || e.Hint == "" {
			t.Errorf("%+v, want that version %d was not ready in time", e, gen)
		}
	}
	if got := ask(t, address, "/"); got != "one" {
		t.Errorf("%s answers, want one", got)
	}
}
