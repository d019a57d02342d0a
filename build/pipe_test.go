//go:build unix

package build

import (
	"syscall"
	"testing"
)

// A pipe with the name of a source file is not opened: nobody may ever write to it.
func TestGraphPipe(t *testing.T) {
	root := unpack(t, "-- go.mod --\nmodule example.com/app\n\ngo 1.26\n-- main.go --\npackage main\n\nfunc main() {}\n")
	g := graphOf(t, root, Config{})
	judge(t, g, root, []change{{name: "a pipe", file: "pipe.go", do: func(t *testing.T, path string) {
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
	}, want: Verdict{Reason: "not a regular file"}}})
}
