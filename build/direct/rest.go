package direct

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
)

// This file keeps a store from one session to the next.

// restLimit is how many bytes of its own a store keeps when nobody uses it: enough for
// what was edited last.
const restLimit = 128 << 20

// restCount bounds how many packages, the go command's with them, are known to the next
// session.
const restCount = 4000

// rest is the index of a store that nobody uses. Files that it does not name may be
// incomplete.
const restName = "index.json"

// rested is a package in the index.
type rested struct {
	Key, Path string
	Size      int64
}

// Resume takes what Rest has left in the directory, and removes all else from there.
func (s *Store) Resume() error {
	index := filepath.Join(s.dir, restName)
	text, err := os.ReadFile(index)
	var all []rested
	if err != nil || json.Unmarshal(text, &all) != nil {
		all = nil // there was no session, or it crashed
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	known := map[string]bool{}
	for _, r := range all {
		info, err := os.Stat(r.Path)
		if err != nil || r.Size > 0 && (info.Size() != r.Size || filepath.Dir(r.Path) != s.dir) {
			continue
		}
		s.turn++
		s.kept[r.Key] = &keptObject{path: r.Path, size: r.Size, used: s.turn}
		known[r.Path] = true
	}
	entries, err := os.ReadDir(s.dir)
	for _, entry := range entries {
		if path := filepath.Join(s.dir, entry.Name()); !known[path] {
			_ = os.RemoveAll(path) // the index, too
		}
	}
	if os.IsNotExist(err) {
		return os.MkdirAll(s.dir, 0o700)
	}
	return err
}

// Rest leaves for Resume what was used last.
func (s *Store) Rest() error {
	s.trim(restLimit, nil)
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []rested
	for _, key := range s.oldest() {
		all = append(all, rested{key, s.kept[key].path, s.kept[key].size})
	}
	own := func(r rested) bool { return r.Size > 0 }
	if !slices.ContainsFunc(all, own) {
		return os.RemoveAll(s.dir)
	}
	if more := len(all) - restCount; more > 0 {
		all = slices.Delete(all, 0, more)
	}
	text, err := json.Marshal(all)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(s.dir, restName), text, 0o600)
}
