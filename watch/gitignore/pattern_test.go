package gitignore

import (
	"strings"
	"testing"
)

// TestManyStars takes a bounded number of steps.
func TestManyStars(t *testing.T) {
	name := strings.Repeat("a", 200)
	for _, line := range []string{
		strings.Repeat("*a", 40) + "*b", strings.Repeat("*a", 40) + "b", strings.Repeat("*?", 40) + "*b", strings.Repeat("*[a]", 40) + "b",
		"/" + strings.Repeat("*a", 40) + "*b", "/x/" + strings.Repeat("*a", 40) + "*/" + strings.Repeat("*a", 40) + "*b",
		strings.Repeat("**/a/", 40) + "b", strings.Repeat(`**\/a/`, 40) + "b", strings.Repeat("**/*a*/", 40) + "b", "a/" + strings.Repeat("*/", 40) + "b",
	} {
		for _, path := range []string{name, "x/" + name + "/" + name, strings.Repeat("a/", 200) + "a"} {
			if matches(t, line, path) {
				t.Errorf("%s matches %s", line, path)
			}
		}
	}
}

// matches matches a line of an ignore file with a path both as a path and as a name, in as
// many steps as are allowed.
func matches(t *testing.T, glob, text string) (any bool) {
	t.Helper()
	for _, w := range []wildcard{{path: true}, {}, {path: true, fold: true}} {
		m := newMatching(w, glob, text)
		any = m.run() || any
		if limit := 4 * (len(glob) + 1) * (len(text) + 1); m.steps > limit {
			t.Errorf("%q with %q took %d steps, more than %d", glob, text, m.steps, limit)
		}
	}
	return any
}

// FuzzSteps matches any glob with any text in a bounded number of steps.
func FuzzSteps(f *testing.F) {
	f.Add("*a*a*a*a*ab", strings.Repeat("a", 100))
	f.Add("**/a/**/a/**/a/b", strings.Repeat("a/", 100))
	f.Add(`**\/a*[a]*/**b?/**`, "a/b/a/ab/c")
	f.Fuzz(func(t *testing.T, glob, text string) { matches(t, glob, text) })
}

// TestParse keeps of a line what git shows of it.
func TestParse(t *testing.T) {
	text := "\ufeff# comment\n\n*.log  \n!keep\\ \n\\#a\ndir/\r\n\tb\t\nlast\\"
	var got strings.Builder
	for _, p := range Parse(text) {
		got.WriteString(strings.Repeat("!", map[bool]int{true: 1}[p.Negated]) + p.Text + "|")
	}
	if want := "*.log|!!keep\\ |\\#a|dir/|\tb\t|last\\|"; got.String() != want {
		t.Errorf("lines are %q, want %q", got.String(), want)
	}
	if got := Parse("#\n\n \nx\n")[0].Line; got != 4 {
		t.Errorf("the line is number %d, want 4", got)
	}
}

// FuzzParse takes any text for rules.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"*.log\n!a", "[", "[!]]\\", "[[:alpha:]-z]/**", "\\", "a/**/b\x00c\r\n", "**/*/**", "[a-\\]"} {
		f.Add(text, "a/b")
	}
	f.Fuzz(func(t *testing.T, text, path string) {
		for _, p := range Parse(text) {
			if p.Line < 1 || strings.ContainsAny(p.Text, "\n\x00") {
				t.Errorf("line %d is %q", p.Line, p.Text)
			}
			p.Match(path, true, strings.HasPrefix(path, "A"))
		}
	})
}
