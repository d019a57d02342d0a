//go:build unix

package runner

import (
	"context"
	"strings"
	"testing"
)

// tunes skips reports until the app has so many tunables.
func (s *stage) tunes(n int) Tunables {
	s.t.Helper()
	return s.nextBut(func(e Event) bool { t, ok := e.(Tunables); return ok && len(t.List) == n }).(Tunables)
}

// readies skips events until a process serves.
func (s *stage) readies() Ready {
	s.t.Helper()
	return s.nextBut(func(e Event) bool { _, ok := e.(Ready); return ok }).(Ready)
}

// Set reaches the process that serves, and the next one begins with the value.
func TestSetTunable(t *testing.T) {
	s := newSwapStage(t)
	ctx := context.Background()
	if err := s.target.Set(ctx, "limits.Rate", "5"); err == nil || err.Error() != "no app is running, so there is nothing to set" {
		t.Errorf("without an app: %v", err)
	}
	address, _ := reserve(t)
	s.target.Apply(swapped(t, 1, "tune", address, "one"))
	if got := s.tunes(2); got.PID == 0 || got.List[0].Name != "greeting" || got.List[0].Type != "string" || string(got.List[0].Value) != `"hello"` {
		t.Errorf("it has %+v", got)
	}
	s.readies()
	for _, test := range []struct{ name, value, want string }{
		{"greeting", "good morning", ""},
		{"limits.Rate", "5", ""},
		{"limits.Rate", "fast", "\"fast\" is not a valid int for limits.Rate"},
		{"limit.rate", "5", "the app has no tunable limit.rate; did you mean limits.Rate?"},
		{"what", "5", "the app has no tunable what; it has greeting, limits"},
	} {
		err := s.target.Set(ctx, test.name, test.value)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.HasPrefix(err.Error(), test.want)) {
			t.Errorf("%s %s: %v, want %s", test.name, test.value, err, test.want)
		}
	}
	set := s.nextBut(func(e Event) bool { _, ok := e.(TunableSet); return ok }).(TunableSet)
	if set.Name != "greeting" || set.Value != "good morning" || string(set.List[0].Value) != `"good morning"` {
		t.Errorf("it tells of %+v", set)
	}
	if got := ask(t, address, "/tuned"); got != "good morning 5" {
		t.Errorf("it has %s", got)
	}
	s.target.Apply(swapped(t, 2, "tune", address, "two"))
	if r := s.readies(); r.Gen != 2 || len(r.Tunables) != 2 || string(r.Tunables[0].Value) != `"good morning"` {
		t.Errorf("%+v is ready, want version 2 with the tunables as they were set", r)
	}
	if got := ask(t, address, "/tuned"); got != "good morning 5" {
		t.Errorf("the next one has %s", got)
	}
	r := swapped(t, 3, "tune more", address, "three") // another default
	r.Strategy = Restart
	s.target.Apply(r)
	s.readies()
	if got := ask(t, address, "/tuned"); got != "good morning 7" {
		t.Errorf("the one with another default has %s", got)
	}
	s.target.Apply(swapped(t, 4, "serve", address, "four"))
	s.readies()
	if err := s.target.Set(ctx, "greeting", "x"); err == nil || !strings.HasPrefix(err.Error(), "the app has no tunables; it makes one with hot.Tune(") {
		t.Errorf("of an app without any: %v", err)
	}
}
