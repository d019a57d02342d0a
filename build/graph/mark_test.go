package graph

import (
	"path/filepath"
	"testing"

	"hotreload/build/gocmd"
	"hotreload/build/internal/modtest"
)

// Package hot is identified by the mark in its source, not by its name or path.
func TestGraphKnowsHot(t *testing.T) {
	const marked = "// Package live is a copy.\n//\n//hotreload:package hot\npackage live\n"
	for name, test := range map[string]struct {
		file, text string
		want       string
	}{
		"a copy under another name": {"live/hot.go", marked, "live"},
		"a package called hot":      {"live/hot.go", "// Package hot is the user's own.\npackage hot\n\n//hotreload:package hot\n", ""},
		"the mark in another file":  {"live/other.go", marked, ""},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			modtest.Write(t, filepath.Join(root, "go.mod"), "module example.com/app\n\ngo 1.26.0\n")
			modtest.Write(t, filepath.Join(root, "main.go"), "package main\n\nimport _ \"example.com/app/live\"\n\nfunc main() {}\n")
			modtest.Write(t, filepath.Join(root, test.file), test.text)
			want := ""
			if test.want != "" {
				want = filepath.Join(root, test.want)
			}
			if got := graphOf(t, root, gocmd.Options{}).Hot; got != want {
				t.Errorf("package hot lies in %q, want %q", got, want)
			}
		})
	}
}

// Package hot has the mark where the graph looks for it.
func TestHotIsMarked(t *testing.T) {
	dir, err := filepath.Abs("../../hot")
	if err != nil {
		t.Fatal(err)
	}
	if !isHot(gocmd.Package{Dir: dir, SourceFiles: gocmd.SourceFiles{GoFiles: []string{"app.go", hotFile}}}) {
		t.Errorf("%s in %s does not have the line %s above its package clause", hotFile, dir, hotMark)
	}
}
