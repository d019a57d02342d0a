package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRename(t *testing.T) {
	dir := t.TempDir()
	files := map[string]string{
		"go.mod": "module tool\n\ngo 1.26\n",
		"main.go": `package main

import (
	"fmt"

	"tool/internal/cli"
	"toolbox"
)

func main() { fmt.Println(cli.X, toolbox.Y, "tool/internal/cli") }
`,
		"internal/cli/cli.go": "package cli\n\nconst X = 1\n",
		"bench/go.mod":        "module tool/bench\n\ngo 1.26\n\nrequire (\n\texample.com/other v1.0.0\n\ttool v0.0.0\n)\n\nreplace tool => ../\n",
		"example/go.mod":      "module example.com/tool\n\ngo 1.26\n",
		".git/x.go":           "package x\n\nimport _ \"tool/internal/cli\"\n",
	}
	want := map[string]string{
		"go.mod": "module example.org/you/tool/v2\n\ngo 1.26\n",
		"main.go": `package main

import (
	"fmt"

	"example.org/you/tool/v2/internal/cli"
	"toolbox"
)

func main() { fmt.Println(cli.X, toolbox.Y, "tool/internal/cli") }
`,
		"bench/go.mod": "module example.org/you/tool/v2/bench\n\ngo 1.26\n\nrequire (\n\texample.com/other v1.0.0\n\texample.org/you/tool/v2 v2.0.0\n)\n\nreplace example.org/you/tool/v2 => ../\n",
	}
	for name, text := range files {
		file := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
		if want[name] == "" {
			want[name] = text
		}
	}
	for _, changes := range []int{3, 0} {
		if changed, err := rename(dir, "example.org/you/tool/v2"); err != nil || changed != changes {
			t.Errorf("%d files changed, want %d: %v", changed, changes, err)
		}
		for name, text := range want {
			got, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(text, string(got)); diff != "" {
				t.Errorf("%s: -want +got:\n%s", name, diff)
			}
		}
	}
	if _, err := rename(dir, "not an address"); err == nil {
		t.Error("an address with spaces is taken")
	}
}
