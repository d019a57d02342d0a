//go:build unix

package e2e

import (
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// generated is an app whose answer a generator writes, a script with a log of
// its runs outside the project.
func generated(t *testing.T) (dir, log string) {
	t.Helper()
	log = filepath.Join(t.TempDir(), "log")
	return module(t, map[string]string{
		"go.mod":     goMod,
		"main.go":    strings.Replace(server, "const answer = \"one\"\n", "", 1),
		"answer.txt": "one",
		"gen.sh": `echo run >>` + log + `
if grep bad answer.txt; then echo answer.txt:1:1: "not a word: bad" >&2; exit 1; fi
printf 'package main\n\nconst answer = "%s"\n' "$(cat answer.txt)" >answer_gen.go
`,
		".hotreload.toml": "[[build.generate]]\nmatch = [\"*.txt\"]\ncommand = [\"sh\", \"gen.sh\"]\n",
	}), log
}

// What a generator writes is in the build of the change that it ran for: one
// run, one build, one cycle.
func TestGenerate(t *testing.T) {
	t.Parallel()
	dir, log := generated(t)
	address := reserve(t)
	h := start(t, dir, "--", address)
	h.await("generate.ok", with("paths", []string{"answer_gen.go"}))
	h.await("cycle", with("result", "ok"))
	if got := get(address, "/"); got != "one" {
		t.Errorf("at the start it answers %q, want what was generated", got)
	}

	h.edit("answer.txt", "one", "two")
	h.await("plan", contains("reason", "answer.txt is read by the generator sh gen.sh"), with("build", true))
	h.await("generate.start", with("command", []string{"sh", "gen.sh"}))
	h.await("cycle", with("result", "ok"))
	if got := get(address, "/"); got != "two" {
		t.Errorf("it answers %q, want two", got)
	}
	h.settle()
	for kind, want := range map[string]int{"generate.start": 1, "generate.ok": 1, "build.start": 1, "build.ok": 1, "build.cancel": 0, "app.start": 1, "cycle": 2} {
		if got := h.count(kind); got != want {
			t.Errorf("%d times %s, want %d: of the cycle, and of settle", got, kind, want)
		}
	}

	h.edit("answer.txt", "two", "bad")
	e := h.await("generate.error", contains("text", "not a word: bad"))
	if d := e.diagnostics()[0]; d.file != "answer.txt" || d.line != 1 || !strings.Contains(d.message, "not a word") {
		t.Errorf("diagnostic %+v, want answer.txt:1:1", d)
	}
	h.await("cycle", with("result", "failed"))
	if h.count("build.start") != 0 || get(address, "/") != "two" {
		t.Error("the last good version does not serve on, or is built without what it is built from")
	}
	h.edit("answer.txt", "bad", "three")
	h.await("cycle", with("result", "ok"))
	if got := get(address, "/"); got != "three" {
		t.Errorf("after the fix it answers %q, want three", got)
	}

	h.edit("main.go", "answer)", "\"not \" + answer)")
	h.await("cycle", with("result", "ok"))
	if h.count("generate.start") != 0 {
		t.Error("a generator ran for a file that it does not read")
	}
	h.mark()
	if runs := strings.Count(read(t, log), "run"); runs != 4 {
		t.Errorf("the generator ran %d times, want 4", runs)
	}

	// What a person makes of a generated file counts, also back again.
	h.edit("answer_gen.go", "three", "edited")
	h.await("cycle", with("result", "ok"))
	h.edit("answer_gen.go", "edited", "three")
	h.await("cycle", with("result", "ok"))
	if got := get(address, "/"); got != "not three" {
		t.Errorf("it answers %q, want what the file holds again", got)
	}
	h.mark()
	if out := h.send("status"); !strings.Contains(out, `"phase": "running"`) {
		t.Errorf("status: %s", out)
	}
}

// One generator's output is the next one's source, in the same cycle, also in a
// directory that it recreates and that git ignores.
func TestGeneratorsInARow(t *testing.T) {
	slow(t)
	t.Parallel()
	dir := module(t, map[string]string{
		"go.mod": goMod, "main.go": strings.Replace(strings.Replace(server, "const answer = \"one\"\n", "", 1), "\"log\"", "\"log\"\n\t. \"example.com/app/gen\"", 1),
		"answer.txt": "one", ".gitignore": "gen/\n",
		"one.sh": "cat answer.txt >answer.upper\n",
		"two.sh": "rm -rf gen && mkdir gen && printf 'package gen\\n\\nvar answer = \"%s\"\\nvar Answer = answer\\n' \"$(cat answer.upper)\" >gen/gen.go\n",
		".hotreload.toml": `[[build.generate]]
match = ["**/*.txt"]
command = ["sh", "one.sh"]
[[build.generate]]
match = ["never"]
command = ["sh", "-c", "true"]
[[build.generate]]
match = ["*.upper"]
command = ["sh", "two.sh"]
`})
	write(t, filepath.Join(dir, "main.go"), strings.Replace(read(t, filepath.Join(dir, "main.go")), "[]byte(answer)", "[]byte(Answer)", 1))
	address := reserve(t)
	h := start(t, dir, "--events", "events.json", "--", address)
	h.await("cycle", with("result", "ok"))
	h.edit("answer.txt", "one", "two")
	h.await("generate.ok").want(with("paths", []string{"answer.upper"}))
	h.await("cycle", with("result", "ok"))
	if got := get(address, "/"); got != "two" {
		t.Errorf("it answers %q, want two", got)
	}
	h.settle()
	for kind, want := range map[string]int{"generate.start": 2, "build.start": 1, "cycle": 2} {
		if got := h.count(kind); got != want {
			t.Errorf("%d times %s, want %d", got, kind, want)
		}
	}
}

// A generator that does not end is overtaken by what it reads, with all its
// processes, and by the end of the session.
func TestGeneratorIsOvertaken(t *testing.T) {
	t.Parallel()
	dir, _ := generated(t)
	gate := filepath.Join(t.TempDir(), "gate")
	h := start(t, dir, "--", reserve(t))
	h.await("cycle", with("result", "ok"))
	if err := syscall.Mkfifo(gate, 0o600); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "gen.sh"), "case $(cat answer.txt) in wait*) echo >"+gate+"; sleep 3600 & sleep 3600;; esac\nprintf 'package main\\n\\nconst answer = \"%s\"\\n' \"$(cat answer.txt)\" >answer_gen.go\n")
	h.save("answer.txt", "wait")
	read(t, gate) // the generator has begun
	h.save("answer.txt", "two")
	h.await("build.cancel", contains("reason", "answer.txt"))
	h.await("generate.ok")
	h.await("cycle", with("result", "ok"))
	h.save("answer.txt", "wait again")
	read(t, gate)
	if status := h.quit(syscall.SIGINT); status != 0 {
		t.Errorf("exit status %d, want 0", status)
	}
}

