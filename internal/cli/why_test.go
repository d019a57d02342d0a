//go:build unix

package cli

import (
	"os"
	"path/filepath"
	"testing"
)

// A project's other name is as good as the one that the session uses.
func TestPathThroughALink(t *testing.T) {
	t.Parallel()
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	root, link := filepath.Join(base, "app"), filepath.Join(base, "link")
	for _, err := range []error{
		os.MkdirAll(filepath.Join(root, "sub"), 0o755), os.Symlink(root, link),
		os.WriteFile(filepath.Join(base, "x"), nil, 0o600), os.Symlink(filepath.Join(root, "sub"), filepath.Join(base, "other")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]string{
		"link/main.go": "app/main.go", "link": "app", "link/sub/new/x.go": "app/sub/new/x.go", "link/sub/": "app/sub/",
		"other/x.go": "app/sub/x.go", "app/main.go": "app/main.go", "x": "x", "none/x": "none/x",
	} {
		full := func(name string) string { return base + "/" + name }
		if got := inRoot(root, full(path)); got != full(want) {
			t.Errorf("%s is %s, want %s", path, got, full(want))
		}
		if want := full(want); isBelow(want, root) {
			if got := inRoot(link, full(path)); got != link+want[len(root):] && got != full(path) {
				t.Errorf("%s is %s in the root's other name", path, got)
			}
		}
	}
}
