package hotcopy

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// addedTo writes a copy with plugins to a directory, whatever else the module holds.
func addedTo(t *testing.T, m Module, dir string) {
	t.Helper()
	p, err := Make(tool(t, "v1", nil), m, filepath.Join(m.Dir, dir), true)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Write(); err != nil {
		t.Fatal(err)
	}
}

// A copy is found where it lies, and a second one is not made by mistake.
func TestChoose(t *testing.T) {
	m := newModule(t, map[string]string{"nested/go.mod": "module example.com/nested\n"})
	choose := func() string {
		t.Helper()
		at, err := m.Choose()
		if err != nil {
			return err.Error()
		}
		at, _ = filepath.Rel(m.Dir, at)
		return filepath.ToSlash(at)
	}
	second := func(dir string) string {
		t.Helper()
		p, err := Make(tool(t, "v1", nil), m, filepath.Join(m.Dir, dir), false)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.RefuseSecond(p); err != nil {
			return err.Error()
		}
		return ""
	}
	addedTo(t, m, "elsewhere")
	marked := read(t, filepath.Join(m.Dir, "elsewhere/hot.go"))
	for _, dir := range []string{"vendor/hot", "testdata/hot", ".old/hot", "_old/hot", "nested/hot"} {
		write(t, filepath.Join(m.Dir, dir, "hot.go"), marked)
	}
	if got := choose(); got != "elsewhere" {
		t.Errorf("with one copy: %s", got)
	}
	if got := second("pkg/h"); !strings.Contains(got, "has a copy of package hot in elsewhere;") {
		t.Errorf("with a copy elsewhere: %s", got)
	}
	addedTo(t, m, "another")
	if got := choose(); got != "the module has several copies of package hot: another, elsewhere; choose with --to DIR" {
		t.Errorf("with two copies: %s", got)
	}
	if got := second("another"); got != "" {
		t.Errorf("the chosen one of two: %s", got)
	}
	m = newModule(t, nil)
	if got := choose(); got != DefaultDir {
		t.Errorf("without a copy: %s", got)
	}
	if got := second("pkg/h"); got != "" {
		t.Errorf("the first copy: %s", got)
	}
}

// What changes of a file is counted without its header.
func TestDiff(t *testing.T) {
	m := newModule(t, nil)
	added(t, tool(t, "v1", nil), m, false)
	p, _ := planned(t, tool(t, "v2", nil), m, false)
	if len(p.Changes) != 1 {
		t.Fatalf("%d files change, want hot.go alone", len(p.Changes))
	}
	d := p.Changes[0].Diff
	want := "--- internal/hot/hot.go\n+++ internal/hot/hot.go\n@@ -1,2 +1,2 @@\n-// Package hot is v1.\n+// Package hot is v2.\n package hot\n"
	if diff := cmp.Diff(want, d.Short(10)); diff != "" || d.Added != 1 || d.Removed != 1 {
		t.Errorf("+%d -%d, -want +got:\n%s", d.Added, d.Removed, diff)
	}
	if got := d.Short(2); got != "--- internal/hot/hot.go\n+++ internal/hot/hot.go\n(4 more lines)\n" {
		t.Errorf("two lines of it are:\n%s", got)
	}
}
