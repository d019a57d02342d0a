package build

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestToolchain(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":     "module shop\n\ngo 1.99.1\n",
		"main.go":    "package main\n\nimport _ \"shop/c\"\n\nfunc main() {}\n",
		"c/c.go":     "package c\n\nimport \"C\"\n",
		"alone/a.go": "package main\n\nfunc main() {}\n",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("GOTOOLCHAIN", "local")
	t.Setenv("GOFLAGS", "")
	b := New(dir, "")
	c := Config{Env: map[string]string{"CGO_ENABLED": "0", "CC": "no-such-compiler -m64"}}
	got, err := b.Toolchain(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if !filepath.IsAbs(got.Path) || got.Version == "" {
		t.Errorf("no go command: %+v", got)
	}
	got.Path, got.Version = "", ""
	if diff := cmp.Diff(Toolchain{Wanted: "1.99.1", By: "go.mod", Local: true, Compiler: "no-such-compiler -m64"}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got.HasCompiler() {
		t.Error("a compiler that is not there was found")
	}

	// The C code is found although cgo is off.
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module shop\n\ngo 1.22\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for pkg, want := range map[string][]string{".": {"shop/c"}, "./alone": nil} {
		names, err := b.CgoPackages(t.Context(), c, pkg)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, names); diff != "" {
			t.Errorf("%s: -want +got:\n%s", pkg, diff)
		}
	}
}
