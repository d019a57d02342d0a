package watch

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestOrderOfRules has one rule say what the next takes back.
func TestOrderOfRules(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name             string
		include, exclude []string
		browser          []string
		gitignore        string
		paths, want      string // want: those that are left out
	}{
		{
			name:    "a glob of include that begins with a wildcard brings nothing back",
			include: []string{"**/*.js"}, gitignore: "dist/\n*.min.js\n",
			paths: "dist/a.js web/a.js web/a.min.js", want: "dist/ web/a.min.js",
		},
		{
			name:    "one that begins with a name does, and nothing beside",
			include: []string{"web/dist/*.js", "local.toml", "data/**/*.json"}, gitignore: "dist/\nlocal.*\n/data\n",
			paths: "web/dist/a.js web/dist/a.map web/dist/sub/a.js dist/a.js local.toml local.env data/x.txt data/a/b/c.json data/a/b/c.txt",
			want:  "data/a/b/c.txt data/x.txt dist/ local.env web/dist/a.map web/dist/sub/",
		},
		{
			name:    "so does one of browser",
			browser: []string{"web/dist/*.js", "**/*.css"}, gitignore: "dist/\n",
			paths: "web/dist/a.js web/dist/a.map web/dist/a.css dist/a.css", want: "dist/ web/dist/a.css web/dist/a.map",
		},
		{
			name:    "braces and escapes",
			include: []string{"web/{dist,out}/*.js", "{top,other}/*.js", `x\y/*.js`}, gitignore: "/web/*\n/top\n/xy\n",
			paths: "web/dist/a.js web/out/a.js web/tmp/a.js top/a.js xy/a.js", want: "top/ web/tmp/ xy/",
		},
		{
			name:    "exclude is the stronger of the two",
			include: []string{"web/dist/*.js"}, exclude: []string{"web/dist/vendor.js", "**/*.map"}, gitignore: "dist\n",
			paths: "web/dist/a.js web/dist/vendor.js a.map", want: "a.map web/dist/vendor.js",
		},
		{
			name:      "exclude takes what a line of git's brings back",
			exclude:   []string{"docs"},
			gitignore: "/*\n!/docs\n!/main.go\n",
			paths:     "docs/a main.go x", want: "docs/ x",
		},
		{
			name:    "and what is built in nothing brings back",
			include: []string{"node_modules/x/*.js", "web/a.js~"}, gitignore: "!node_modules\n!*~\n",
			paths: "node_modules/x/a.js web/a.js~", want: "node_modules/ web/a.js~",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			for _, path := range listOf(test.paths) {
				writeFile(t, filepath.Join(root, path), "")
			}
			writeFile(t, filepath.Join(root, ".gitignore"), test.gitignore)
			c := DefaultConfig()
			c.Include, c.Browser, c.Exclude = test.include, test.browser, test.exclude
			if diff := cmp.Diff(listOf(test.want), ignoredBy(t, root, c)); diff != "" {
				t.Errorf("ignored paths differ (-want +got):\n%s", diff)
			}
		})
	}
}

// TestIncludeWhereTheGraphLeads sees the run-time files beside a package that
// git ignores, but not what git ignores by its own name.
func TestIncludeWhereTheGraphLeads(t *testing.T) {
	t.Parallel()
	p := newProject(t, "main.go", "gen/api/a.go", "gen/api/a.html", "gen/web/b.html")
	p.writeText(".gitignore", "gen/\ncoverage.html\n*.tmp.html\n")
	c := DefaultConfig()
	c.Exclude = []string{"**/x.html"}
	p.watch(c, p.scope([]string{".", "gen/api"}, nil))
	for _, name := range []string{"gen/api/a.html", "gen/api/a.tmp.html", "gen/api/a.json", "gen/api/x.html", "gen/web/b.html", "coverage.html"} {
		p.write(name)
	}
	p.expect("gen/api/a.html")
}

