package paths

import (
	"path/filepath"
	"testing"
)

func TestWithin(t *testing.T) {
	for _, test := range []struct {
		path, dir     string
		within, below bool
		rest          string
	}{
		{"/a/b", "/a", true, true, "b"},
		{"/a/b/c", "/a", true, true, "b/c"},
		{"/a", "/a", true, false, ""},
		{"/ab", "/a", false, false, ""},
		{"/a", "/a/b", false, false, ""},
		{"/a", "/", true, true, "a"},
		{"/", "/", true, false, ""},
		{"/a", "", false, false, ""},
	} {
		path, dir := filepath.FromSlash(test.path), filepath.FromSlash(test.dir)
		if got := Within(path, dir); got != test.within {
			t.Errorf("Within(%q, %q) = %v", path, dir, got)
		}
		if got := Below(path, dir); got != test.below {
			t.Errorf("Below(%q, %q) = %v", path, dir, got)
		}
		if !test.within {
			continue
		}
		if got := Rest(path, dir); got != filepath.FromSlash(test.rest) {
			t.Errorf("Rest(%q, %q) = %q, want %q", path, dir, got, test.rest)
		}
	}
}
