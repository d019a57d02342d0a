package gitignore

import (
	"strings"
	"testing"
)

// TestManyStars takes no longer than anybody would wait. Without what outcome
// tells the stars further out, these would take longer than the universe lasts.
func TestManyStars(t *testing.T) {
	name := strings.Repeat("a", 200)
	for _, line := range []string{
		strings.Repeat("*a", 40) + "*b", strings.Repeat("*?", 40) + "*b", strings.Repeat("*[a]", 40) + "b",
		"/" + strings.Repeat("*a", 40) + "*b", "/x/" + strings.Repeat("*a", 40) + "*/" + strings.Repeat("*a", 40) + "*b",
	} {
		p := Parse(line)[0]
		for _, path := range []string{name, "x/" + name + "/" + name} {
			if p.Match(path, false, false) {
				t.Errorf("%s matches %s", line, path)
			}
		}
	}
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
