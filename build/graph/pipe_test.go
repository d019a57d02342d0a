//go:build unix

package graph

import (
	"syscall"
	"testing"

	"hotreload/build/gocmd"
	"hotreload/build/internal/modtest"
)

// A pipe with the name of a source file is not opened, because that would block.
func TestGraphPipe(t *testing.T) {
	root := modtest.Unpack(t, "-- go.mod --\nmodule example.com/app\n\ngo 1.26\n-- main.go --\npackage main\n\nfunc main() {}\n")
	g := graphOf(t, root, gocmd.Options{})
	judge(t, g, root, []change{{name: "a pipe", file: "pipe.go", do: func(t *testing.T, path string) {
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
	}, want: Verdict{LeftOut: true, Reason: "not a regular file"}}})
}
