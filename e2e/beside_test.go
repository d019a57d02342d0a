package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// beside is an app that keeps a file beside its executable, as it finds that in two ways, and
// starts itself again.
const beside = `package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

const version = "one"

func main() {
	if len(os.Args) > 1 {
		fmt.Print(version)
		return
	}
	executable, err := os.Executable()
	if err != nil {
		panic(err)
	}
	db, err := os.OpenFile(filepath.Join(filepath.Dir(os.Args[0]), "db"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	fmt.Fprintln(db, version)
	all, err := os.ReadFile(filepath.Join(filepath.Dir(executable), "db"))
	if err != nil {
		panic(err)
	}
	child, err := exec.Command(executable, "again").Output()
	fmt.Println(strings.Fields(string(all)), "in", executable, "starts", string(child), err)
	time.Sleep(time.Hour)
}
`

// What an app keeps beside its executable is there for the next version and the next session,
// whether go build makes the executable or a command does.
func TestStateBesideTheExecutable(t *testing.T) {
	t.Parallel()
	build := "[build]\ncommand = [\"sh\", \"-c\", \"go build -o new . && cat new >out/app && rm new && chmod 755 out/app\"]\noutput = \"out/app\"\n"
	for name, files := range map[string]map[string]string{
		"go build":      {"db": ""},
		"build.command": {"out/db": "zero\n", ".gitignore": "out\nnew\n", ".hotreload.toml": build},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name != "go build" {
				slow(t)
			}
			files["go.mod"], files["main.go"] = goMod, beside
			dir := module(t, files)
			had := strings.Fields(files["out/db"])
			says := func(versions ...string) condition {
				all := strings.Join(slices.Concat(had, versions), " ")
				return contains("text", "["+all+"] in ")
			}
			h := start(t, dir)
			first := h.await("app.output", says("one"))
			h.await("cycle", with("result", "ok"))
			h.edit("main.go", `"one"`, `"two"`)
			second := h.await("app.output", says("one", "two"))
			h.await("cycle", with("result", "ok"))
			place := func(e event) string {
				_, after, _ := strings.Cut(e.text("text"), " in ")
				path, _, _ := strings.Cut(after, " starts ")
				return path
			}
			for version, e := range map[string]event{"one": first, "two": second} {
				if !strings.HasSuffix(e.text("text"), " starts "+version+" <nil>") {
					t.Errorf("version %s starts another one: %s", version, e.text("text"))
				}
			}
			if at := place(first); at != place(second) || name != "go build" && at != filepath.Join(dir, "out", "app") {
				t.Errorf("the versions ran from %s and %s", at, place(second))
			}
			if status := h.quit(syscall.SIGINT); status != 0 {
				t.Errorf("status %d", status)
			}
			db := filepath.Join(filepath.Dir(place(second)), "db")
			if text, err := os.ReadFile(db); err != nil || !strings.HasSuffix(string(text), "one\ntwo\n") {
				t.Errorf("at the end %s has %q, %v", db, text, err)
			}
		})
	}
}
