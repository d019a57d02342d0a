package visible

import "testing"

func TestText(t *testing.T) {
	for name, test := range map[string]struct{ text, stay, want string }{
		"plain":            {"größe 世界.go", "", "größe 世界.go"},
		"an escape":        {"a\x1b]52;c;x\ab", "", `a\x1b]52;c;x\ab`},
		"of eight bits":    {"a\u009bb", "", `a\u009bb`},
		"a newline":        {"a\nb", "", `a\nb`},
		"one that stays":   {"a\nb\tc", "\n\t", "a\nb\tc"},
		"a carriage":       {"a\rb", "\n\t", `a\rb`},
		"quotes, as such":  {`'"\`, "", `'"\`},
		"a byte too many":  {"a\xffb", "", "a\uFFFDb"},
		"nothing":          {"", "", ""},
		"what cannot show": {"a\x7f", "", `a\x7f`},
	} {
		if got := Text(test.text, test.stay); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}
