package keys

import (
	"slices"
	"strings"
	"testing"
)

// Out of the box every action has a key and no key has two.
func TestDefaults(t *testing.T) {
	of := map[string]Action{}
	for _, b := range Defaults() {
		if len(b.Key.Keys()) == 0 || b.Key.Help().Desc == "" || b.Doc == "" {
			t.Errorf("%+v is not complete", b)
		}
		for _, key := range b.Key.Keys() {
			if other, ok := of[key]; ok {
				t.Errorf("%s has the key %q of %s", b.Action, key, other)
			}
			of[key] = b.Action
			if !isKey(key) {
				t.Errorf("%q is not a key", key)
			}
		}
	}
}

func TestRebinding(t *testing.T) {
	m := New(map[string]string{"rebuild": "ctrl+r p", "mouse": ""})
	for key, want := range map[string]Action{"ctrl+r": Rebuild, "p": Rebuild, "r": "", "m": "", " ": PageDown, "q": Quit, "ctrl+c": Quit} {
		if got := m.Action(named(key)); got != want {
			t.Errorf("%q does %q, want %q", key, got, want)
		}
	}
	if got := m.Of(Pause).Key.Keys(); len(got) != 0 {
		t.Errorf("pause has %v, although p is another's now", got)
	}
	if got := m.Of(Rebuild).Key.Keys(); !slices.Equal(got, []string{"ctrl+r", "p"}) {
		t.Errorf("rebuild has %v", got)
	}
	if m := New(map[string]string{"help": "ctrl+c"}); m.Action(named("ctrl+c")) != Quit {
		t.Error("Ctrl-C no longer quits")
	}
}

func TestCheck(t *testing.T) {
	for _, good := range []string{"x", "ctrl+r", "alt+shift+up", "f5 f6", "ctrl++", "+", "é", "pgdown", "", "x x"} {
		if found := Check(map[string]string{"rebuild": good}); len(found) > 0 {
			t.Errorf("%q: %+v", good, found)
		}
	}
	for _, wrong := range []string{"xy", "hyper+r", "ctrl+", "f21", "x pageup"} {
		if found := Check(map[string]string{"rebuild": wrong}); len(found) != 1 || found[0].AtName {
			t.Errorf("%q: %+v", wrong, found)
		}
	}
	for name, test := range map[string]struct {
		table map[string]string
		want  Problem
	}{
		"a slip":       {map[string]string{"rebiuld": "x"}, Problem{"rebiuld", true, "there is no such action; did you mean rebuild?"}},
		"another word": {map[string]string{"sleep": "x"}, Problem{"sleep", true, "there is no such action; the actions are rebuild, restart, "}},
		"not a key":    {map[string]string{"rebuild": "ctlr+r"}, Problem{"rebuild", false, `"ctlr+r" is not a key; write for example "x", "ctrl+r" or "f5"`}},
		"no control":   {map[string]string{"detach": "f5"}, Problem{"detach", false, `the app has all keys, so "f5" cannot take the terminal back from it; write a control key`}},
		"escape":       {map[string]string{"detach": "ctrl+["}, Problem{"detach", false, `the app has all keys, so "ctrl+[" cannot`}},
		"no way back":  {map[string]string{"detach": " "}, Problem{"detach", false, "it needs a key"}},
		"bound twice":  {map[string]string{"rebuild": "x", "restart": "y x"}, Problem{"restart", false, `the key "x" is bound to rebuild, too; choose another`}},
	} {
		t.Run(name, func(t *testing.T) {
			found := Check(test.table)
			if len(found) != 1 || found[0].Action != test.want.Action || found[0].AtName != test.want.AtName || !strings.HasPrefix(found[0].Message, test.want.Message) {
				t.Errorf("got %+v, want %+v", found, test.want)
			}
		})
	}
}
