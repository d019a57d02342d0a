package watch

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hotreload/watch/gitignore"
)

// ignoreCases are trees with .gitignore files. A path that ends in a slash is a
// directory, ␣ and ⇥ in it are blanks; want are the ignored ones, of a directory
// that is ignored without what is in it.
var ignoreCases = []struct {
	name    string
	ignores map[string]string // directory -> its .gitignore
	paths   string
	want    string
}{
	{
		name:    "names, suffixes and comments",
		ignores: map[string]string{".": "# build output\n\n*.log\nbin\n\\#notes\n"},
		paths:   "a.log sub/b.log bin sub/bin/x main.go #notes catalog",
		want:    "#notes a.log bin sub/b.log sub/bin/",
	},
	{
		name:    "directories only",
		ignores: map[string]string{".": "build/\nsub/out/\n"},
		paths:   "build/x sub/build/x other/build sub/out/x other/sub/out/x",
		want:    "build/ sub/build/ sub/out/",
	},
	{
		name:    "anchored",
		ignores: map[string]string{".": "/todo\ndoc/*.txt\n/gen/\n"},
		paths:   "todo sub/todo doc/a.txt doc/sub/b.txt sub/doc/c.txt gen/x sub/gen/x",
		want:    "doc/a.txt gen/ todo",
	},
	{
		name:    "negation: the last line decides",
		ignores: map[string]string{".": "*.log\n!keep.log\nlogs/\n!logs/keep.log\n*.tmp\n!*.tmp\nx.tmp\n\\!odd\n"},
		paths:   "a.log keep.log logs/keep.log x.tmp y.tmp !odd",
		want:    "!odd a.log logs/ x.tmp",
	},
	{
		name:    "all but a few",
		ignores: map[string]string{".": "/*\n!/cmd\n!*.go\n/cmd/*\n!/cmd/app\n"},
		paths:   "main.go readme cmd/app/main.go cmd/app/x cmd/other/main.go pkg/x.go",
		want:    "cmd/other/ pkg/ readme",
	},
	{
		name:    "two stars",
		ignores: map[string]string{".": "**/deep\na/**/z\ntop/**\nc**d\n!top/keep\n"},
		paths:   "deep x/y/deep a/z a/b/z a/b/c/z top/x top/keep/x top/sub/x c/d cxxd cx/yd",
		want:    "a/b/c/z a/b/z a/z cxxd deep top/keep/x top/sub/ top/x x/y/deep",
	},
	{
		name:    "a directory's content, and not the directory",
		ignores: map[string]string{".": "cache/**\n!cache/.keep\ndata/*\n!data/.keep\n"},
		paths:   "cache/x cache/.keep cache/sub/y data/x data/.keep",
		want:    "cache/sub/ cache/x data/x",
	},
	{
		name:    "question marks and classes",
		ignores: map[string]string{".": "?.o\n[ab].c\n[!x]y\n*.[oa]\nv[0-9]*\n"},
		paths:   "a.o ab.o a.c c.c xy zy lib.a v1.2 vx sub/v9",
		want:    "a.c a.o ab.o lib.a sub/v9 v1.2 zy",
	},
	{
		name:    "what is special elsewhere is plain here",
		ignores: map[string]string{".": "{a,b}\n*.{x,y}\n\\{c\\}\n(d)\n+e\n"},
		paths:   "a b {a,b} f.x f.{x,y} {c} c (d) +e",
		want:    "(d) +e f.{x,y} {a,b} {c}",
	},
	{
		name:    "escapes",
		ignores: map[string]string{".": "\\*\n\\a.txt\nb\\?\nbroken\\\n[broken\n"},
		paths:   "* a.txt b? bx broken [broken z",
		want:    "* a.txt b?",
	},
	{
		name:    "blanks and line ends",
		ignores: map[string]string{".": "trail  \r\nin side\r\nback\\ \r\n   \r\n\tlead\nlast"},
		paths:   "trail in␣side/x back␣ lead ⇥lead last",
		want:    "⇥lead back␣ in␣side/ last trail",
	},
	{
		name:    "a byte order mark",
		ignores: map[string]string{".": "\ufeffa.txt\nb.txt\n"},
		paths:   "a.txt b.txt",
		want:    "a.txt b.txt",
	},
	{
		name:    "lines that say nothing",
		ignores: map[string]string{".": "/\n!\n\n//\n#\n"},
		paths:   "a b/c",
		want:    "",
	},
	{
		name: "a nearer file comes first",
		ignores: map[string]string{
			".":   "*.txt\nonly-sub\n",
			"sub": "!*.txt\n/anchored\nfrom-sub\n",
		},
		paths: "a.txt sub/a.txt sub/deep/b.txt anchored sub/anchored sub/deep/anchored from-sub sub/deep/from-sub only-sub",
		want:  "a.txt only-sub sub/anchored sub/deep/from-sub",
	},
	{
		name: "a file in what is ignored says nothing",
		ignores: map[string]string{
			".":      "vendor/\n",
			"vendor": "!*\n",
		},
		paths: "vendor/x",
		want:  "vendor/",
	},
}

