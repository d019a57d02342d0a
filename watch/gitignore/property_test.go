package gitignore

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"hotreload/internal/paths"
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
	write(t, user, g.rules(""))
	settings := Settings{ExcludesFile: user, IgnoreCase: g.one(3)}
	for _, dir := range []string{"objects", "refs"} { // a repository, without two processes to make one
		if err := os.MkdirAll(filepath.Join(g.top, ".git", dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(g.top, ".git/HEAD"), "ref: refs/heads/main\n")
	write(t, filepath.Join(g.top, ".git/config"), fmt.Sprintf("[core]\n\texcludesFile = %q\n\tignoreCase = %t\n", user, settings.IgnoreCase))
	write(t, filepath.Join(g.top, ".git/info/exclude"), g.rules(""))

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

// TestClassesAsGit compares every class that has a name on every byte.
func TestClassesAsGit(t *testing.T) {
	quietGit(t)
	top := t.TempDir()
	run(t, top, "", "init", "-q")
	var paths []string
	for c := byte(1); c != 0; c++ {
		if c != '/' {
			paths = append(paths, string([]byte{'x', c, 'y'}))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(posix)) {
		write(t, filepath.Join(top, ".gitignore"), "x[[:"+name+":]]y\n")
		m := New(Settings{}, top)
		for i, want := range askGit(t, top, paths) {
			if got := describe(top, m.Decide(filepath.Join(top, paths[i]), false)); got != want {
				t.Errorf("%q is decided by %q, by git's lights %q", paths[i], got, want)
			}
		}
	}
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
	if paths.Below(file, top) {
		file = filepath.ToSlash(paths.Rest(file, top))
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
			g.ignoreFile(dir)
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

func (g *generator) ignoreFile(dir string) {
	path := dir + ".gitignore"
	full := filepath.Join(g.top, path)
	var err error
	switch {
	case g.one(20):
		err = os.Mkdir(full, 0o755)
	case g.one(20):
		write(g.T, full+".real", g.rules(dir))
		err = os.Symlink(full+".real", full)
	default:
		write(g.T, full, g.rules(dir))
	}
	if err != nil {
		g.Fatal(err)
	}
	g.paths = append(g.paths, path)
}

// rules makes an ignore file for what lies below dir, "" or with a slash.
func (g *generator) rules(dir string) string {
	var b strings.Builder
	if g.one(8) {
		b.WriteString("\ufeff")
	}
	for range g.IntN(9) {
		b.WriteString(g.line(dir))
		b.WriteString(pick(g, []string{"\n", "\n", "\n", "\n", "\r\n", " \n", "  \n", "\t\n", "\\ \n", " \r\n", "\n\n", "\\\n", "\\\\ \n", "\r\r\n", "\x00x\n"}))
	}
	text := b.String()
	if g.one(4) {
		text = strings.TrimSuffix(text, "\n")
	}
	return text
}

// line makes a line: mostly of a path that is there below dir, so that it is
// nearly about it.
func (g *generator) line(dir string) string {
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
	if g.one(4) {
		for g.one(3) {
			b.WriteString(g.noise() + "/")
		}
		b.WriteString(g.noise())
	} else {
		b.WriteString(g.mutated(g.target(dir)))
	}
	if g.one(6) {
		b.WriteString(pick(g, []string{"/", "/", "/", "/**", "/*", "/**/", "**", "/**/*", "*/"}))
	}
	return b.String()
}

// target is the end of a path below dir, from there on or from further down.
func (g *generator) target(dir string) string {
	for range 20 {
		path, below := strings.CutPrefix(pick(g, g.paths), dir)
		if !below || path == "" {
			continue
		}
		for g.one(2) {
			if _, rest, deeper := strings.Cut(path, "/"); deeper {
				path = rest
			}
		}
		return path
	}
	return pick(g, names)
}

// mutated makes a glob of a path: some letters give way to what is to match
// them, or all but them.
func (g *generator) mutated(path string) string {
	const plain = 3 // letters that are escaped only if that is needed, to one that is mutated
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		c := path[i]
		switch {
		case !g.one(plain + len(path)/4):
			if strings.IndexByte(special, c) >= 0 && !g.one(4) {
				b.WriteByte('\\')
			}
			b.WriteByte(c)
		case c == '/':
			b.WriteString(pick(g, []string{"/**/", "/**/", "/*/", "\\/", "**\\/", "/**\\/", "[/]", "[!a]", "?", "*", "**", "**/", "/**", "//", "/***/", "***/"}))
		case g.one(3):
			b.WriteString(g.class(c))
		case g.one(3):
			b.WriteString(pick(g, []string{"*", "*", "**", "***", "*?", "?*", "**/", "/**", "**/**"}))
			i += g.IntN(4) - 1
			i = max(i, 0)
		case g.one(3):
			b.WriteByte('?')
		case g.one(2):
			b.WriteString("\\" + swapCase(path[i:i+1]))
		default:
			b.WriteString(swapCase(path[i : i+1]))
		}
	}
	return b.String()
}

func swapCase(letter string) string {
	if upper := strings.ToUpper(letter); upper != letter {
		return upper
	}
	return strings.ToLower(letter)
}

// class makes a bracket expression, often one that has c.
func (g *generator) class(c byte) string {
	var b strings.Builder
	b.WriteString(pick(g, []string{"[", "[", "[", "[!", "[^"}))
	if g.one(6) {
		b.WriteString(pick(g, []string{"]", "-", "!", "^"}))
	}
	for range 1 + g.IntN(3) {
		switch g.IntN(8) {
		case 0:
			b.WriteByte(c)
		case 1:
			b.WriteString(string([]byte{c - byte(g.IntN(3)), '-', c + byte(g.IntN(3))}))
		case 2:
			b.WriteString(pick(g, []string{"a-z", "A-Z", "0-9", "a-", "-a", "z-a", "a-c-e", "\\a-\\z", "+--", "a-\\]"}))
		case 3:
			b.WriteString("[:" + g.posix(c) + ":]")
		case 4:
			b.WriteString(pick(g, []string{"[:nope:]", "[:alpha", "[::]", "[:]", "[", "[a", "[.a.]", "[=a=]", "\\[:", "[:alpha:]-z", "[:ALPHA:]"}))
		case 5:
			b.WriteString("\\" + string([]byte{c}))
		case 6:
			b.WriteString(pick(g, []string{string([]byte{c}) + "-", "-" + string([]byte{c}), swapCase(string([]byte{c})), "[:" + string([]byte{c}), string([]byte{c}) + "-[:digit:]", "[:space:]-" + string([]byte{c}),
				string([]byte{c - 1}) + "[:cntrl:]-" + string([]byte{c + 1}), string([]byte{c - 2, '-', c - 1, '-', c + 1})}))
		default:
			b.WriteString(pick(g, []string{"a", "b", "/", "\\]", "\\\\", "*", "?", "é", " ", "A", "."}))
		}
	}
	if !g.one(12) {
		b.WriteByte(']')
	}
	return b.String()
}

// posix names a class, mostly one that has c.
func (g *generator) posix(c byte) string {
	all := slices.Sorted(maps.Keys(posix))
	if g.one(3) {
		return pick(g, all)
	}
	having := slices.DeleteFunc(slices.Clone(all), func(name string) bool { return !posix[name](c) })
	return pick(g, append(having, "print"))
}

// noise is what no user would write.
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
