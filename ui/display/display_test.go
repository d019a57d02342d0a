package display

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
)

// lines are all lines of an output, the one without an end included.
func lines(output string) []string {
	var c Cleaner
	all := c.Write([]byte(output))
	if rest, ok := c.End(); ok {
		all = append(all, rest)
	}
	return all
}

func TestLines(t *testing.T) {
	for name, test := range map[string]struct {
		output string
		want   []string
	}{
		"plain":               {"one\ntwo\n", []string{"one", "two"}},
		"no end":              {"one\ntwo", []string{"one", "two"}},
		"empty lines":         {"\n\na\n", []string{"", "", "a"}},
		"of a terminal":       {"one\r\ntwo\r\n", []string{"one", "two"}},
		"progress":            {"10%\r55%\r100%\n", []string{"100%"}},
		"shorter progress":    {"downloading\rdone\x1b[K\n", []string{"done"}},
		"cleared and written": {"\x1b[2K\rone\x1b[2K\rtwo\n", []string{"two"}},
		"up to the cursor":    {"abcdef\x1b[3D\x1b[1Kx\n", []string{"   xef"}},
		"to a column":         {"abc\x1b[5Gx\n", []string{"abc x"}},
		"to the right":        {"a\x1b[3Cb\n", []string{"a   b"}},
		"backspace":           {"abc\b\bX\n", []string{"aXc"}},
		"tab":                 {"a\tb\n12345678\tc\n", []string{"a       b", "12345678        c"}},
		"colour":              {"\x1b[31mred\x1b[0m plain\n", []string{"\x1b[0;31mred\x1b[0m plain"}},
		"over lines":          {"\x1b[1;32mone\ntwo\x1b[m\nthree\n", []string{"\x1b[0;1;32mone\x1b[0m", "\x1b[0;1;32mtwo\x1b[0m", "three"}},
		"of the palette":      {"\x1b[38;5;208;48;2;1;2;3mx\n", []string{"\x1b[0;38;5;208;48;2;1;2;3mx\x1b[0m"}},
		"with colons":         {"\x1b[38:2::9:8:7;4:3mx\n", []string{"\x1b[0;4;38;2;9;8;7mx\x1b[0m"}},
		"off again":           {"\x1b[1;3;4;31;42ma\x1b[22;23;24;39;49mb\n", []string{"\x1b[0;1;3;4;31;42ma\x1b[0mb"}},
		"blinking, concealed": {"\x1b[5;8mx\n", []string{"x"}},
		"style in progress":   {"\x1b[31mred\rR\n", []string{"\x1b[0;31mRed\x1b[0m"}},
		"nonsense style":      {"\x1b[38;5;999mx\x1b[38;7;1my\x1b[?25mz\n", []string{"xyz"}},
		"cursor and screen":   {"\x1b[2J\x1b[H\x1b[10;10Hx\x1b[Ay\x1b[?1049h\x1b[?1000h\x1b[6nz\n", []string{"xyz"}},
		"title":               {"\x1b]0;a title\x07x\x1b]2;another\x1b\\y\n", []string{"xy"}},
		"title without end":   {"\x1b]0;a title\nx\n", []string{"", "x"}},
		"device strings":      {"a\x1bPq#0;2\x1b\\b\x1b_apc\x1b\\c\x1b^pm\x1b\\d\x1bXsos\x1b\\e\n", []string{"abcde"}},
		"C1 controls":         {"a\u009b31mb\u009d0;t\x07c\u0085d\n", []string{"a\x1b[0;31mbcd\x1b[0m"}},
		"character sets":      {"\x1b(B\x1b)0\x1b%Gx\x1b=y\x1b>z\x1b7\x1b8\n", []string{"xyz"}},
		"reset":               {"\x1b[31ma\x1bcb\n", []string{"\x1b[0;31ma\x1b[0mb"}},
		"cancelled":           {"\x1b[31\x18x\x1b]0;\x1ay\n", []string{"xy"}},
		"broken off":          {"\x1b[31\x1b[32mx\x1b[\ny\n", []string{"\x1b[0;32mx\x1b[0m", "\x1b[0;32my\x1b[0m"}},
		"other controls":      {"\x00a\x07b\x0ec\x0fd\x7fe\n", []string{"abcde"}},
		"invalid UTF-8":       {"a\xffb\xe4\xb8c\n", []string{"a\uFFFDb\uFFFD\uFFFDc"}},
		"wide":                {"世界\rX\n", []string{"X 界"}},
		"half of a wide":      {"世界\x1b[2GX\n", []string{" X界"}},
		"combining":           {"e\u0301x\ba\n", []string{"e\u0301a"}},
		"combining at start":  {"\u0301x\n", []string{"x"}},
		"family":              {"👨\u200d👩\u200d👧!\n", []string{"👨\u200d👩\u200d👧!"}},
		"emoji presentation":  {"❤\ufe0fx\n", []string{"❤\ufe0fx"}},
		"right to left marks": {"a\u202eb\u2066c\u2069d\u200ee\ufefff\u2028g\n", []string{"abcdefg"}},
		"soft hyphen":         {"co\u00adop\n", []string{"coop"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, lines(test.output)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// However much comes without a newline, lines stay short and nothing is lost.
func TestEndlessLine(t *testing.T) {
	all := lines(strings.Repeat("0123456789", 100_000))
	if got := strings.Join(all, ""); len(got) != 1_000_000 {
		t.Errorf("%d characters are left of a million", len(got))
	}
	for _, l := range all {
		if len(l) > maxCells {
			t.Fatalf("a line has %d cells, want %d at most", len(l), maxCells)
		}
	}
}

// Marks without end, parameters without end and strings without end take no memory.
func TestEndlessSequences(t *testing.T) {
	var c Cleaner
	c.Write([]byte("\x1b[31mx" + strings.Repeat("\u0301", 100_000)))
	if got := c.Rest(); len(got) > maxCluster+20 {
		t.Errorf("a character has %d bytes", len(got))
	}
	c.Write([]byte("\x1b[" + strings.Repeat("1;", 100_000)))
	c.Write([]byte("m\x1b]0;" + strings.Repeat("title", 100_000)))
	if cap(c.params) > 4*maxParams {
		t.Errorf("%d bytes of parameters are kept", cap(c.params))
	}
}

func TestAnotherAppBeginsAfresh(t *testing.T) {
	var c Cleaner
	c.Write([]byte("\x1b[31mred\x1b]0;unfinished"))
	if rest, ok := c.End(); !ok || rest != "\x1b[0;31mred\x1b[0m" {
		t.Errorf("End() = %q, %v", rest, ok)
	}
	if got := c.Write([]byte("next\n")); got[0] != "next" {
		t.Errorf("the next app's line is %q", got[0])
	}
}

func TestWrap(t *testing.T) {
	for name, test := range map[string]struct {
		line  string
		width int
		want  []string
	}{
		"empty":      {"", 5, []string{""}},
		"short":      {"abc", 5, []string{"abc"}},
		"exact":      {"abcde", 5, []string{"abcde"}},
		"long":       {"abcdefghijkl", 5, []string{"abcde", "fghij", "kl"}},
		"styled":     {"a\x1b[0;31mbcdef\x1b[0mg", 3, []string{"a\x1b[0;31mbc\x1b[0m", "\x1b[0;31mdef\x1b[0m", "g"}},
		"wide":       {"世界世", 3, []string{"世", "界", "世"}},
		"too narrow": {"世a", 1, []string{"世", "a"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, Wrap(test.line, test.width)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestCut(t *testing.T) {
	for name, test := range map[string]struct {
		line  string
		width int
		want  string
	}{
		"short":   {"abc", 5, "abc"},
		"exact":   {"ab世c", 5, "ab世c"},
		"long":    {"abcdefg", 5, "abcd…"},
		"styled":  {"\x1b[0;31mabcdefg\x1b[0m", 3, "\x1b[0;31mab…\x1b[0m"},
		"wide":    {"世界世", 4, "世…"},
		"nothing": {"abc", 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Cut(test.line, test.width); got != test.want {
				t.Errorf("Cut(%q, %d) = %q, want %q", test.line, test.width, got, test.want)
			}
		})
	}
}

func TestMark(t *testing.T) {
	for name, test := range map[string]struct {
		line   string
		ranges [][]int
		want   string
	}{
		"plain":         {"abcd", [][]int{{1, 3}}, "a\x1b[0;7mbc\x1b[0md"},
		"styled":        {"\x1b[0;31mabc\x1b[0md", [][]int{{1, 4}}, "\x1b[0;31ma\x1b[0;31;7mbc\x1b[0;7md\x1b[0m"},
		"two":           {"abab", [][]int{{0, 1}, {2, 3}}, "\x1b[0;7ma\x1b[0mb\x1b[0;7ma\x1b[0mb"},
		"nothing found": {"abab", nil, "abab"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Mark(test.line, test.ranges); got != test.want {
				t.Errorf("Mark = %q, want %q", got, test.want)
			}
		})
	}
}

func TestWrapWords(t *testing.T) {
	for name, test := range map[string]struct {
		line  string
		width int
		want  []string
	}{
		"fits":                  {"one two", 10, []string{"one two"}},
		"between words":         {"one two three four", 10, []string{"one two ", "  three ", "  four"}},
		"no space begins a row": {"12345 789ab cde", 11, []string{"12345 789ab", "  cde"}},
		"keeps its beginning":   {"    one two", 8, []string{"    one ", "  two"}},
		"too long a word":       {"a 123456789012", 8, []string{"a 123456", "  789012"}},
		"styled":                {"\x1b[0;31mone two\x1b[0m", 5, []string{"\x1b[0;31mone \x1b[0m", "  \x1b[0;31mtwo\x1b[0m"}},
		"wide":                  {"世界 世界", 6, []string{"世界 ", "  世界"}},
		"no room to indent":     {"ab cd", 3, []string{"ab ", "cd"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, WrapWords(test.line, test.width, 2)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// Whatever an app prints, however it is cut: lines are the same, hold nothing but
// styling and what can be printed, and make rows that fit.
func FuzzCleaner(f *testing.F) {
	f.Add([]byte("\x1b[31mred\x1b[0m\r\n\ttab \xe4\xb8\x96 e\u0301\b\b\x1b[K\x1b]0;t\x07"), 3, 10)
	f.Add([]byte("👨\u200d👩\u200d👧 \u009b1m \x1bP\x1b\\\x1b[5D\x1b[2K\x1b[9Cx"), 7, 1)
	f.Fuzz(func(t *testing.T, output []byte, cut, width int) {
		whole := lines(string(output))
		cut = min(max(0, cut), len(output))
		var c Cleaner
		pieces := append(c.Write(output[:cut]), c.Write(output[cut:])...)
		if rest, ok := c.End(); ok {
			pieces = append(pieces, rest)
		}
		if diff := cmp.Diff(whole, pieces); diff != "" {
			t.Fatalf("cut at %d it is another:\n%s", cut, diff)
		}
		width = 2 + max(0, width)%200
		for _, l := range whole {
			checkLine(t, l)
			for _, row := range append(Wrap(l, width), WrapWords(l, width, cut%12)...) {
				checkLine(t, row)
				if w := ansi.StringWidth(row); w > width {
					t.Fatalf("the row %q is %d wide, want %d at most", row, w, width)
				}
			}
			if w := ansi.StringWidth(Cut(l, width)); w > width {
				t.Fatalf("%q cut to %d is %d wide", l, width, w)
			}
		}
	})
}

// checkLine fails for what is neither styling nor printable.
func checkLine(t *testing.T, l string) {
	t.Helper()
	if !utf8.ValidString(l) {
		t.Fatalf("%q is not UTF-8", l)
	}
	if len(l) > 200*maxCells {
		t.Fatalf("a line of %d bytes", len(l))
	}
	for rest := l; rest != ""; {
		if strings.HasPrefix(rest, "\x1b[") {
			end := strings.IndexFunc(rest[2:], func(r rune) bool { return !('0' <= r && r <= '9' || r == ';') })
			if end < 0 || rest[2+end] != 'm' {
				t.Fatalf("%q has a sequence that is no styling", l)
			}
			rest = rest[2+end+1:]
			continue
		}
		r, n := utf8.DecodeRuneInString(rest)
		if r < ' ' || 0x7f <= r && r < 0xa0 {
			t.Fatalf("%q has the control %U", l, r)
		}
		rest = rest[n:]
	}
}
