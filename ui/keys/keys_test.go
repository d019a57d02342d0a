package keys

import (
	"slices"
	"testing"
)

// Out of the box every action has a key and no key has two.
func TestDefaults(t *testing.T) {
	of := map[string]Action{}
	for _, b := range Defaults() {
		if len(b.Keys) == 0 || b.Short == "" || b.Doc == "" {
			t.Errorf("%+v is not complete", b)
		}
		for _, key := range b.Keys {
			if other, ok := of[key]; ok {
				t.Errorf("%s has the key %q of %s", b.Action, key, other)
			}
			of[key] = b.Action
			if problem := CheckKeys(key); problem != "" {
				t.Error(problem)
			}
		}
	}
}

func TestRebinding(t *testing.T) {
	m := New(map[string]string{"rebuild": "ctrl+r p", "mouse": ""})
	for key, want := range map[string]Action{"ctrl+r": Rebuild, "p": Rebuild, "r": "", "m": "", " ": PageDown, "q": Quit, "ctrl+c": Quit} {
		if got := m.Action(key); got != want {
			t.Errorf("%q does %q, want %q", key, got, want)
		}
	}
	if got := m.Of(Pause).Keys; len(got) != 0 {
		t.Errorf("pause has %v, although p is another's now", got)
	}
	if got := m.Of(Rebuild).Keys; !slices.Equal(got, []string{"ctrl+r", "p"}) {
		t.Errorf("rebuild has %v", got)
	}
	if m := New(map[string]string{"help": "ctrl+c"}); m.Action("ctrl+c") != Quit {
		t.Error("Ctrl-C no longer quits")
	}
}

func TestCheck(t *testing.T) {
	for _, good := range []string{"x", "ctrl+r", "alt+shift+up", "f5 f6", "ctrl++", "+", "é", "pgdown", ""} {
		if problem := CheckKeys(good); problem != "" {
			t.Errorf("%q: %s", good, problem)
		}
	}
	for _, wrong := range []string{"xy", "hyper+r", "ctrl+", "f21", "x pageup"} {
		if CheckKeys(wrong) == "" {
			t.Errorf("%q passes", wrong)
		}
	}
	if action, problem := CheckAll(map[string]string{"rebuild": "x", "restart": "y x"}); action != "restart" || problem == "" {
		t.Errorf("a key with two actions: %q %q", action, problem)
	}
	if _, problem := CheckAll(map[string]string{"rebuild": "x x", "restart": "y"}); problem != "" {
		t.Error(problem)
	}
}
