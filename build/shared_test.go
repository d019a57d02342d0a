//go:build linux && amd64

package build

import (
	"os"
	"path/filepath"
	"testing"

	"hotreload/build/internal/modtest"
)

const sharedApp = `
-- go.mod --
module example.com/app

go 1.26
-- main.go --
package main

import (
	"fmt"
	"os/user"
	"runtime/debug"

	"example.com/app/word"
)

var _ = user.Current

func main() {
	info, _ := debug.ReadBuildInfo()
	fmt.Println(word.Word(), info.Path)
}
-- word/word.go --
package word

const text = "hello"

//go:noinline
func Word() string { return text }
`

// share makes the library of an app.
func (w *workshop) share() {
	w.Helper()
	w.builder.Libraries = filepath.Join(os.TempDir(), "hotreload-test-lib")
	graph, err := w.builder.Graph(w.Context(), w.config, ".")
	if err != nil {
		w.Fatal(err)
	}
	if _, err := w.builder.Share(w.Context(), w.request(), w.prev, graph); err != nil {
		w.Fatal(err)
	}
}

func TestSharedBuild(t *testing.T) {
	modtest.Slow(t)
	t.Parallel()
	w := newWorkshop(t, sharedApp)
	w.build()
	w.learn()
	w.share()
	w.edit("word/word.go", `"hello"`, `"good day"`)
	a, printed := w.build("word/word.go")
	t.Log(printed, a.Shared, a.Why)
}
