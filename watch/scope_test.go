package watch

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hotreload/internal/paths"
)

// TestScope watches what the rules would leave out, and what is outside the root.
func TestScope(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name        string
		dirs, files string
		exclude     string
		do          func(*project)
		want        string
	}{
		{
			name: "what the app is built from is seen where git ignores it", dirs: ". gen/api",
			do:   func(p *project) { p.write("gen/api/a.go"); p.write("local.go"); p.write("gen/api/new.go") },
			want: "gen/api/a.go gen/api/new.go local.go",
		},
		{
			name: "and what else lies there is not", dirs: ". gen/api",
			do: func(p *project) {
				p.write("gen/api/a.json")
				p.write("local.db")
				p.write("gen/x.go")
				p.write("gen/web/x.go")
				p.write("gen/api/.#a.go")
				p.write(".#main.go")
			},
		},
		{
			name: "a generator that recreates its directory", dirs: ". gen/api/v1", do: func(p *project) {
				p.remove("gen")
				p.changes()
				p.write("gen/api/v1/a.go")
				p.write("gen/other/v1/a.go")
				p.changes()
				p.write("gen/api/v1/a.go")
				p.write("gen/other/v1/a.go")
			},
			want: "gen/api/v1/a.go",
		},
		{
			name: "a generator that puts its directory in place", dirs: ". gen/api/v1", do: func(p *project) {
				p.write("tmp/api/v1/a.go")
				p.rename("gen", "old")
				p.rename("tmp", "gen")
				p.changes()
				p.write("gen/api/v1/a.go")
			},
			want: "gen/api/v1/a.go",
		},
		{
			name: "an excluded directory", dirs: ". gen/api", exclude: "gen",
			do:   func(p *project) { p.write("gen/api/a.go"); p.write("gen/api/a.json") },
			want: "gen/api/a.go",
		},
		{
			name: "outside", dirs: ". ../lib ../lib/pkg",
			do: func(p *project) {
				p.write("../lib/x.go")
				p.write("../lib/pkg/y.go")
				p.write("../lib/other/z.go")
				p.write("../x.go")
			},
			want: "../lib/pkg/y.go ../lib/x.go",
		},
		{
			name: "outside, recreated", dirs: ". ../lib ../lib/in/pkg",
			do: func(p *project) {
				p.remove("../lib/in")
				p.changes()
				p.write("../lib/in/pkg/y.go")
				p.changes()
				p.write("../lib/in/pkg/y.go")
				p.write("../lib/in/y.go")
			},
			want: "../lib/in/pkg/y.go",
		},
		{
			name: "outside, a new package", dirs: ". ../lib",
			do:   func(p *project) { p.write("../lib/new/x.go"); p.changes(); p.write("../lib/new/x.go") },
			want: "../lib/new/x.go",
		},
		{
			name: "outside, gone", dirs: ". ../etc",
			do:   func(p *project) { p.remove("../etc") },
			want: "../etc ../etc/app.env",
		},
		{
			name: "a named file that git ignores", files: ".env gen/secret",
			do:   func(p *project) { p.write(".env"); p.write("gen/secret"); p.write("gen/x.go"); p.write("local.go") },
			want: ".env gen/secret",
		},
		{
			name: "a named file outside, alone", files: "../etc/app.env",
			do: func(p *project) {
				p.write("../etc/app.env")
				p.write("../etc/other.env")
				p.write("../etc/app.go")
				p.write("../etc/sub/app.go")
			},
			want: "../etc/app.env",
		},
		{
			name: "a named file that is not there yet", files: "conf/local/.env",
			do:   func(p *project) { p.write("conf/local/.env"); p.write("conf/local/other") },
			want: "conf/local/.env conf/local/other",
		},
		{
			name: "a named file that is not there yet, in what git ignores", files: "bin/local/.env",
			do:   func(p *project) { p.write("bin/local/.env"); p.write("bin/local/other") },
			want: "bin/local/.env",
		},
		{
			name: "a named file saved by rename", files: ".env",
			do:   func(p *project) { p.write(".env.new"); p.rename(".env.new", ".env") },
			want: ".env",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := newProject(t, "main.go", "local.go", ".env", "gen/secret", "gen/api/a.go", "gen/api/v1/a.go",
				"../lib/x.go", "../lib/pkg/y.go", "../lib/in/pkg/y.go", "../lib/other/z.go", "../etc/app.env")
			p.writeText(".gitignore", "gen/\nbin/\nlocal.*\n.env\n")
			c := DefaultConfig()
			c.Exclude = listOf(test.exclude)
			p.watch(c, p.scope(listOf(test.dirs), listOf(test.files)))
			test.do(p)
			if diff := cmp.Diff(test.want, strings.Join(p.changes(), " ")); diff != "" {
				t.Errorf("changes differ (-want +got):\n%s", diff)
			}
		})
	}
}

