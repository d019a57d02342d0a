package build

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hotreload/build/internal/modtest"
)

func TestToolchain(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":     "module shop\n\ngo 1.99.1\n",
		"main.go":    "package main\n\nimport _ \"shop/c\"\n\nfunc main() {}\n",
		"c/c.go":     "package c\n\nimport \"C\"\n",
		"alone/a.go": "package main\n\nfunc main() {}\n",
	} {
		modtest.Write(t, filepath.Join(dir, name), text)
	}
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
		t.Error("a compiler that does not exist was found")
	}

	// The C code is found even though cgo is off.
	modtest.Write(t, filepath.Join(dir, "go.mod"), "module shop\n\ngo 1.22\n")
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
