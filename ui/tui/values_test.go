package tui

import (
	"errors"
	"testing"

	"hotreload/session"
	"hotreload/ui/internal/recorded"
)

// tunables is a session whose app has tunables.
func tunables(rate string) *recorded.Recording {
	r := &recorded.Recording{State: session.State{View: session.View{Root: "/home/ann/web", Phase: session.Running}}}
	r.State.Tunables = []session.Tunable{
		{Name: "greeting", Type: "string", Default: []byte(`"hello"`), Value: []byte(`"hello"`)},
		{Name: "limits", Type: "main.Limits", Default: []byte(`{"Rate":1}`), Value: []byte(`{"Rate":` + rate + `}`)},
	}
	r.Tell(session.TunableSet{Name: "limits.Rate", Value: rate})
	return r
}

// Values are listed as they are, and set by name.
func TestValues(t *testing.T) {
	s := plainStage(t)
	s.press("t")
	s.has("the app has no tunables; hot.Tune makes them")
	s.press("s")
	s.has("the app has no tunables")

	s.feed(tunables("1").Updates...)
	s.press("t")
	s.has(` greeting  string       "hello"`)
	s.has(` limits    main.Limits  {"Rate":1}`)
	s.hasNot("default {")
	s.feed(tunables("25").Updates...)
	s.has(` limits    main.Limits  {"Rate":25}  default {"Rate":1}`)

	var asked []string
	s.set = func(name, value string) error {
		asked = append(asked, name+" = "+value)
		if value == "x" {
			return errors.New("limits.Rate is an int")
		}
		return nil
	}
	for _, test := range []struct{ typed, want string }{
		{"limits.Rate 30", "limits.Rate is set to 30"},
		{"greeting good morning", "greeting is set to good morning"},
		{"limits.Rate x", "limits.Rate is an int"},
		{"limits.Rate", "type a name and a value, for example: greeting …"},
	} {
		s.press("s")
		s.has("set ")
		s.press(test.typed)
		s.press("enter")
		s.has(test.want)
	}
	if len(asked) != 3 || asked[1] != "greeting = good morning" {
		t.Errorf("it set %q", asked)
	}
	s.press("esc")
	s.hasNot("main.Limits")
	s.press("2")
	s.has("limits.Rate is set to 25")

	r := tunables("25")
	r.State.Tunables = nil
	r.Tell(session.AppStart{PID: 2})
	s.press("t")
	s.feed(r.Updates[1:]...)
	s.hasNot("main.Limits")
}
