package config

import (
	"testing"
)

// What the screen finds wrong with its table is an error at its place, the first
// of several.
func TestCheckUI(t *testing.T) {
	for name, test := range map[string]struct {
		text     string
		set      []string
		problems []Problem
		want     string
	}{
		"a value": {
			"[ui]\neditor = 'x {fiel}'", nil, []Problem{{Key: "ui.editor", Message: "bad"}},
			FileName + ":2:10: ui.editor: bad",
		},
		"an entry's value": {
			"ui.keys.rebuild = 'ctlr+r'", nil, []Problem{{Key: "ui.keys", Entry: "rebuild", Message: "bad"}},
			FileName + ":1:19: ui.keys.rebuild: bad",
		},
		"an entry's name": {
			"[ui]\nkeys = { rebiuld = 'x' }", nil, []Problem{{Key: "ui.keys", Entry: "rebiuld", AtName: true, Message: "bad"}},
			FileName + ":2:10: ui.keys.rebiuld: bad",
		},
		"a name in quotes": {
			"ui.keys.'a b' = 'x'", nil, []Problem{{Key: "ui.keys", Entry: "a b", AtName: true, Message: "bad"}},
			FileName + `:1:1: ui.keys."a b": bad`,
		},
		"several": {
			"[ui.keys]\nz = '1'\na = '2'", nil,
			[]Problem{{Key: "ui.keys", Entry: "a", Message: "second"}, {Key: "ui.keys", Entry: "z", Message: "first"}},
			FileName + ":2:5: ui.keys.z: first",
		},
		"a flag": {
			"", []string{"ui.keys.rebuild=x"}, []Problem{{Key: "ui.keys", Entry: "rebuild", Message: "bad"}},
			"--set ui.keys.rebuild=x: bad",
		},
		"the file before a flag": {
			"ui.editor = 'a'", []string{"ui.keys.rebuild=x"},
			[]Problem{{Key: "ui.keys", Entry: "rebuild", Message: "second"}, {Key: "ui.editor", Message: "first"}},
			FileName + ":1:13: ui.editor: first",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(Options{
				Dir: project(t, map[string]string{FileName: test.text}), Set: test.set,
				CheckUI: func(UI) []Problem { return test.problems },
			})
			if got := asError(t, err).Error(); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}
