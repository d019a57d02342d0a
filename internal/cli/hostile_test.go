package cli

import (
	"os"
	"path/filepath"
	"testing"
)

func TestVisible(t *testing.T) {
	if got, want := visible("a\x1b]0;x\a\nb\u009bé.go"), `a\x1b]0;x\a\nb\u009bé.go`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestForceReplacesALink leaves alone what the link leads to.
func TestForceReplacesALink(t *testing.T) {
	dir := t.TempDir()
	victim, path := filepath.Join(dir, "victim"), filepath.Join(dir, ".hotreload.toml")
	if err := os.WriteFile(victim, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(victim, path); err != nil {
		t.Skip(err)
	}
	if err := writeConfig(path, []byte("new"), false); err == nil {
		t.Error("a link was overwritten without --force")
	}
	if err := writeConfig(path, []byte("new"), true); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{victim: "mine", path: "new"} {
		if got, err := os.ReadFile(name); err != nil || string(got) != want {
			t.Errorf("%s is %q, %v; want %q", name, got, err, want)
		}
	}
}
