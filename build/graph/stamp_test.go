package graph

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hotreload/build/internal/modtest"
)

// What a graph has that those of before have not is told if it was written since.
func TestWrittenSince(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, name := range []string{"known.go", "tried.go", "dated.go", "new.go"} {
		modtest.Write(t, at(name), "package p\n")
	}
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(at("dated.go"), old, old); err != nil { // as tar and cp -p do
		t.Fatal(err)
	}
	having := func(names ...string) *Graph {
		g := &Graph{files: map[string]string{}}
		for _, name := range names {
			g.files[at(name)] = "part of package p"
		}
		return g
	}
	g := having("known.go", "tried.go", "dated.go", "new.go", "gone.go")
	want := []string{at("new.go")}
	if info, err := os.Stat(at("dated.go")); err != nil {
		t.Fatal(err)
	} else if changedAt(info) != 0 {
		want = []string{at("dated.go"), at("new.go")}
	}
	got := g.WrittenSince(old, having("known.go"), nil, having("tried.go"))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := g.WrittenSince(time.Now().Add(time.Hour)); got != nil {
		t.Errorf("before they were written: %q", got)
	}
	if got := (*Graph)(nil).WrittenSince(old); got != nil {
		t.Errorf("of no graph: %q", got)
	}
	g.unlisted.ignored = map[string]bool{at("gone.go"): true, at("tried.go"): true}
	if got := g.LeftOutSince(old); !slices.Equal(got, []string{at("tried.go")}) {
		t.Errorf("left out: %q, want tried.go", got)
	}
	if got := g.LeftOutSince(time.Now().Add(time.Hour)); got != nil {
		t.Errorf("left out before: %q", got)
	}
}
