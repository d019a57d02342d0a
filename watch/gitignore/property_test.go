package gitignore

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestSameAsGit compares our decisions with those of git check-ignore on trees
// and rules made at random. HOTRELOAD_IGNORE_PATHS says how many paths to
// compare, HOTRELOAD_IGNORE_SEED where to begin; a difference names its seed.
func TestSameAsGit(t *testing.T) {
	paths, seed := number(t, "HOTRELOAD_IGNORE_PATHS", 5_000), number(t, "HOTRELOAD_IGNORE_SEED", 1)
	quietGit(t)
	first, compared, decided := seed, 0, 0
	for ; compared < paths && !t.Failed(); seed++ {
		n, by := compare(t, uint64(seed))
		compared, decided = compared+n, decided+by
	}
	t.Logf("%d paths, of which lines decide about %d, in the trees of the seeds %d to %d", compared, decided, first, seed-1)
	if decided*5 < compared {
		t.Errorf("lines decide about %d of %d paths: the rules are too dull", decided, compared)
	}
}

func number(t *testing.T, variable string, otherwise int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
	return n
}

// compare makes the tree of a seed, and reports how many paths it has and about
// how many of them git finds a line.
func compare(t *testing.T, seed uint64) (paths, decided int) {
	t.Helper()
	g := generator{T: t, Rand: rand.New(rand.NewPCG(seed, 1)), top: t.TempDir()}
	g.tree()
	user := filepath.Join(t.TempDir(), "user")
	write(t, user, g.rules())
	settings := Settings{ExcludesFile: user, IgnoreCase: g.one(4)}
	for _, dir := range []string{"objects", "refs"} { // a repository, without two processes to make one
		if err := os.MkdirAll(filepath.Join(g.top, ".git", dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(g.top, ".git/HEAD"), "ref: refs/heads/main\n")
	write(t, filepath.Join(g.top, ".git/config"), fmt.Sprintf("[core]\n\texcludesFile = %q\n\tignoreCase = %t\n", user, settings.IgnoreCase))
	write(t, filepath.Join(g.top, ".git/info/exclude"), g.rules())

	want := askGit(t, g.top, g.paths)
	m := New(settings, g.top)
	for i, path := range g.paths {
		if want[i] != "" {
			decided++
		}
		info, err := os.Lstat(filepath.Join(g.top, path))
		got := describe(g.top, m.Decide(filepath.Join(g.top, path), err == nil && info.IsDir()))
		if got != want[i] {
			t.Errorf("seed %d, ignorecase %t: %q is decided by %q, by git's lights %q", seed, settings.IgnoreCase, path, got, want[i])
		}
	}
	return len(g.paths), decided
}

// askGit returns for each path file:line:pattern as git names them, "" where no
// line is about it.
func askGit(t *testing.T, top string, paths []string) []string {
	t.Helper()
	out := run(t, top, strings.Join(paths, "\x00")+"\x00", "check-ignore", "-v", "-n", "-z", "--no-index", "--stdin")
	fields := strings.Split(out, "\x00")
	var said []string
	for ; len(fields) >= 4; fields = fields[4:] {
		file, line, pattern, path := fields[0], fields[1], fields[2], fields[3]
		if path != paths[len(said)] {
			t.Fatalf("git speaks of %q, asked about %q", path, paths[len(said)])
		}
		if file != "" {
			file = file + ":" + line + ":" + pattern
		}
		said = append(said, file)
	}
	if len(said) != len(paths) {
		t.Fatalf("git speaks of %d paths, asked about %d", len(said), len(paths))
	}
	return said
}

// describe words a decision as askGit does.
func describe(top string, d Decision) string {
	if d.File == "" {
		return ""
	}
	file := d.File
	if within(file, top) {
		file = below(file, top)
	}
	pattern, negated := d.Pattern, strings.HasPrefix(d.Pattern, "!")
	if negated == d.Ignored {
		return "a decision that is not its pattern's: " + pattern
	}
	return fmt.Sprintf("%s:%d:%s", file, d.Line, pattern)
}

// generator makes trees and rules.
type generator struct {
	*testing.T
	*rand.Rand
	top   string
	paths []string // relative, with slashes
}

func (g *generator) one(in int) bool { return g.IntN(in) == 0 }

func pick[S ~[]T, T any](g *generator, from S) T { return from[g.IntN(len(from))] }

// names are few, so that patterns meet them, and each is there for a reason:
// a case of its own in wildmatch, in the format of the files or in a tree.
var names = []string{
	"a", "b", "ab", "abc", "ba", "A", "aB", "foo", "Foo", "foo.o", "bar", "foobar", "foo.bar.o", "x y", "a ", " a", "a  ",
	"1", "2a", "a1", "-", "a-b", "]", "[", "[a]", "[a", "a]b", "^", "!", "!a", "#", "#a", "*", "a*", "**", "?", "a\\b", "\\", "\\a",
	"{a,b}", "$a", ".a", "..a", "a.", "é", "ü.o", "\tx", "a\t", "_", "~", "a\r", "a:b", "dir", "sub", "deep",
}

// tree makes directories and files, and ignore files in some of the directories.
func (g *generator) tree() {
	dirs := []string{""}
	for range 4 + g.IntN(12) {
		dir := pick(g, dirs) + pick(g, names)
		if err := os.Mkdir(filepath.Join(g.top, dir), 0o755); err == nil {
			g.paths = append(g.paths, dir)
			dirs = append(dirs, dir+"/")
		}
	}
	for range 30 + g.IntN(60) {
		path := pick(g, dirs) + pick(g, names)
		if _, err := os.Lstat(filepath.Join(g.top, path)); err != nil {
			g.file(path)
		}
	}
	for _, dir := range dirs {
		if dir == "" || g.one(3) {
			g.ignoreFile(dir + ".gitignore")
		}
	}
}

func (g *generator) file(path string) {
	switch full := filepath.Join(g.top, path); {
	case !g.one(10): // not there: to git it is no directory, like a file
	case g.one(3):
		if err := os.Symlink(g.top, full); err != nil {
			g.Fatal(err)
		}
	default:
		write(g.T, full, "")
	}
	g.paths = append(g.paths, path)
}

func (g *generator) ignoreFile(path string) {
	full := filepath.Join(g.top, path)
	var err error
	switch {
	case g.one(20):
		err = os.Mkdir(full, 0o755)
	case g.one(20):
		write(g.T, full+".real", g.rules())
		err = os.Symlink(full+".real", full)
	default:
		write(g.T, full, g.rules())
	}
	if err != nil {
		g.Fatal(err)
	}
	g.paths = append(g.paths, path)
}

// rules makes an ignore file.
func (g *generator) rules() string {
	var b strings.Builder
	if g.one(8) {
		b.WriteString("\ufeff")
	}
	for range g.IntN(9) {
		b.WriteString(g.line())
		b.WriteString(pick(g, []string{"\n", "\n", "\n", "\n", "\r\n", " \n", "  \n", "\t\n", "\\ \n", " \r\n", "\n\n", "\\\n", "\\\\ \n", "\r\r\n", "\x00x\n"}))
	}
	text := b.String()
	if g.one(4) {
		text = strings.TrimSuffix(text, "\n")
	}
	return text
}

func (g *generator) line() string {
	if g.one(15) {
		return pick(g, []string{"", "#", "!", "/", "//", "!/", "\\", "\\#a", "\\!a", "#a", "! a", "**", "/**", "**/", "/**/", "*", "/*", "!*", "!/*", "/.", "..", "a//b", "***", "a/***/b", "*.o", "!*.o", "*o"})
	}
	var b strings.Builder
	if g.one(4) {
		b.WriteByte('!')
	}
	if g.one(4) {
		b.WriteByte('/')
	}
	depth := 1
	for g.one(3) {
		depth++
	}
	for i := range depth {
		if i > 0 {
			b.WriteByte('/')
		}
		b.WriteString(g.segment(depth > 1))
	}
	if g.one(5) {
		b.WriteString(pick(g, []string{"/", "/", "/", "/**", "/*", "/**/", "**", "/**/*", "*/"}))
	}
	return b.String()
}

// segment makes what stands between two slashes: mostly a name, of which parts
// have become wildcards. Among others it may be a wildcard whole; alone that
// would leave nothing for the other lines.
func (g *generator) segment(among bool) string {
	switch {
	case among && g.one(6):
		return "**"
	case among && g.one(8):
		return "*"
	case g.one(12):
		return g.noise()
	}
	var b strings.Builder
	name := pick(g, names)
	for i := 0; i < len(name); i++ {
		switch {
		case g.one(12):
			b.WriteString(pick(g, []string{"*", "**", "***", "?", "*?", "?*", "**/", "/**"}))
			i += g.IntN(3) - 1
			i = max(i, 0)
		case g.one(10):
			b.WriteString(g.class(name[i]))
		case g.one(8):
			b.WriteString("\\" + name[i:i+1])
		case g.one(20):
			b.WriteString(strings.ToUpper(name[i : i+1]))
		default:
			b.WriteByte(name[i])
		}
	}
	return b.String()
}

// class makes a bracket expression, often one that has c.
func (g *generator) class(c byte) string {
	var b strings.Builder
	b.WriteString(pick(g, []string{"[", "[", "[", "[!", "[^"}))
	if g.one(6) {
		b.WriteString(pick(g, []string{"]", "-", "!", "^"}))
	}
	for range 1 + g.IntN(3) {
		switch g.IntN(7) {
		case 0:
			b.WriteByte(c)
		case 1:
			b.WriteString(string(c-byte(g.IntN(3))) + "-" + string(c+byte(g.IntN(3))))
		case 2:
			b.WriteString(pick(g, []string{"a-z", "A-Z", "0-9", "a-", "-a", "z-a", "a-c-e", "\\a-\\z", "+--", "a-\\]"}))
		case 3:
			b.WriteString("[:" + pick(g, []string{"alnum", "alpha", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "xdigit"}) + ":]")
		case 4:
			b.WriteString(pick(g, []string{"[:nope:]", "[:alpha", "[::]", "[:]", "[", "[a", "[.a.]", "[=a=]", "\\[:", "[:alpha:]-z", "[:ALPHA:]"}))
		case 5:
			b.WriteString("\\" + string(rune(c)))
		default:
			b.WriteString(pick(g, []string{"a", "b", "/", "\\]", "\\\\", "*", "?", "é", " ", "A", "."}))
		}
	}
	if !g.one(12) {
		b.WriteByte(']')
	}
	return b.String()
}

// noise is what nobody would write.
func (g *generator) noise() string {
	const letters = `aabAo.*?[]!^-\/ :#1`
	var b strings.Builder
	for range 1 + g.IntN(7) {
		b.WriteByte(letters[g.IntN(len(letters))])
	}
	return b.String()
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// run runs git, and returns what it prints.
func run(t *testing.T, dir, stdin string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(stdin)
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil && (args[0] != "check-ignore" || cmd.ProcessState.ExitCode() != 1) {
		t.Fatalf("%s: %v\n%s", cmd, err, complaint.String())
	}
	return out.String()
}
