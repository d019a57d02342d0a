package direct

import (
	"cmp"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// Store keeps compiled packages by a key of all that goes into them, so that an edit
// that is undone, or a change of branches, does not compile anything twice. Its
// methods may be called from any goroutine.
type Store struct {
	dir   string // of the files that the store owns
	limit int64  // in bytes, of those files

	mu      sync.Mutex
	kept    map[string]*keptObject // by key
	exports map[string]string      // file with a compiled package -> hash of its export data
	turn    int                    // counts uses
}

// keptObject is a file with a compiled package. The go command's own has no size: it
// is not ours to remove.
type keptObject struct {
	path string
	size int64
	used int // the turn
}

// storeLimit is enough for several versions of the biggest packages that people write.
const storeLimit = 512 << 20

// NewStore returns an empty store that keeps its files in a directory.
func NewStore(dir string) *Store {
	return &Store{dir: dir, limit: storeLimit, kept: map[string]*keptObject{}, exports: map[string]string{}}
}

// find returns the file with the package of a key, or "".
func (s *Store) find(key string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.kept[key]
	if k == nil {
		return ""
	}
	if _, err := os.Stat(k.path); err != nil { // the go command trims its cache
		delete(s.kept, key)
		return ""
	}
	s.turn++
	k.used = s.turn
	return k.path
}

// keep takes a file that the compiler has written, and returns where it lies now.
func (s *Store) keep(key, file string) (string, error) {
	info, err := os.Stat(file)
	if err != nil {
		return "", err
	}
	path := filepath.Join(s.dir, key+".a")
	if err := os.Rename(file, path); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turn++
	s.kept[key] = &keptObject{path: path, size: info.Size(), used: s.turn}
	return path, nil
}

// note takes down what the go command has compiled.
func (s *Store) note(key, path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept[key] == nil {
		s.turn++
		s.kept[key] = &keptObject{path: path, used: s.turn}
	}
}

// export is a hash of what importers see of a compiled package. Files of the same
// name have the same content, in the store and in the go command's cache.
func (s *Store) export(path string) (string, error) {
	s.mu.Lock()
	hash := s.exports[path]
	s.mu.Unlock()
	if hash != "" {
		return hash, nil
	}
	hash, err := exportHash(path)
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.exports[path] = hash
	return hash, nil
}

// Trim removes what has not been used for longest, if there is too much. inUse are
// files that stay.
func (s *Store) Trim(inUse map[string]bool) { s.trim(s.limit, inUse) }

func (s *Store) trim(limit int64, inUse map[string]bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var total int64
	for _, k := range s.kept {
		total += k.size
	}
	for _, key := range s.oldest() {
		if total <= limit {
			return
		}
		if k := s.kept[key]; k.size > 0 && !inUse[k.path] {
			_ = os.Remove(k.path)
			total -= k.size
			delete(s.kept, key)
			delete(s.exports, k.path)
		}
	}
}

// oldest are the keys of all packages, the ones that have not been used for longest first.
func (s *Store) oldest() []string {
	return slices.SortedFunc(maps.Keys(s.kept), func(a, b string) int { return cmp.Compare(s.kept[a].used, s.kept[b].used) })
}

// Clear forgets everything.
func (s *Store) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, k := range s.kept {
		if k.size > 0 {
			_ = os.Remove(k.path)
		}
		delete(s.kept, key)
	}
	clear(s.exports)
}
