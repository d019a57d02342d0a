package watch

import (
	"os"
	"path/filepath"
	"testing"
)

// TestLinks follows links into directories, whatever becomes of both.
func TestLinks(t *testing.T) {
	t.Parallel()
	for _, mode := range backends() {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			p := newProject(t, "main.go", "sub/b.go", "../lib/x.go", "../lib/deep/y.go", "../other/z.go")
			p.mode = mode
			p.link("../lib", "lib")
			p.link(".", "sub/cycle")
			p.link("../../nothing/yet", "later")
			p.watch(DefaultConfig(), p.scope([]string{".", "sub", "lib", "lib/deep"}, nil))

			p.write("../lib/x.go")
			p.write("../lib/deep/y.go")
			p.write("../lib/new/n.go")
			p.expect("lib/deep/y.go", "lib/new/n.go", "lib/x.go")
			p.rewrite("../lib/x.go")
			p.write("sub/b.go")
			p.expect("sub/b.go")

			p.mkdir("../../nothing")
			p.expect()
			p.write("../../nothing/yet/a.go")
			p.expect("later", "later/a.go")
			p.write("../../nothing/yet/a.go")
			p.expect("later/a.go")

			p.remove("lib")
			p.link("../other", "lib")
			p.expect("lib", "lib/deep", "lib/deep/y.go", "lib/new", "lib/new/n.go", "lib/x.go", "lib/z.go")
			p.write("../lib/x.go")
			p.write("../other/z.go")
			p.expect("lib/z.go")

			p.remove("../other")
			p.expect("lib", "lib/z.go")
			p.write("../other/z.go")
			p.expect("lib", "lib/z.go")
			p.write("../other/z.go")
			p.expect("lib/z.go")
		})
	}
}

// TestLinkBehindLink follows one link on the way to a path, but any number to what
// that one leads to.
func TestLinkBehindLink(t *testing.T) {
	t.Parallel()
	for _, mode := range backends() {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			p := newProject(t, "main.go", "../lib/x.go", "../one/z.go", "../two/z.go")
			p.mode = mode
			p.link("../lib", "lib")
			p.link("../one", "../lib/inner")
			p.link("lib/inner", "top")
			p.watch(DefaultConfig(), p.scope([]string{"."}, nil))
			if got, want := p.w.Unseen(p.scope([]string{"."}, nil), p.path("lib/inner/z.go"), false), "behind lib/inner, a link behind the link lib"; got != want {
				t.Errorf("a file behind two links is unseen: %q, want %q", got, want)
			}
			p.write("../one/z.go")
			p.expect("top/z.go")
			p.remove("../lib/inner")
			p.link("../two", "../lib/inner")
			p.expect("lib/inner", "top/z.go")
			p.write("../one/z.go")
			p.write("../two/z.go")
			p.expect("top/z.go")
		})
	}
}

// TestLinkAway watches again what is behind a link that led nowhere for a moment,
// although it looks as before.
func TestLinkAway(t *testing.T) {
	t.Parallel()
	for _, mode := range backends() {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			p := newProject(t, "main.go", "real/x.go")
			p.mode = mode
			p.link("real", "middle")
			p.link("middle", "alias")
			p.watch(DefaultConfig(), p.scope([]string{".", "real"}, nil))
			p.rename("middle", "away")
			p.w.hub.remove(p.path("alias"))
			p.must(p.w.view.rewatch(p.path("alias")))
			p.rename("away", "middle")
			p.write("real/x.go")
			p.expect("alias/x.go", "middle/x.go", "real/x.go")
			p.write("real/y.go")
			p.expect("alias/y.go", "middle/y.go", "real/y.go")
		})
	}
}

// TestLinkTorn reads again what is behind a link that led nowhere for a moment
// while it was read.
func TestLinkTorn(t *testing.T) {
	t.Parallel()
	for _, mode := range backends() {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			p := newProject(t, "main.go", "real/a/x.go", "real/b/y.go", "real/c/z.go")
			p.mode = mode
			p.link("real", "middle")
			scope := p.scope([]string{".", "real"}, nil)
			away, back := false, false
			scope.Matters = func(path string) bool { // called for each path as it is read
				switch {
				case path == p.path("alias/b") && !away:
					away = true
					p.rename("middle", "away")
				case path == p.path("alias/c") && away && !back:
					back = true
					p.rename("away", "middle")
				}
				return matters(path)
			}
			p.watch(DefaultConfig(), scope)
			p.link("middle", "alias")
			for p.look(); !back; {
				p.take()
			}
			p.expect("alias", "alias/a/x.go", "alias/b/y.go", "alias/c/z.go")
			for _, name := range []string{"a/x.go", "b/y.go", "c/z.go"} {
				p.write("real/" + name)
				p.expect("alias/"+name, "middle/"+name, "real/"+name)
			}
		})
	}
}