// TestGitignore compares our rules with what is wanted and with git itself.
func TestGitignore(t *testing.T) {
	t.Parallel()
	for _, test := range ignoreCases {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			makeRepository(t, root)
			paths, want := listOf(test.paths), listOf(test.want)
			for _, path := range paths {
				writeFile(t, filepath.Join(root, path), "")
			}
			for dir, text := range test.ignores {
				writeFile(t, filepath.Join(root, dir, ".gitignore"), text)
			}
			c := DefaultConfig()
			if diff := cmp.Diff(want, ignoredBy(t, root, c)); diff != "" {
				t.Errorf("ignored paths differ (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(want, ignoredByGit(t, root)); diff != "" {
				t.Errorf("git does not ignore what is wanted (-want +git):\n%s", diff)
			}
			c.Gitignore = false
			if got := ignoredBy(t, root, c); len(got) > 0 {
				t.Errorf("ignored with gitignore = false: %q", got)
			}
		})
	}
}

// TestGitignoreAbove reads the .gitignore files of directories above the root,
// up to the top of the repository and no further.
func TestGitignoreAbove(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	repo, root := filepath.Join(top, "repo"), filepath.Join(top, "repo", "apps", "shop")
	writeFile(t, filepath.Join(top, ".gitignore"), "*.above\n")
	writeFile(t, filepath.Join(repo, ".gitignore"), "*.repo\n/apps/shop/anchored\n*.nearer\n")
	writeFile(t, filepath.Join(repo, "apps", ".gitignore"), "*.apps\n!keep.nearer\n")
	for _, name := range []string{"x.above", "x.repo", "x.apps", "anchored", "x.nearer", "keep.nearer", "main.go"} {
		writeFile(t, filepath.Join(root, name), "")
	}
	makeRepository(t, repo)
	want := []string{"anchored", "x.apps", "x.nearer", "x.repo"}
	if diff := cmp.Diff(want, ignoredBy(t, root, DefaultConfig())); diff != "" {
		t.Errorf("ignored paths differ (-want +got):\n%s", diff)
	}
	if err := os.RemoveAll(filepath.Join(repo, ".git")); err != nil {
		t.Fatal(err)
	}
	if got := ignoredBy(t, root, DefaultConfig()); len(got) > 0 {
		t.Errorf("ignored by files above, outside of any repository: %q", got)
	}
}

