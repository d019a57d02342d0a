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

// A session finds what the one before left in order, and nothing of one that crashed.
func TestStoreOverSessions(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "obj")
	theirs := filepath.Join(t.TempDir(), "theirs")
	open := func() *Store {
		s := NewStore(dir)
		if err := s.Resume(); err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := open()
	var at []string
	for _, file := range []string{theirs, theirs + "a", theirs + "b"} {
		if err := os.WriteFile(file, []byte("package"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.note("theirs", theirs)
	for _, key := range []string{"a", "b"} {
		path, err := s.keep(key, theirs+key)
		if err != nil {
			t.Fatal(err)
		}
		at = append(at, path)
	}
	if err := s.Rest(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(at[1], []byte("pack"), 0o600); err != nil { // it was cut off
		t.Fatal(err)
	}
	s = open()
	for key, want := range map[string]string{"theirs": theirs, "a": at[0], "b": ""} {
		if got := s.find(key); got != want {
			t.Errorf("%s lies in %q, want %q", key, got, want)
		}
	}
	if s = open(); s.find("a") != "" {
		t.Error("what a session had that did not end was found")
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("%d files are left", len(left))
	}
	if err := s.Rest(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("an empty store leaves its directory")
	}
}
