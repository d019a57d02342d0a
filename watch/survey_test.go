package watch

import (
	"io/fs"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A survey comes to what the watcher sees, and does not walk what it leaves out.
func TestSurvey(t *testing.T) {
	t.Parallel()
	p := newProject(t, "main.go", "web/page.html", "web/a.log", "node_modules/a/a.js", "data/deep/file",
		"gen/api/api.go", "gen/api/sub/x.go", "gen/other/x.go", "../lib/lib.go", "../lib/sub/x.go")
	p.writeText(".gitignore", "data/\ngen/\n*.log\n")
	scope := p.scope([]string{".", "gen/api", "../lib"}, nil)
	built := []string{p.path("gen/api/api.go"), p.path("../lib/lib.go")}
	scope.Built = func(path string) bool { return slices.Contains(built, path) }
	w, err := New(p.root, DefaultConfig(), func(string) {}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var seen []string
	w.Survey(scope, func(path string, _ fs.DirEntry) {
		rel, _ := filepath.Rel(p.root, path)
		seen = append(seen, filepath.ToSlash(rel))
	})
	slices.Sort(seen)
	want := []string{"../lib/lib.go", "../lib/sub", ".gitignore", "gen", "gen/api", "gen/api/api.go", "main.go", "web", "web/page.html"}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
