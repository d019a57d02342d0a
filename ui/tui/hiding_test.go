package tui

import (
	"slices"
	"testing"

	"hotreload/session"
)

// While the app echoes nothing, a line for it is masked, from the first letter on.
func TestHiddenInput(t *testing.T) {
	s := plainStage(t)
	s.feed(phases()["3 running"]...)
	s.terminal = session.Terminal{Exists: true, Hidden: true}
	s.press("i", "s", "e", "s")
	s.has("to the app: ***")
	s.has("hidden")
	s.hasNot("ses")
	s.press("enter")
	if !slices.Equal(s.hidden, []string{"ses\n"}) || len(s.typed) > 0 {
		t.Errorf("typed hidden %q, typed %q", s.hidden, s.typed)
	}

	s.terminal.Hidden = false
	s.press("i", "n", "a")
	s.has("to the app: na")
	s.terminal.Hidden = true
	s.send(lookAgain{s.prompt.hiding.asked})
	s.has("to the app: **")
	s.terminal.Hidden = false
	s.press("m")
	s.has("to the app: nam")
	s.press("enter")
	if !slices.Equal(s.typed, []string{"nam\n"}) {
		t.Errorf("typed %q", s.typed)
	}
}

// A letter is masked until the app has been looked at.
func TestInputIsMaskedUntilKnown(t *testing.T) {
	s := plainStage(t)
	s.feed(phases()["3 running"]...)
	s.terminal = session.Terminal{Exists: true}
	s.press("i", "a")
	s.has("to the app: a")
	s.prompt.hiding.look(s.link)
	s.has("to the app: *")
	s.send(looked{s.prompt.hiding.asked - 1, session.Terminal{Exists: true}})
	s.has("to the app: *")
	s.send(looked{s.prompt.hiding.asked, session.Terminal{Exists: true}})
	s.has("to the app: a")
}
