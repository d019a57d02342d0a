package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// The name of a file cannot give orders to the terminal.
func TestWhyWritesNamesVisibly(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"go.mod": "module example.com/app\n\ngo 1.26\n", "main.go": "package main\n\nfunc main() {}\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	cmd := &cobra.Command{}
	cmd.SetOut(&out)
	cmd.SetContext(t.Context())
	if err := why(cmd, flags{chdir: dir}, []string{"a\x1b]0;x\a\n.txt"}); err != nil {
		t.Fatal(err)
	}
	if got, want := out.String(), `a\x1b]0;x\a\n.txt: none: `; !strings.HasPrefix(got, want) || strings.ContainsAny(strings.TrimSuffix(got, "\n"), "\x1b\a\n") {
		t.Errorf("%q, want %q", got, want)
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