// An edit of what the generator does not read, while it runs, is in the build.
func TestEditWhileGenerating(t *testing.T) {
	t.Parallel()
	slow(t)
	dir, _ := generated(t)
	address := reserve(t)
	h := start(t, dir, "--", address)
	h.await("cycle", with("result", "ok"))
	gate := filepath.Join(t.TempDir(), "gate")
	if err := syscall.Mkfifo(gate, 0o600); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "gen.sh"), "echo >"+gate+"; cat "+gate+"\nprintf 'package main\\n\\nconst answer = \"%s\"\\n' \"$(cat answer.txt)\" >answer_gen.go\n")
	h.save("answer.txt", "two")
	read(t, gate)
	h.edit("main.go", "answer)", "\"not \" + answer)")
	write(t, gate, "go on\n")
	for get(address, "/") != "not two" {
		h.await("cycle", with("result", "ok"))
	}
}

func TestGeneratorIsMissing(t *testing.T) {
	t.Parallel()
	dir := module(t, map[string]string{"go.mod": goMod, "main.go": server,
		".hotreload.toml": "\n[[build.generate]]\nmatch = [\"*.txt\"]\ncommand = [\"nothere\"]\n"})
	h := start(t, dir, "--", reserve(t))
	h.await("generate.error", contains("text", ".hotreload.toml:4: build.generate.command: cannot run nothere: executable file not found in $PATH"))
	h.await("cycle", with("result", "failed"))
	h.save(".hotreload.toml", "\n[[build.generate]]\nmatch = [\"*.txt\"]\ncommand = [\"true\"]\n")
	h.await("plan", contains("reason", "[build]"))
	h.await("generate.ok")
	h.await("cycle", with("result", "ok"))
}