// TestLinkToFile reports an edit of what a link leads to under the link's path.
func TestLinkToFile(t *testing.T) {
	t.Parallel()
	for _, mode := range backends() {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			p := newProject(t, "main.go", "gen/x", "../common/v", "../common/other")
			p.mode = mode
			p.writeText(".gitignore", "gen/\n")
			p.link("../common/v", "v.go")
			p.link("gen/x", "x.go")
			p.link("x.go", "again.go")
			p.link("main.go", "main2.go")
			p.watch(DefaultConfig(), p.scope([]string{"."}, nil))
			p.write("../common/v")
			p.write("../common/other")
			p.expect("v.go")
			p.write("gen/x")
			p.write("main.go")
			p.expect("again.go", "main.go", "main2.go", "x.go")
			p.rewrite("../common/v")
			p.expect()
			p.write("../common/new")
			p.rename("../common/new", "../common/v")
			p.expect("v.go")
			p.remove("../common/v")
			p.expect("v.go")
			p.write("../common/v")
			p.expect("v.go")
			p.write("../common/v")
			p.expect("v.go")
			p.link("none", "late.go")
			p.expect("late.go")
			p.write("none")
			p.expect("late.go", "none")
		})
	}
}

// link makes a symbolic link; target is relative to the root.
func (p *project) link(target, name string) {
	p.Helper()
	p.must(os.Symlink(p.path(target), p.path(name)))
}

// TestTooBroad does not watch half a disk because of a link.
func TestTooBroad(t *testing.T) {
	home, work := t.TempDir(), filepath.Join(t.TempDir(), "work", "app")
	t.Setenv("HOME", home)
	for dir, want := range map[string]bool{
		"/": true, "/usr/lib": true, "/proc/1": true, "/opt": true, home: true, filepath.Dir(home): true,
		filepath.Dir(work): true, work: true,
		filepath.Join(home, "go", "lib"): false, filepath.Join(filepath.Dir(work), "lib"): false, "/opt/product/lib": false,
	} {
		if got := tooBroad(dir, work); got != want {
			t.Errorf("%s is too broad: %v", dir, got)
		}
	}
}

// A link leads too far if what is behind it is the system's, unless the project lies there itself.
func TestTooBroadBesidesTheSystem(t *testing.T) {
	t.Setenv("HOME", "/home/gopher")
	for _, test := range []struct {
		dir, root string
		want      bool
	}{
		{"/work/app/handlers", "/work/app", false},
		{"/work/lib", "/work/app", false},
		{"/work", "/work/app", true},
		{"/home/gopher", "/work/app", true},
		{"/usr/src/lib", "/work/app", true},
		{"/usr/src/app/handlers", "/usr/src/app", false},
		{"/usr/src/lib", "/usr/src/app", false},
		{"/usr/share/doc", "/usr/src/app", true},
		{"/usr/src", "/usr/src/app", true},
		{"/dev/none/app/handlers", "/dev/none/app", false},
		{"/usr/app/handlers", "/usr/app", false},
		{"/usr/lib", "/usr/app", true},
		{"/usr", "/", true},
	} {
		if got := tooBroad(test.dir, test.root); got != test.want {
			t.Errorf("%s for the project %s: %v, want %v", test.dir, test.root, got, test.want)
		}
	}
}

// A write by one name of a file is one of each, whether or not rules ignore that name.
func TestOtherNames(t *testing.T) {
	t.Parallel()
	p := newProject(t, "a/main.go", "b/other.go", "node_modules/x")
	p.writeText(".gitignore", "ignored.go\n")
	for _, name := range []string{"b/main.go", "ignored.go", "b/other name.go"} {
		if err := os.Link(p.path("a/main.go"), p.path(name)); err != nil {
			t.Skip(err)
		}
	}
	batches := p.run(DefaultConfig(), Scope{Matters: matters})
	for _, name := range []string{"a/main.go", "b/main.go", "ignored.go"} {
		p.write(name)
		got := map[string]bool{}
		for len(got) < 3 { // the file may be looked at between two of its names
			for _, one := range p.whole(batches) {
				got[one] = true
			}
		}
		p.wants(got, []string{"a/main.go", "b/main.go", "b/other name.go"})
	}
}
