package direct

import (
	"os"
	"path/filepath"
	"testing"
)

// The store keeps what is in use and what was used last, up to its limit, and removes
// nothing of the go command's.
func TestStoreTrim(t *testing.T) {
	dir := t.TempDir()
	s := NewStore(filepath.Join(dir, "obj"))
	s.limit = 250
	if err := os.Mkdir(s.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	file := func(name string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, make([]byte, 100), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	theirs := file("theirs")
	s.note("theirs", theirs)
	at := map[string]string{}
	for _, key := range []string{"a", "b", "c", "d"} {
		path, err := s.keep(key, file(key))
		if err != nil {
			t.Fatal(err)
		}
		at[key] = path
	}
	s.find("b")
	s.Trim(map[string]bool{at["a"]: true})
	for key, want := range map[string]string{"theirs": theirs, "a": at["a"], "b": at["b"], "c": "", "d": ""} {
		if got := s.find(key); got != want {
			t.Errorf("%s lies in %q, want %q", key, got, want)
		}
	}
	if err := os.Remove(theirs); err != nil {
		t.Fatal(err)
	}
	if s.find("theirs") != "" {
		t.Error("a file that the go command has removed was found")
	}
	s.Clear()
	if left, _ := os.ReadDir(s.dir); len(left) != 0 {
		t.Errorf("Clear leaves %d files", len(left))
	}
}