// TestHeldDirectories sees what appears, however deep, where what the app is built from
// may appear, though git ignores it and it is not there at first.
func TestHeldDirectories(t *testing.T) {
	t.Parallel()
	for _, mode := range backends() {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			p := newProject(t, "main.go", "gen/x.go")
			p.mode = mode
			p.writeText(".gitignore", "dist/\ngen/\nassets/\n")
			scope := p.scope([]string{".", "web", "web/dist"}, nil)
			scope.Holds = func(dir string) bool {
				return dir == p.root || dir == p.path("web") || paths.Within(dir, p.path("web/dist"))
			}
			p.watch(DefaultConfig(), scope)
			p.write("web/dist/assets/deep/x.go")
			p.write("web/dist/assets/x.json")
			p.write("web/other/dist/x.go")
			p.write("gen/x.go")
			p.expect("web/dist/assets/deep/x.go")
			p.write("web/dist/assets/y.go")
			p.expect("web/dist/assets/y.go")
			p.remove("web/dist")
			p.changes()
			p.write("web/dist/assets/deep/x.go")
			p.expect("web/dist/assets/deep/x.go")
			p.rename("web/dist/assets", "web/old")
			p.changes()
			p.write("web/old/y.go")
			p.write("web/dist/new/z.go")
			p.expect("web/dist/new/z.go", "web/old/y.go")

			p.must(p.w.view.follow(p.scope([]string{"."}, nil)))
			p.write("web/dist/new/z.go")
			p.expect()
		})
	}
}

// TestScopeOfAnotherRepository applies the rules of the repository that an external
// directory is in.
func TestScopeOfAnotherRepository(t *testing.T) {
	t.Parallel()
	p := newProject(t, "main.go", "../mono/.git/HEAD", "../mono/.git/info/exclude", "../mono/lib/x.go", "../mono/lib/gen/g.go")
	p.writeText(".gitignore", "new/\n")
	p.writeText("../mono/.gitignore", "gen/\n*.log\n/lib/secret.*\n")
	p.watch(DefaultConfig(), p.scope([]string{".", "../mono/lib", "../mono/lib/gen"}, nil))
	p.write("../mono/lib/new/deep/y.go")
	p.write("../mono/lib/new/app.log")
	p.write("../mono/lib/new/node_modules/a/index.js")
	p.write("../mono/lib/new/gen/y.go")
	p.write("../mono/lib/new/gen/y/z.go")
	p.write("../mono/lib/new/.y.go.swp")
	p.write("../mono/lib/gen/new.go") // in a directory that is built from
	p.write("../mono/lib/gen/a.json")
	p.write("../mono/lib/gen/new/a.go")
	p.write("../mono/lib/secret.html")
	p.expect("../mono/lib/gen/new.go", "../mono/lib/new/deep/y.go")
	p.write("../mono/lib/new/deep/y.go")
	p.write("../mono/lib/new/deep/app.log")
	p.write("../mono/lib/new/node_modules/a/index.js")
	p.expect("../mono/lib/new/deep/y.go")

	p.writeText("../mono/.gitignore", "other/\n")
	p.expect("../mono/.gitignore")
	p.write("../mono/lib/other/y.go")
	p.write("../mono/lib/new/deep/app.log")
	p.expect("../mono/lib/new/deep/app.log")
	p.writeText("../mono/.git/info/exclude", "deep/\n")
	p.expect("../mono/.git/info/exclude")
	p.write("../mono/lib/new/deep/y.go")
	p.expect()
}

// TestScopeChanged lets go of what only the former scope led to.
func TestScopeChanged(t *testing.T) {
	t.Parallel()
	p := newProject(t, "main.go", "gen/a.go", "pkg/b.go", "../lib/x.go", "../other/y.go", "../etc/app.env")
	p.writeText(".gitignore", "gen/\n")
	info := p.watch(DefaultConfig(), p.scope([]string{".", "gen", "pkg", "../lib"}, []string{"../etc/app.env"}))
	if info.Dirs != 5 {
		t.Errorf("%d directories are watched, want 5", info.Dirs)
	}
	all := func() {
		for _, name := range []string{"main.go", "gen/a.go", "pkg/b.go", "../lib/x.go", "../other/y.go", "../etc/app.env"} {
			p.write(name)
		}
	}
	all()
	p.expect("main.go", "gen/a.go", "pkg/b.go", "../lib/x.go", "../etc/app.env")

	p.must(p.w.view.follow(p.scope([]string{".", "../other"}, nil)))
	all()
	p.expect("main.go", "pkg/b.go", "../other/y.go")

	p.must(p.w.view.follow(p.scope([]string{".", "gen", "../lib"}, []string{"../other/y.go"})))
	all()
	p.write("../other/z.go")
	p.expect("main.go", "gen/a.go", "pkg/b.go", "../lib/x.go", "../other/y.go")
}

