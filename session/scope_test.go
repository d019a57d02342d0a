package session

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hotreload/build"
	"hotreload/watch"
)

// The watcher sees what a generator reads wherever a glob says that it lies.
func TestWatched(t *testing.T) {
	top := t.TempDir()
	root := filepath.Join(top, "app")
	for name, text := range map[string]string{
		"app/.gitignore": "gen/\nout/\n", "app/gen/deep/a.tmpl": "", "app/gen/deep/a.txt": "", "app/out/deep/a.tmpl": "",
		"proto/deep/a.proto": "", "proto/node_modules/a.proto": "", "other/a.proto": "",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(top, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(top, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	c := Config{Watch: watch.DefaultConfig()}
	c.Build.Generate = []build.Generator{{Match: []string{"gen/**/*.tmpl", "../proto/**/*.proto"}}}
	w, err := watch.New(root, Watched(c), func(string) {}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var seen []string
	w.Survey(watch.Scope{Built: func(string) bool { return false }}, func(path string, entry fs.DirEntry) {
		if !entry.IsDir() {
			seen = append(seen, strings.TrimPrefix(filepath.ToSlash(path), filepath.ToSlash(top)+"/"))
		}
	})
	if diff := cmp.Diff([]string{"app/.gitignore", "app/gen/deep/a.tmpl", "proto/deep/a.proto"}, seen); diff != "" {
		t.Errorf("seen: -want +got:\n%s", diff)
	}
	if len(c.Watch.Extra) != 0 || len(c.Watch.Include) != len(watch.DefaultConfig().Include) {
		t.Errorf("the config itself was changed: %+v", c.Watch)
	}
}
