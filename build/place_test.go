//go:build unix

package build

import (
	"debug/buildinfo"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hotreload/build/internal/modtest"
)

// A project may be read-only. The root user may write to it all the same, and then
// newBuilder finds what was written.
func TestBuildReadOnly(t *testing.T) {
	t.Parallel()
	root := modtest.Unpack(t, hello)
	b := newBuilder(t, root)
	dirs := []string{root, filepath.Join(root, "greet")}
	for _, dir := range dirs {
		if err := os.Chmod(dir, 0o555); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Chmod(dir, 0o755) })
	}
	g, err := b.Graph(t.Context(), Config{}, ".")
	if err != nil || !g.Of(filepath.Join(root, "greet", "greet.go")).Built {
		t.Errorf("the graph is %+v, %v", g, err)
	}
	a, err := b.Build(t.Context(), Request{ID: 1, Package: "."})
	if err != nil {
		t.Fatal(err)
	}
	if got := output(t, a); got != "hello world" {
		t.Errorf("it prints %q", got)
	}
}

// Temporary files are removed with the build, unless the config says where they go.
func TestBuildTemporaryFiles(t *testing.T) {
	for _, test := range []struct {
		name string
		env  map[string]string
		want func(b *Builder, dir string) bool
	}{
		{"ours", nil, func(b *Builder, dir string) bool { return filepath.Dir(dir) == filepath.Join(b.cache, "tmp") }},
		{"the config's", map[string]string{"GOTMPDIR": "/dev/null/tmp"}, func(_ *Builder, dir string) bool { return dir == "/dev/null/tmp" }},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBuilder(t, modtest.Unpack(t, hello))
			t.Setenv("GOTMPDIR", "/dev/null/of-the-user")
			c := Config{Command: []string{"sh", "-c", `printf %s "$GOTMPDIR" >output`}, Output: "output", Env: test.env}
			a, err := b.Build(t.Context(), Request{ID: 1, Config: c, Package: "."})
			if err != nil {
				t.Fatal(err)
			}
			dir, err := os.ReadFile(a.Path)
			if err != nil || !test.want(b, string(dir)) {
				t.Errorf("GOTMPDIR is %q, %v", dir, err)
			}
			left(t, b, "1")
		})
	}
}

// The executable says how it was built.
func TestBuildSettings(t *testing.T) {
	t.Parallel()
	b := newBuilder(t, modtest.Unpack(t, hello))
	c := Config{
		Flags: []string{"-gcflags=-l", "-o", filepath.Join(t.TempDir(), "elsewhere")}, Tags: []string{"a", "b"},
		Env: map[string]string{"CGO_ENABLED": "0"},
	}
	a, err := b.Build(t.Context(), Request{ID: 1, Config: c, Package: "."})
	if err != nil {
		t.Fatal(err)
	}
	info, err := buildinfo.ReadFile(a.Path)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range info.Settings {
		got = append(got, s.Key+"="+s.Value)
	}
	for _, want := range []string{"CGO_ENABLED=0", "-tags=a,b", "-gcflags=-l"} {
		if !strings.Contains(" "+strings.Join(got, " ")+" ", " "+want+" ") {
			t.Errorf("%s is not among %q", want, got)
		}
	}
}
