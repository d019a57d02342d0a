package graph

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"hotreload/build/gocmd"
	"hotreload/build/internal/modtest"
)

// What a pattern matches has a place to appear at, though nothing is there yet.
func TestEmbeddedLater(t *testing.T) {
	root := modtest.Unpack(t, `
-- go.mod --
module example.com/app

go 1.26
-- main.go --
package main

import "embed"

//go:embed all:web/dist there.txt later.txt data/*/x.txt
var files embed.FS

func main() {}
-- there.txt --
x
`)
	g := graphOf(t, root, gocmd.Options{})
	for _, dir := range []string{".", "web", "web/dist", "later.txt", "data"} {
		if !slices.Contains(g.Dirs, filepath.Join(root, dir)) {
			t.Errorf("Dirs lack %s: %q", dir, g.Dirs)
		}
	}
	for dir, want := range map[string]bool{
		".": true, "web": true, "web/dist": true, "web/dist/a/_b": true, "web/dist/.git": false, "web/other": false,
		"data": true, "data/a": true, "data/a/b": false, "data/a/x.txt": true, "other": false, "..": false,
	} {
		if got := g.MayEmbed(filepath.Join(root, dir)); got != want {
			t.Errorf("MayEmbed(%s) = %v, want %v", dir, got, want)
		}
	}
	judge(t, g, root, []change{
		{name: "a file", file: "web/dist/a/x.js", do: to("x"), want: relisted(embedded("example.com/app"))},
		{name: "its directory", file: "web/dist", want: relisted(embedded("example.com/app"))},
	})
}

func TestAwaitedWorkspaces(t *testing.T) {
	const module = "-- up/app/go.mod --\nmodule example.com/app\n\ngo 1.26\n-- up/app/main.go --\npackage main\n\nfunc main() {}\n"
	const work = "-- up/go.work --\ngo 1.26\n\nuse ./app\n"
	for _, test := range []struct {
		name, archive string
		env           map[string]string
		want          []string
		more          bool // above the directory of the test, too
	}{
		{"none", module, nil, []string{"up/app/go.work", "up/go.work", "go.work"}, true},
		{"one above", module + work, nil, []string{"up/app/go.work"}, false},
		{"turned off", module + work, map[string]string{"GOWORK": "off"}, nil, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("GOWORK", "")
			dir := modtest.Unpack(t, test.archive)
			got := graphOf(t, filepath.Join(dir, "up", "app"), gocmd.Options{Env: test.env}).Awaited()
			var want []string
			for _, file := range test.want {
				want = append(want, filepath.Join(dir, file))
			}
			if test.more && len(got) > len(want) {
				got = got[:len(want)]
			}
			if !slices.Equal(got, want) {
				t.Errorf("awaits %q, want %q", got, want)
			}
		})
	}
	t.Run("where everyone can write", func(t *testing.T) {
		dir := modtest.Unpack(t, module)
		if err := os.Chmod(filepath.Join(dir, "up"), 0o777); err != nil {
			t.Fatal(err)
		}
		g := graphOf(t, filepath.Join(dir, "up", "app"), gocmd.Options{})
		if file := filepath.Join(dir, "up", "go.work"); slices.Contains(g.Awaited(), file) {
			t.Errorf("awaits %s", file)
		}
	})
}
