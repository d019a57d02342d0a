package cli

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// An app that keeps files beside its executable finds what it had under air.
func TestImportOfAnAppWithFilesBesideIt(t *testing.T) {
	for name, test := range map[string]struct {
		file string
		want []string // build.command
	}{
		"a database":  {"tmp/app.db", []string{"go", "build", "-tags", "dev", "-o", "tmp/main", "."}},
		"air's log":   {"tmp/build-errors.log", nil},
		"placeholder": {"tmp/.gitkeep", nil},
		"elsewhere":   {"data/app.db", nil},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for file, text := range map[string]string{
				".air.toml": "[build]\ncmd = \"go build -tags dev -o ./tmp/main .\"\nbin = \"./tmp/main\"\n",
				"go.mod":    "module example.com/app\n", "main.go": "package main\n\nfunc main() {}\n",
				test.file: "data",
			} {
				path := filepath.Join(dir, file)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			p, err := importAir(t.Context(), dir, searchAir)
			if err != nil {
				t.Fatal(err)
			}
			c := p.Import.Config.Build
			if !slices.Equal(c.Command, test.want) || (c.Output == "tmp/main") != (test.want != nil) {
				t.Errorf("the command is %q, the output %q", c.Command, c.Output)
			}
		})
	}
}
