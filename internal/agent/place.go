package agent

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gofrs/flock"

	"hotreload/internal/fleet"
)

// Place is where an agent keeps its files: a directory that no other agent has.
type Place struct {
	Name string // of the instance
	dir  string
	lock *flock.Flock
}

// maxAgents bounds the search for a name that is free.
const maxAgents = 1000

// Claim finds a place below a directory. Without a name it is that of the host, with a number
// if another agent here has it.
func Claim(base, name, host string) (Place, error) {
	if name != "" {
		p, err := claim(base, name)
		if err == nil && p.lock == nil {
			err = fmt.Errorf("another agent on this machine is called %s; give this one another --name, or another --cache", name)
		}
		return p, err
	}
	for n := 1; n <= maxAgents; n++ {
		name := host
		if n > 1 {
			name = fmt.Sprintf("%s-%d", host, n)
		}
		if p, err := claim(base, name); err != nil || p.lock != nil {
			return p, err
		}
	}
	return Place{}, fmt.Errorf("%d agents of this project run here", maxAgents)
}

// claim tries one name. Without an error the lock is nil if another agent has it.
func claim(base, name string) (Place, error) {
	p := Place{Name: name, dir: filepath.Join(base, name)}
	if err := os.MkdirAll(p.Versions(), 0o700); err != nil {
		return p, fmt.Errorf("keep versions of the app: %w; name a directory that can be written, with --cache", err)
	}
	lock := flock.New(p.file("lock"))
	got, err := lock.TryLock()
	if err != nil {
		return p, fmt.Errorf("claim a directory for versions of the app: %w; name another one, with --cache", err)
	}
	if got {
		p.lock = lock
	}
	return p, nil
}

// Release gives the place up.
func (p Place) Release() { _ = p.lock.Close() }

// Dir is the directory.
func (p Place) Dir() string { return p.dir }

func (p Place) file(name string) string { return filepath.Join(p.dir, name) }

// Versions is the directory of artifacts, each under its digest.
func (p Place) Versions() string { return p.file("versions") }

// clear removes what is left of versions that did not come to be complete, but for what was
// received of some artifacts: the rest of them can be received later.
func (p Place) clear(but []string) {
	entries, _ := os.ReadDir(p.Versions()) // an error: there are none
	for _, e := range entries {
		name := e.Name()
		wanted := slices.ContainsFunc(but, func(digest string) bool { return strings.Contains(name, "."+digest) })
		if strings.HasPrefix(name, "new.") || strings.HasPrefix(name, "part.") && !wanted {
			_ = os.Remove(filepath.Join(p.Versions(), name))
		}
	}
}

// held are the digests of the artifacts, the newest first.
func (p Place) held() []string {
	entries, _ := os.ReadDir(p.Versions()) // an error: there are none
	times := map[string]int64{}
	var digests []string
	for _, e := range entries {
		info, err := e.Info()
		if raw, bad := hex.DecodeString(e.Name()); err != nil || bad != nil || len(raw) != 32 {
			continue
		}
		digests, times[e.Name()] = append(digests, e.Name()), info.ModTime().UnixNano()
	}
	slices.SortFunc(digests, func(a, b string) int {
		switch {
		case times[a] > times[b]:
			return -1
		case times[a] < times[b]:
			return 1
		}
		return 0
	})
	return digests
}

// memory is what survives an agent.
type memory struct {
	Place  string         `json:"place"`  // tells this directory from all others
	Serial int64          `json:"serial"` // of the newest state that was seen
	Good   *fleet.Release `json:"good"`   // the last release that served
}

func recall(file string) (memory, error) {
	var m memory
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		m.Place = rand.Text()
		return m, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	if err != nil {
		return m, fmt.Errorf("read the state of this agent: %w; remove %s to begin anew", err, file)
	}
	m.Serial = max(m.Serial-1, 0) // the state that it was killed with is news to the next
	return m, nil
}

func (m memory) write(file string) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	temp := file + ".new"
	if err := os.WriteFile(temp, text, 0o600); err != nil {
		return err
	}
	return os.Rename(temp, file)
}