// TestRulesChange has the rules follow the files they are read from, wherever
// those lie.
func TestRulesChange(t *testing.T) {
	t.Parallel()
	inside, outside := []string{"sub/a.log"}, []string{"../../extra/a.log"}
	for _, test := range []struct {
		name, file string
		then       []string // what is still seen
	}{
		{"in the root", ".gitignore", outside},
		{"below", "sub/.gitignore", outside},
		{"above", "../.gitignore", outside},
		{"the repository's own", "../.git/info/exclude", outside},
		{"of an extra directory", "../../extra/.gitignore", inside},
		{"of the repository of an extra directory", "../../.git/info/exclude", inside},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := newProject(t, "main.go")
			top := filepath.Dir(p.root)
			p.root = filepath.Join(top, "repo", "app")
			makeRepository(t, top)
			p.mkdir("../../extra")
			for _, name := range []string{"main.go", "a.log", "sub/a.log", "../../extra/a.log"} {
				p.write(name)
			}
			makeRepository(t, filepath.Join(top, "repo"))
			c := DefaultConfig()
			c.Extra = []string{"../../extra"}
			p.watch(c, Scope{Matters: matters})

			seen := func() (names []string) {
				for _, name := range []string{"sub/a.log", "../../extra/a.log"} {
					p.write(name)
				}
				for _, name := range p.changes() {
					if filepath.Base(name) == "a.log" {
						names = append(names, name)
					}
				}
				return names
			}
			both := []string{"../../extra/a.log", "sub/a.log"}
			if diff := cmp.Diff(both, seen()); diff != "" {
				t.Fatalf("changes differ (-want +got):\n%s", diff)
			}
			p.writeText(test.file, "*.log\n")
			p.changes()
			if diff := cmp.Diff(test.then, seen()); diff != "" {
				t.Errorf("after the file was written, changes differ (-want +got):\n%s", diff)
			}
			p.must(os.Remove(p.path(test.file)))
			p.changes()
			if diff := cmp.Diff(both, seen()); diff != "" {
				t.Errorf("after the file was removed, changes differ (-want +got):\n%s", diff)
			}
		})
	}
}

// TestUnseen asks a watcher that is not armed, and one that is what it reports.
func TestUnseen(t *testing.T) {
	t.Parallel()
	p := newProject(t, "main.go", "sub/a.md", "gen/api/a.go", "gen/api/a.json", "gen/web/b.go", "a.log", ".env", "docs/d.md",
		"../lib/x.go", "../lib/in/y.go", "../common/c.html", "../common/c.log", "../other/z.go", "conf/app.env")
	p.writeText(".gitignore", "gen/\n.env\n/conf\n")
	p.writeText("../common/.gitignore", "*.log\n")
	p.must(os.Symlink("sub", p.path("link")))
	p.must(os.Symlink("..", p.path("up")))
	c := DefaultConfig()
	c.Exclude, c.Extra = []string{"docs"}, []string{"../common"}
	scope := p.scope([]string{".", "gen/api", "../lib"}, []string{".env", "conf/app.env"})
	w, err := New(p.root, c, func(string) {}, nil)
	p.must(err)
	want := map[string]string{
		"main.go": "", "sub/a.md": "", "link/a.md": "", "gen/api/a.go": "", ".env": "", "conf/app.env": "", "../lib/x.go": "", "../common/c.html": "",
		"gen/api/a.json":  "ignored by .gitignore:1 gen/",
		"gen/web/b.go":    "ignored by .gitignore:1 gen/",
		"docs/d.md":       "left out by watch.exclude docs",
		"../common/c.log": "ignored by " + p.path("../common/.gitignore") + ":1 *.log",
		"../lib/in/y.go":  "outside the watched directories",
		"../other/z.go":   "outside the watched directories",
	}
	var seen []string
	for name, why := range want {
		if got := w.Unseen(scope, p.path(name), false); got != why {
			t.Errorf("%s is unseen because of %q, want %q", name, got, why)
		}
		if why == "" {
			seen = append(seen, name)
		}
	}
	if got := w.Unseen(scope, p.path("up/a.md"), false); got != "behind up, a link to "+filepath.Dir(p.root)+", which is not followed" {
		t.Errorf("what a link leads to is unseen because of %q", got)
	}
	for dir, why := range map[string]string{".": "", "sub": "", "new/deep": "", "gen": "", "gen/web": "ignored by .gitignore:1 gen/", "docs": "left out by watch.exclude docs"} {
		if got := w.Unseen(scope, p.path(dir), true); got != why {
			t.Errorf("directory %s is unseen because of %q, want %q", dir, got, why)
		}
	}

	p.watch(c, scope)
	for name := range want {
		p.write(name)
	}
	p.expect(seen...)
}
