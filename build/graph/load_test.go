//go:build unix

package graph

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"hotreload/build/gocmd"
	"hotreload/build/internal/modtest"
)

// A file that is being saved while go list reads it has no imports yet.
func TestFileThatIsWrittenMeanwhile(t *testing.T) {
	program, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	root, bin := t.TempDir(), t.TempDir()
	modtest.Write(t, filepath.Join(root, "go.mod"), "module example.com/app\n\ngo 1.26\n")
	modtest.Write(t, filepath.Join(root, "main.go"), "package main\n\nimport \"example.com/app/page\"\n\nfunc main() { page.Show() }\n")
	modtest.Write(t, filepath.Join(root, "page/page.go"), "package page\n\nfunc Show() {}\n")
	modtest.Write(t, filepath.Join(bin, "go"), `#!/bin/sh
[ "$1" != list ] || [ -e saved ] || { cp main.go whole; : >main.go; }
`+program+` "$@"
status=$?
[ "$1" != list ] || [ -e saved ] || { cat whole >main.go; : >saved; }
exit $status
`)
	if err := os.Chmod(filepath.Join(bin, "go"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	g := graphOf(t, root, gocmd.Options{})
	if v := g.Of(filepath.Join(root, "page/page.go")); !v.Built || v.Relist {
		t.Errorf("page/page.go is %+v, want a part of the app", v)
	}
}
