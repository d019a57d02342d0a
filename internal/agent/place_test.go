package agent

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"hotreload/internal/fleet"
)

func mustClaim(t *testing.T, base, name string) Place {
	t.Helper()
	p, err := Claim(base, name, "host")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Release)
	return p
}

// Agents on one machine do not meet, and one that returns has the name that it had.
func TestClaim(t *testing.T) {
	base := t.TempDir()
	first, second := mustClaim(t, base, ""), mustClaim(t, base, "")
	if first.Name != "host" || second.Name != "host-2" || first.Dir() == second.Dir() {
		t.Errorf("%+v and %+v", first, second)
	}
	first.Release()
	if again := mustClaim(t, base, ""); again.Name != "host" {
		t.Errorf("it returns as %s", again.Name)
	}
	if _, err := Claim(base, "host-2", "host"); err == nil || !strings.Contains(err.Error(), "--name") {
		t.Errorf("a name that is taken: %v", err)
	}
}

// Only whole artifacts count, the newest first. What was received of the one that is wanted stays.
func TestVersions(t *testing.T) {
	p := mustClaim(t, t.TempDir(), "a")
	old, now := strings.Repeat("0a", 32), strings.Repeat("0b", 32)
	for i, name := range []string{old, now, "new." + now, "part.whole." + now, "part.delta." + old + "." + now, "part.whole." + strings.Repeat("0c", 32), "other"} {
		file := filepath.Join(p.Versions(), name)
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		at := time.Unix(1000+int64(i), 0)
		if err := os.Chtimes(file, at, at); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{now, old}; !reflect.DeepEqual(p.held(), want) {
		t.Errorf("it has %v", p.held())
	}
	p.clear([]string{old})
	left, _ := filepath.Glob(filepath.Join(p.Versions(), "*.*"))
	if len(left) != 1 || filepath.Base(left[0]) != "part.delta."+old+"."+now {
		t.Errorf("left: %v", left)
	}
}

// What an agent has seen it sees no older state than after it was started again, but that one:
// it may have been killed before it acted on it.
func TestMemory(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state.json")
	if m, err := recall(file); err != nil || m.Serial != 0 || m.Good != nil || m.Place == "" {
		t.Errorf("%+v, %v", m, err)
	}
	if err := (memory{Place: "here", Serial: 9, Good: &fleet.Release{ID: 3}}).write(file); err != nil {
		t.Fatal(err)
	}
	if m, err := recall(file); err != nil || m.Serial != 8 || m.Place != "here" || m.Good == nil || m.Good.ID != 3 {
		t.Errorf("%+v, %v", m, err)
	}
	if err := os.WriteFile(file, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := recall(file); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("a damaged file: %v", err)
	}
}
