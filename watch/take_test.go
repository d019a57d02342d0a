package watch

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestChanges does things to a real tree, each in one batch.
func TestChanges(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		do   func(*project)
		want string
	}{
		{"a write", func(p *project) { p.write("main.go") }, "main.go"},
		{"a write in a directory", func(p *project) { p.write("sub/deep/c.go") }, "sub/deep/c.go"},
		{"a new file", func(p *project) { p.write("sub/new.go") }, "sub/new.go"},
		{"a removed file", func(p *project) { p.remove("sub/b.go") }, "sub/b.go"},
		{"truncated and rewritten", func(p *project) { p.writeText("main.go", ""); p.write("main.go") }, "main.go"},
		{"chmod alone", func(p *project) { p.must(os.Chmod(p.path("main.go"), 0o600)) }, ""},
		{"a read", func(p *project) { _, err := os.ReadFile(p.path("main.go")); p.must(err) }, ""},
		{"a touch", func(p *project) { now := time.Now(); p.must(os.Chtimes(p.path("main.go"), now, now)) }, ""},
		{"a rewrite of the same", func(p *project) { p.rewrite("main.go"); p.rewrite("sub/deep/c.go") }, ""},
		{"a save by rename of the same", func(p *project) {
			p.writeText("tmp", p.text("main.go"))
			p.rename("tmp", "main.go")
		}, ""},
		{"a change that is taken back", func(p *project) { was := p.text("main.go"); p.write("main.go"); p.writeText("main.go", was) }, ""},
		{"a file moved away and back", func(p *project) { p.rename("main.go", "../x"); p.rename("../x", "main.go") }, ""},
		{"removed and made again as it was", func(p *project) {
			was := p.text("sub/deep/c.go")
			p.remove("sub/deep")
			p.writeText("sub/deep/c.go", was)
		}, ""},
		{"the second of two rewrites, of a file that was not asked for", func(p *project) { p.write("readme"); p.changes(); p.rewrite("readme") }, ""},
		{"a symbolic link", func(p *project) { p.must(os.Symlink("main.go", p.path("link.go"))) }, "link.go"},
		{"a link to a directory", func(p *project) { p.must(os.Symlink("sub", p.path("link"))); p.write("sub/b.go") }, "link link/b.go link/deep/c.go sub/b.go"},

		{"a save by rename", func(p *project) { p.write("main.go.new"); p.rename("main.go.new", "main.go") }, "main.go"},
		{"a save with a backup", func(p *project) {
			p.rename("main.go", "main.go~")
			p.write("main.go")
			p.remove("main.go~")
		}, "main.go"},
		{"a save by rename from elsewhere", func(p *project) {
			p.write("../elsewhere/x")
			p.rename("../elsewhere/x", "main.go")
		}, "main.go"},
		{"a save by rename, and the file is removed", func(p *project) {
			p.write("main.go.new")
			p.rename("main.go.new", "main.go")
			p.remove("main.go")
		}, "main.go"},
		{"a file that was born and is gone", func(p *project) { p.write("tmp.go"); p.remove("tmp.go") }, ""},
		{"born, gone and born again", func(p *project) { p.write("tmp.go"); p.remove("tmp.go"); p.write("tmp.go") }, "tmp.go"},
		{"gone, born and gone", func(p *project) { p.remove("main.go"); p.write("main.go"); p.remove("main.go") }, "main.go"},
		{"moved there and back", func(p *project) { p.rename("sub", "tmp"); p.rename("tmp", "sub") }, ""},

		{"an empty directory", func(p *project) { p.mkdir("new") }, ""},
		{"a new directory with files", func(p *project) { p.write("new/a.go"); p.write("new/b.go") }, "new/a.go new/b.go"},
		{"new directories in each other", func(p *project) { p.mkdir("n/e/w"); p.write("n/e/w/a.go") }, "n/e/w/a.go"},
		{"a new directory, and later a file", func(p *project) { p.mkdir("n/e/w"); p.changes(); p.write("n/e/w/a.go") }, "n/e/w/a.go"},
		{"a directory that was born and is gone", func(p *project) { p.write("tmp/x/a.go"); p.remove("tmp") }, ""},
		{"removed with all that is in it", func(p *project) { p.remove("sub") }, "sub sub/b.go sub/deep sub/deep/c.go"},
		{"removed and made again", func(p *project) { p.remove("sub"); p.write("sub/b.go") }, "sub/b.go sub/deep sub/deep/c.go"},
		{"made again, and later a write", func(p *project) {
			p.remove("sub")
			p.write("sub/b.go")
			p.changes()
			p.write("sub/b.go")
		}, "sub/b.go"},

		{"a directory renamed", func(p *project) { p.rename("sub", "new") }, "new/b.go new/deep/c.go sub sub/b.go sub/deep sub/deep/c.go"},
		{"a directory renamed, and later writes", func(p *project) {
			p.rename("sub", "new")
			p.changes()
			p.write("new/b.go")
			p.write("new/deep/c.go")
			p.write("sub/b.go")
		}, "new/b.go new/deep/c.go sub/b.go"},
		{"a directory moved into a new one", func(p *project) { p.mkdir("new"); p.rename("sub", "new/sub") }, "new/sub/b.go new/sub/deep/c.go sub sub/b.go sub/deep sub/deep/c.go"},
		{"a directory moved into a new one, and later writes", func(p *project) {
			p.mkdir("new")
			p.rename("sub", "new/sub")
			p.changes()
			p.write("new/sub/b.go")
			p.write("new/sub/deep/c.go")
		}, "new/sub/b.go new/sub/deep/c.go"},
		{"a directory moved over an empty one, and later writes", func(p *project) {
			p.mkdir("new")
			p.changes()
			p.rename("sub", "new")
			p.changes()
			p.write("new/b.go")
			p.write("new/deep/c.go")
		}, "new/b.go new/deep/c.go"},
		{"one directory for another", func(p *project) { p.rename("sub", "old"); p.write("sub/new.go") }, "old/b.go old/deep/c.go sub/b.go sub/deep sub/deep/c.go sub/new.go"},
		{"two directories swapped", func(p *project) {
			p.rename("sub", "tmp")
			p.rename("web", "sub")
			p.rename("tmp", "web")
			p.changes()
			p.write("sub/index.html")
			p.write("web/b.go")
		}, "sub/index.html web/b.go"},
		{"a directory moved out", func(p *project) { p.rename("sub", "../out") }, "sub sub/b.go sub/deep sub/deep/c.go"},
		{"a directory moved out, and a write in it", func(p *project) { p.rename("sub", "../out"); p.changes(); p.write("../out/b.go") }, ""},
		{"a directory moved in", func(p *project) { p.write("../out/x/a.go"); p.rename("../out", "in") }, "in/x/a.go"},
		{"a directory for a file", func(p *project) { p.remove("main.go"); p.write("main.go/a.go") }, "main.go main.go/a.go"},
		{"a file for a directory", func(p *project) { p.remove("web"); p.write("web") }, "web web/index.html"},

		{"an ignored file", func(p *project) { p.write("app.log"); p.write("sub/app.log") }, ""},
		{"an ignored directory", func(p *project) { p.write("bin/x.go") }, ""},
		{"an ignored directory, new", func(p *project) { p.write("sub/bin/x.go"); p.changes(); p.write("sub/bin/y.go") }, ""},
		{"an ignored directory, gone", func(p *project) { p.remove("bin") }, ""},
		{"an editor's files", func(p *project) { p.write(".main.go.swp"); p.write("4913"); p.remove("4913"); p.write("#main.go#") }, ""},
		{"node_modules and .git", func(p *project) {
			p.write("node_modules/x.js")
			p.write(".git/index")
			p.changes()
			p.remove("node_modules")
			p.remove(".git")
		}, ""},
		{"spaces and other letters", func(p *project) { p.write("süb dir/mäin 日本.go") }, "süb_dir/mäin_日本.go"},
	} {
		for _, mode := range backends() {
			t.Run(test.name+mode, func(t *testing.T) {
				t.Parallel()
				p := newProject(t, "main.go", "readme", "sub/b.go", "sub/deep/c.go", "sub/app.log", "sub/bin/tool", "web/index.html", "bin/tool")
				p.writeText(".gitignore", "*.log\nbin/\n")
				p.mode = mode
				p.watch(DefaultConfig(), p.scope([]string{".", "sub", "sub/deep"}, nil))
				test.do(p)
				got := strings.ReplaceAll(strings.Join(p.changes(), "|"), " ", "_")
				if diff := cmp.Diff(test.want, strings.ReplaceAll(got, "|", " ")); diff != "" {
					t.Errorf("changes differ (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// TestGitignoreEdited changes the rules under a running watcher.
func TestGitignoreEdited(t *testing.T) {
	t.Parallel()
	p := newProject(t, "main.go", "gen/a.go", "out/b.go", "sub/c.txt")
	p.writeText(".gitignore", "gen/\n")
	p.watch(DefaultConfig(), Scope{Matters: matters})
	p.writeText(".gitignore", "out/\n")
	p.expect(".gitignore")
	p.write("gen/a.go")
	p.write("out/b.go")
	p.expect("gen/a.go")

	p.writeText("sub/.gitignore", "*.txt")
	p.expect("sub/.gitignore")
	p.write("sub/c.txt")
	p.expect()
	p.remove("sub/.gitignore")
	p.expect("sub/.gitignore")
	p.write("sub/c.txt")
	p.expect("sub/c.txt")

	p.writeText("sub/.gitignore", "*.txt\ndeep/\n")
	p.expect("sub/.gitignore")
	p.write("sub/deep/d.go")
	p.expect()
	p.rename("sub", "old")
	p.expect("old/.gitignore", "sub", "sub/.gitignore")
	p.write("sub/c.txt")
	p.write("sub/deep/d.go")
	p.write("old/c.txt")
	p.write("old/deep/d.go")
	p.expect("sub/c.txt", "sub/deep/d.go")

	p.remove(".gitignore")
	p.expect(".gitignore")
	p.write("out/b.go")
	p.expect("out/b.go")
}

// TestManySaves reports them all in one batch.
func TestManySaves(t *testing.T) {
	t.Parallel()
	p := newProject(t, "main.go")
	p.watch(DefaultConfig(), Scope{Matters: matters})
	var want []string
	for i := range 100 {
		name := fmt.Sprintf("pkg%d/file%02d.go", i%10, i)
		p.write(name)
		want = append(want, name)
	}
	p.expect(want...)
}

func TestTrace(t *testing.T) {
	t.Parallel()
	p := newProject(t, "main.go", "bin/tool", "docs/a.md")
	p.writeText(".gitignore", "bin/\n")
	c := DefaultConfig()
	c.Exclude = []string{"**/*.md"}
	// What may lie there is awaited; that nothing does is nothing to tell.
	info := p.watch(c, Scope{Matters: matters, Dirs: []string{p.root, filepath.Join(p.root, "vendor")}})
	if info.Dirs != 2 || info.Files != 2 {
		t.Errorf("%d directories and %d files are watched, want 2 and 2", info.Dirs, info.Files)
	}
	p.write("docs/a.md")
	p.write("main.go~")
	p.expect()
	want := map[string]string{
		"bin":       "ignored by .gitignore:1 bin/",
		"docs/a.md": "left out by watch.exclude **/*.md",
		"main.go~":  "an editor's temporary file",
	}
	if diff := cmp.Diff(want, p.traced); diff != "" {
		t.Errorf("traces differ (-want +got):\n%s", diff)
	}
}

// expect checks what changed since the last look.
func (p *project) expect(want ...string) {
	p.Helper()
	if diff := cmp.Diff(slices.Sorted(slices.Values(want)), p.changes()); diff != "" {
		p.Errorf("changes differ (-want +got):\n%s", diff)
	}
}