func TestExclude(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		exclude []string
		want    string
	}{
		{nil, ""},
		{[]string{"*.md"}, "a.md"},
		{[]string{"**/*.md"}, "a.md sub/b.md"},
		{[]string{"sub"}, "sub/"},
		{[]string{"sub/"}, "sub/"},
		{[]string{"a.md/"}, ""},
		{[]string{"sub/**"}, "sub/"},
		{[]string{"**/deep/*.{txt,md}"}, "sub/deep/c.txt"},
		{[]string{"..odd/*"}, "..odd/x"},
		{[]string{"nothing", "main.go"}, "main.go"},
	} {
		t.Run(strings.Join(test.exclude, " "), func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			for _, path := range listOf("main.go a.md sub/b.md sub/deep/c.txt ..odd/x") {
				writeFile(t, filepath.Join(root, path), "")
			}
			c := DefaultConfig()
			c.Exclude = test.exclude
			if diff := cmp.Diff(listOf(test.want), ignoredBy(t, root, c)); diff != "" {
				t.Errorf("ignored paths differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNewRefusesBadGlobs(t *testing.T) {
	t.Parallel()
	for _, c := range []Config{{Include: []string{"a", "[b"}}, {Exclude: []string{"{c"}}} {
		if _, err := New(t.TempDir(), c, nil, nil); err == nil || !strings.Contains(err.Error(), "is not a glob") {
			t.Errorf("New(%+v) returned %v", c, err)
		}
	}
}

func TestBuiltInRules(t *testing.T) {
	t.Parallel()
	ignored := strings.Fields(`.main.go.swp .main.go.swo .swp main.go~ 4913 .#main.go #main.go#
		.goutputstream-AB12 main.go.kate-swp main.go___jb_tmp___ main.go___jb_old___
		.git/ .hg/ .svn/ .jj/ .direnv/ node_modules/ web/node_modules/`)
	seen := strings.Fields(`main.go .env .air.toml .golangci.yml swap.swp.go 4914 #main.go main.go# node_modules
		.github/ vendor/ testdata/ build/ .swx~/`)
	root := t.TempDir()
	rules := rulesOf(t, root, DefaultConfig())
	ignores := func(path string) bool {
		name, dir := strings.CutSuffix(path, "/")
		return rules.ignores(filepath.Join(root, name), dir) != ""
	}
	for _, path := range ignored {
		if !ignores(path) {
			t.Errorf("%s is not ignored", path)
		}
	}
	for _, path := range seen {
		if ignores(path) {
			t.Errorf("%s is ignored", path)
		}
	}
}

// TestCaches leaves out what builds keep in the project, and nothing else of that name.
func TestCaches(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	c := DefaultConfig()
	c.Caches = []string{filepath.Join(root, "cache", "go"), root, filepath.Dir(root), filepath.Join(t.TempDir(), "elsewhere")}
	rules := rulesOf(t, root, c)
	for path, ignored := range map[string]bool{
		"cache/go/": true, "cache/go/00/a-d": true, "cache/": false, "cache/go.html": false, "cache/gone/": false, "web/cache/go/": false, "main.go": false,
	} {
		name, dir := strings.CutSuffix(path, "/")
		if why := rules.ignores(filepath.Join(root, name), dir); (why != "") != ignored {
			t.Errorf("%s: %q, want it ignored: %v", path, why, ignored)
		}
	}
}

func TestIgnoresSaysWhy(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	writeFile(t, filepath.Join(root, ".gitignore"), "# logs\n*.log\r\n")
	c := DefaultConfig()
	c.Exclude = []string{"docs/**"}
	rules := rulesOf(t, root, c)
	for path, want := range map[string]string{
		"sub/a.log": "ignored by .gitignore:2 *.log",
		"docs/a.go": "left out by watch.exclude docs/**",
		".git":      "never watched: .git",
		"a.go~":     "an editor's temporary file",
		"main.go":   "",
	} {
		if got := rules.ignores(filepath.Join(root, path), path == ".git"); got != want {
			t.Errorf("%s is ignored because of %q, want %q", path, got, want)
		}
	}
}

func TestIncludes(t *testing.T) {
	t.Parallel()
	c := Config{Include: []string{"views/*.html", "**/*.{css,js}"}}
	for path, want := range map[string]string{
		"views/a.html":     "views/*.html",
		"views/sub/a.html": "",
		"a.css":            "**/*.{css,js}",
		"static/js/a.js":   "**/*.{css,js}",
		"a.css.map":        "",
	} {
		if got := c.Includes("/app", "/app/"+path); got != want {
			t.Errorf("Includes(%q) = %q, want %q", path, got, want)
		}
	}
}

func TestBrowses(t *testing.T) {
	t.Parallel()
	c := Config{Browser: []string{"**/*.{css,js}", "{a,b}/{c,d}.txt", "web/dist/*"}}
	for path, want := range map[string]string{
		"a.css":         "**/*.css",
		"web/dist/a.js": "**/*.js",
		"web/dist/a":    "web/dist/*",
		"b/c.txt":       "{a,b}/{c,d}.txt",
		"a.html":        "",
	} {
		if got := c.Browses("/app", "/app/"+path); got != want {
			t.Errorf("Browses(%q) = %q, want %q", path, got, want)
		}
	}
}

// rulesOf returns the rules for a root, without asking git for its settings.
func rulesOf(t *testing.T, root string, c Config) *rules {
	t.Helper()
	rules, err := newRules(root, c, func(string) gitignore.Settings { return gitignore.Settings{} })
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

// makeRepository makes a repository as git init does, without a process.
func makeRepository(t *testing.T, dir string) {
	t.Helper()
	writeFile(t, filepath.Join(dir, ".git/HEAD"), "ref: refs/heads/main\n")
	for _, name := range []string{"info", "objects", "refs"} {
		if err := os.MkdirAll(filepath.Join(dir, ".git", name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

// ignoredBy walks the tree as the watcher does, and lists what rules leave out.
func ignoredBy(t *testing.T, root string, c Config) []string {
	t.Helper()
	rules := rulesOf(t, root, c)
	return walk(t, root, func(path string, dir bool) bool {
		return rules.ignores(path, dir) != ""
	})
}

// ignoredByGit lists what git leaves out.
func ignoredByGit(t *testing.T, root string) []string {
	t.Helper()
	var all strings.Builder
	walk(t, root, func(path string, _ bool) bool {
		all.WriteString(path + "\x00")
		return false
	})
	ignored := strings.Split(git(t, root, all.String(), "check-ignore", "--no-index", "-z", "--stdin"), "\x00")
	return walk(t, root, func(path string, _ bool) bool { return slices.Contains(ignored, path) })
}

// walk lists what is ignored, and does not go into it.
func walk(t *testing.T, root string, ignored func(path string, dir bool) bool) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil || path == root || entry.Name() == ".gitignore":
			return err
		case entry.Name() == ".git":
			return fs.SkipDir
		case !ignored(path, entry.IsDir()):
			return nil
		}
		rel, err := filepath.Rel(root, path)
		if !entry.IsDir() {
			found = append(found, rel)
			return err
		}
		found = append(found, rel+"/")
		return fs.SkipDir
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(found)
	return found
}

// git runs git without the user's settings, and returns what it prints.
func git(t *testing.T, dir, stdin string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(stdin)
	cmd.Env = append(cmd.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir))
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil && (len(args) == 0 || args[0] != "check-ignore" || cmd.ProcessState.ExitCode() != 1) {
		t.Fatalf("%s: %v\n%s", cmd, err, complaint.String())
	}
	return out.String()
}

func listOf(text string) []string {
	if text == "" {
		return nil
	}
	list := strings.Fields(text)
	for i := range list {
		list[i] = strings.NewReplacer("␣", " ", "⇥", "\t").Replace(list[i])
	}
	return list
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