// A generator that reads what it writes, and rewrites it each time, runs once
// for an edit all the same.
func TestGeneratorThatReadsItsOutput(t *testing.T) {
	t.Parallel()
	slow(t)
	dir := module(t, map[string]string{
		"go.mod": goMod, "main.go": strings.Replace(server, "\"one\"", "\"one \" + stamp", 1),
		"gen/main.go": `package main

import (
	"fmt"
	"os"
	"time"
)

func main() {
	os.WriteFile("stamp.go", fmt.Appendf(nil, "package main\n\nconst stamp = %q\n", time.Now()), 0o644)
}
`,
		".hotreload.toml": "[[build.generate]]\nmatch = [\"*.go\"]\ncommand = [\"go\", \"run\", \"./gen\"]\n",
	})
	address := reserve(t)
	h := start(t, dir, "--", address)
	h.await("cycle", with("result", "ok"))
	h.edit("main.go", "one ", "two ")
	h.await("cycle", with("result", "ok"))
	if got := get(address, "/"); !strings.HasPrefix(got, "two ") {
		t.Errorf("it answers %q, want two", got)
	}
	h.settle()
	for kind, want := range map[string]int{"generate.start": 1, "build.start": 1, "build.cancel": 0, "cycle": 2} {
		if got := h.count(kind); got != want {
			t.Errorf("%d times %s, want %d", got, kind, want)
		}
	}
}

// Generators that set each other off for ever are stopped, and the file is named.
func TestGeneratorsThatNeverRest(t *testing.T) {
	slow(t)
	t.Parallel()
	dir := module(t, map[string]string{
		"go.mod": goMod, "main.go": server, "a.one": "", "b.two": "",
		".hotreload.toml": `[[build.generate]]
match = ["*.one"]
command = ["sh", "-c", "date +%N >b.two"]
[[build.generate]]
match = ["*.two"]
command = ["sh", "-c", "date +%N >a.one"]
`})
	h := start(t, dir, "--", reserve(t))
	e := h.await("cycle", with("result", "ok"))
	if !strings.Contains(e.text("reason"), "it seems that a generator writes it") {
		t.Errorf("want a reason that names the loop: %s", e)
	}
	h.edit("main.go", "one", "two")
	h.await("cycle", with("result", "ok"))
	if n := h.count("generate.start"); n != 0 {
		t.Errorf("%d generators ran for a file that none reads", n)
	}
}

// A build.command that writes what the app is built from is found out, named,
// and answered no more; edits still are.
func TestBuildThatStartsItself(t *testing.T) {
	slow(t)
	t.Parallel()
	dir := module(t, map[string]string{
		"go.mod": goMod, "main.go": strings.Replace(server, "\"one\"", "\"one \" + stamp", 1),
		"build.sh":        "printf 'package main\\n\\nconst stamp = \"%s\"\\n' \"$(date +%N)\" >stamp.go\ngo build -o bin/app .\n",
		".hotreload.toml": "[build]\ncommand = [\"sh\", \"build.sh\"]\noutput = \"bin/app\"\n",
	})
	address := reserve(t)
	h := start(t, dir, "--", address)
	e := h.await("cycle", with("result", "ok"))
	for !strings.Contains(e.text("reason"), "stamp.go has changed during each of the last builds") {
		e = h.await("cycle")
	}
	h.edit("main.go", "one ", "two ")
	h.await("cycle", with("result", "ok"))
	if got := get(address, "/"); !strings.HasPrefix(got, "two ") {
		t.Errorf("it answers %q, want two", got)
	}
	h.settle()
	if n := h.count("build.ok"); n != 1 {
		t.Errorf("%d builds for one edit, want 1", n)
	}
	for _, e := range h.all {
		if e.kind() == "change" && slices.Contains(e.texts("paths"), "bin/app") {
			t.Errorf("the build's own output is reported as a change: %v", e)
		}
	}
}

// An app that writes, at each start, a file that makes it start again.
func TestAppThatStartsItself(t *testing.T) {
	t.Parallel()
	for name, ending := range map[string]string{
		"before it listens":  "log.Fatal(http.ListenAndServe(os.Args[1], nil))",
		"and never listens":  "select {}",
		"and ends by itself": "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name != "before it listens" {
				slow(t)
			}
			dir := module(t, map[string]string{"go.mod": goMod, "page.html": "", "main.go": `package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
	"time"
)

var _ = log.Fatal
var _ = http.ListenAndServe

func main() {
	os.WriteFile("state.html", []byte(time.Now().String()), 0o644)
	fmt.Println("written")
	` + ending + `
}
`})
			// Ready once it has written, however slow the machine is.
			h := start(t, dir, "--set", "runner.ready=log:^written", "--", reserve(t))
			h.await("plan", with("rung", "none"), contains("reason", "state.html has changed at each of the last"))
			h.await("cycle", with("result", "none"))
			h.save("page.html", "edited")
			h.await("plan", with("rung", "restart"), contains("reason", "page.html"))
			h.await("app.start")
			h.await("cycle", with("result", "ok"))
		})
	}
}
