package glob

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/bmatcuk/doublestar/v4"
)

func TestCheck(t *testing.T) {
	for glob, wrong := range map[string]string{
		"**/*.{html,tmpl}":              "",
		"{a,b}/{c,d}/{e,{f,g}}*":        "",
		`\{a,b}`:                        "is not a glob",
		"[a":                            "is not a glob",
		"{a,b":                          "is not a glob",
		strings.Repeat("{a,b}", 8):      "",
		strings.Repeat("{a,b}", 9):      "more than 256",
		strings.Repeat("{a,aa}", 40):    "more than 256",
		strings.Repeat("*{,a}", 4000):   "more than 256",
		"{" + strings.Repeat("a,", 300): "is not a glob",
		strings.Repeat("{", 300) + "a" + strings.Repeat("}", 300): "",
	} {
		err := Check(glob)
		if (err == nil) != (wrong == "") || err != nil && !strings.Contains(err.Error(), wrong) {
			t.Errorf("%.40s: %v, want %q", glob, err, wrong)
		}
	}
}

// TestManyGroups would not end if each star and each group were tried with each other.
func TestManyGroups(t *testing.T) {
	path := strings.Repeat("a", 250)
	for _, glob := range []string{
		strings.Repeat("{a,aa}", 40) + "b", strings.Repeat("*{a,aa}", 8) + "b", strings.Repeat("*{a}", 40) + "b",
		strings.Repeat("**/{a,*a}/", 8) + "b", strings.Repeat("{,a}", 40) + "b", strings.Repeat("*{*{", 20) + "a" + strings.Repeat("}}", 20) + "b",
	} {
		for _, path := range []string{path, "", strings.Repeat("a/", 200)} {
			if Match(glob, path) {
				t.Errorf("%s matches %s", glob, path)
			}
		}
	}
}

// TestSameAsDoublestar compares random globs with what the library says. Left out is where it
// contradicts itself: a brace in a class in a group, and a group that may be empty,
// followed by nothing.
func TestSameAsDoublestar(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	random := func(pieces []string, n int) string {
		var s strings.Builder
		for range r.IntN(n) {
			s.WriteString(pieces[r.IntN(len(pieces))])
		}
		return s.String()
	}
	matched := 0
	for range 200_000 {
		glob := random([]string{"a", "b", "/", "*", "**/a", "?", "[ab]", "[!a]", "{", ",", "}", "{a,", "b}", "{a,b}", `\{`, "{**/a,b}"}, 9)
		if Check(glob) != nil || slices.ContainsFunc([]string{"{}", "{,", ",,", ",}"}, func(s string) bool { return strings.Contains(glob, s) }) {
			continue
		}
		path := random([]string{"a", "b", "/", "ab", "{"}, 7)
		want := doublestar.MatchUnvalidated(glob, path)
		if got := Match(glob, path); got != want {
			t.Errorf("%q with %q: %v, want %v", glob, path, got, want)
		}
		if want {
			matched++
		}
	}
	if matched < 1000 {
		t.Errorf("only %d globs matched", matched)
	}
}