func TestExtra(t *testing.T) {
	t.Parallel()
	p := newProject(t, "main.go", "../common/views/a.html", "../other/b.html")
	c := DefaultConfig()
	c.Extra = []string{"../common", p.path("../other"), "../missing"}
	p.watch(c, Scope{Matters: matters})
	p.write("../common/views/a.html")
	p.write("../common/new/b.html")
	p.write("../common/a.html~")
	p.write("../common/node_modules/a.html")
	p.write("../other/b.html")
	p.expect("../common/views/a.html", "../common/new/b.html", "../other/b.html")
}

// TestExtraThatIsNotSeen names what watch.extra asks for in vain, at once.
func TestExtraThatIsNotSeen(t *testing.T) {
	t.Parallel()
	p := newProject(t, "main.go", "../good/a.html", "../file", "../closed/a.html")
	if err := os.Chmod(p.path("../closed"), 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(p.path("../closed"), 0o700) })
	c := DefaultConfig()
	c.Extra = []string{"../good", "../missing", "../file", "../closed"}
	p.watch(c, Scope{Matters: matters})
	want := []string{
		p.path("../missing") + " does not exist; it is watched as soon as it does",
		p.path("../file") + " is not a directory",
		p.path("../closed") + ": permission denied; its changes are not seen",
	}
	if os.Getuid() == 0 { // it may read everything
		want = want[:2]
	}
	if len(p.noted) != len(want) {
		t.Errorf("the notes are %q", p.noted)
	}
	for i, note := range p.noted[:min(len(p.noted), len(want))] {
		if !strings.HasPrefix(note, "watch.extra: ") || !strings.Contains(note, want[i]) {
			t.Errorf("the note is %q, want %q", note, want[i])
		}
	}
}

// TestExternal sees what is outside the root come, go and come again.
func TestExternal(t *testing.T) {
	t.Parallel()
	for _, mode := range backends() {
		for name, c := range map[string]Config{"scope": DefaultConfig(), "extra": {Extra: []string{"../lib", "../far/away/lib"}}} {
			t.Run(name+" "+mode, func(t *testing.T) {
				t.Parallel()
				p := newProject(t, "main.go", "../lib/x.go")
				p.mode = mode
				scope := p.scope([]string{"."}, nil)
				if name == "scope" {
					scope = p.scope([]string{".", "../lib", "../far/away/lib"}, nil)
				}
				p.watch(c, scope)
				p.rename("../lib", "../elsewhere")
				p.expect("../lib", "../lib/x.go")
				p.rename("../elsewhere", "../lib")
				p.expect("../lib/x.go")
				p.write("../lib/x.go")
				p.expect("../lib/x.go")
				p.remove("../lib")
				p.write("../lib/y.go")
				p.expect("../lib/x.go", "../lib/y.go")
				p.write("../far/away/lib/z.go")
				p.expect("../far/away/lib/z.go")
				p.write("../far/away/lib/z.go")
				p.write("../far/other.go")
				p.expect("../far/away/lib/z.go")
			})
		}
	}
}

// TestRootIsALink watches what the link leads to, under the link's name.
func TestRootIsALink(t *testing.T) {
	t.Parallel()
	p := newProject(t, "main.go", "sub/b.go")
	link := filepath.Join(filepath.Dir(p.root), "link")
	p.must(os.Symlink("app", link))
	p.root = link
	if info := p.watch(DefaultConfig(), Scope{Matters: matters}); info.Dirs != 2 {
		t.Errorf("%d directories are watched, want 2", info.Dirs)
	}
	p.write("sub/b.go")
	p.write("new/c.go")
	p.expect("sub/b.go", "new/c.go")
}

func TestArmWithoutARoot(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"missing": "no such file", "file": "not a directory"} {
		dir := t.TempDir()
		writeFile(t, filepath.Join(dir, "file"), "")
		w, err := New(filepath.Join(dir, name), DefaultConfig(), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.Arm(Scope{Matters: matters})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), filepath.Join(dir, name)) {
			t.Errorf("Arm of a %s returned %v", name, err)
		}
	}
}

// TestUnreadable does without what it may not read. (The superuser may read anything.)
func TestUnreadable(t *testing.T) {
	t.Parallel()
	p := newProject(t, "main.go", "locked/a.go", "sub/b.go")
	p.must(os.Chmod(p.path("locked"), 0))
	t.Cleanup(func() { p.must(os.Chmod(p.path("locked"), 0o755)) })
	p.watch(DefaultConfig(), p.scope([]string{".", "locked"}, nil))
	if why := p.traced["locked"]; os.Getuid() != 0 && !strings.Contains(why, "permission denied") {
		t.Errorf("the trace of the locked directory says %q", why)
	}
	p.write("sub/b.go")
	p.expect("sub/b.go")
	p.must(os.Mkdir(p.path("also"), 0))
	p.write("main.go")
	p.expect("main.go")
}
