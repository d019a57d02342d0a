package e2e

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"hotreload/internal/hotcopy"
)

// repository is the directory of this module.
func repository() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(filepath.Dir(file))
}

// sources are what the tool carries along for `hotreload add`.
func sources() fs.FS { return os.DirFS(repository()) }

// addHot does to a module what `hotreload add hot` does, or hotplug.
func addHot(t *testing.T, dir string, plugins bool) {
	t.Helper()
	s, err := hotcopy.Open(sources(), "test")
	if err != nil {
		t.Fatal(err)
	}
	m, err := hotcopy.FindModule(dir)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := hotcopy.Make(s, m, filepath.Join(dir, filepath.FromSlash(hotcopy.DefaultDir)), plugins)
	if err != nil {
		t.Fatal(err)
	}
	if err := plan.Write(); err != nil {
		t.Fatal(err)
	}
}
