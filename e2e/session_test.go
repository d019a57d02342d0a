//go:build unix

package e2e

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The whole loop on the bundled example: up, an edit, an error, its fix, down.
func TestExampleWeb(t *testing.T) {
	t.Parallel()
	dir := example(t, "web")
	address := reserve(t)
	h := start(t, dir, "--", "-addr", address)
	h.await("session.start").want(with("root", dir))
	h.await("watch.ready")
	h.await("app.ready").want(with("via", "port"), with("address", address))
	h.await("cycle", with("result", "ok"))

	h.edit("pages/pages.go", "Guest book", "Book of guests")
	h.await("change").want(with("paths", []string{"pages/pages.go"}))
	h.await("plan").want(with("rung", "restart"), with("build", true), contains("reason", "pages/pages.go is part of package"))
	h.await("build.start")
	h.await("build.ok")
	h.await("app.exit").want(with("expected", true), with("code", 0)) // the old version, gracefully
	h.await("cycle", with("result", "ok"))
	if page := get(address, "/"); !strings.Contains(page, "<h1>Book of guests</h1>") {
		t.Errorf("the new version is not served: %s", page)
	}

	h.edit("pages/pages.go", "guests.Entries()", "guests.Entires()")
	d := h.await("build.error").diagnostics()[0]
	if d.file != "pages/pages.go" || d.line != 26 || d.column != 22 || d.severity != "error" {
		t.Errorf("diagnostic %+v, want pages/pages.go:26:22", d)
	}
	h.await("cycle", with("result", "failed"))
	if page := get(address, "/"); !strings.Contains(page, "<h1>Book of guests</h1>") {
		t.Errorf("the last good version is not served: %q", page)
	}
	h.edit("pages/pages.go", "guests.Entires()", "guests.Entries()")
	h.await("build.ok", with("same", true))
	h.await("cycle", with("result", "none"))

	h.edit("assets/style.css", "rebeccapurple", "teal")
	h.await("plan").want(with("build", true), contains("reason", "embedded in package"))
	h.await("cycle", with("result", "ok"))
	if css := get(address, "/assets/style.css"); !strings.Contains(css, "teal") {
		t.Errorf("the new style sheet is not served: %s", css)
	}

	if status := h.quit(syscall.SIGINT); status != 0 {
		t.Errorf("exit status %d, want 0", status)
	}
	if last := h.all[len(h.all)-1]; last.kind() != "session.end" {
		t.Errorf("the last event is %v, want session.end", last)
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatalf("the port is not free: %v", err)
	}
	l.Close()
}

// A hundred saves within a second end with the last content served, and at most
// two builds completed.
func TestStormOfSaves(t *testing.T) {
	t.Parallel()
	dir := module(t, map[string]string{"go.mod": goMod, "main.go": server})
	address := reserve(t)
	h := start(t, dir, "--", address)
	h.await("cycle", with("result", "ok"))
	// A batch may settle in each pause that is as long as watch.quiet: a busy machine makes
	// such pauses.
	const quiet = 30 * time.Millisecond
	pauses, last := 0, time.Now()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for i := range 100 {
		if time.Since(last) > quiet-5*time.Millisecond {
			pauses++
		}
		last = time.Now()
		write(t, filepath.Join(dir, "main.go"), strings.Replace(server, `"one"`, fmt.Sprintf("%q", fmt.Sprint("save ", i)), 1))
		<-tick.C
	}
	for get(address, "/") != "save 99" {
		h.await("cycle", with("result", "ok"))
	}
	h.quit(syscall.SIGTERM)
	completed := 0
	for _, e := range h.all {
		if e.kind() == "build.ok" && e.number("gen") > 1 {
			completed++
		}
	}
	if completed > 2+pauses {
		t.Errorf("%d builds completed, want at most two, and one for each of %d pauses", completed, pauses)
	}
}

// A file the app reads at run time brings a new process without a build; so
// does an env file; a changed config does what it says, an invalid one nothing.
func TestRunTimeFilesEnvFilesAndConfig(t *testing.T) {
	t.Parallel()
	dir := module(t, map[string]string{
		"go.mod": goMod, "page.html": "<p>", ".env": "GREETING=from-env-file\nHOME=not-over-ours\n",
		".hotreload.toml": "[runner]\nenv_files = [\".env\"]\n",
		"main.go": `package main

import ("fmt"; "os"; "time")

func main() {
	page, _ := os.ReadFile("page.html")
	fmt.Printf("%s %s %s %v\n", page, os.Getenv("GREETING"), os.Getenv("HOME"), os.Args[1:])
	time.Sleep(time.Hour)
}
`})
	h := start(t, dir)
	h.await("app.output", contains("text", "<p> from-env-file "+os.Getenv("HOME")+" []"))
	h.await("cycle", with("result", "ok"))

	h.edit("page.html", "<p>", "<h1>")
	h.await("plan", with("rung", "restart"), with("build", false), contains("reason", "page.html is read at run time"))
	h.await("app.output", contains("text", "<h1> from-env-file"))
	h.await("cycle", with("result", "ok"))

	h.edit(".env", "from-env-file", "edited")
	h.await("plan", with("build", false), contains("reason", ".env sets the app's environment"))
	h.await("app.output", contains("text", "<h1> edited"))
	h.await("cycle", with("result", "ok"))

	h.save(".env", "not a pair\n")
	h.await("app.exit", with("pid", 0), with("expected", false), contains("last", "read the env file .env:1: "))
	h.await("cycle", with("result", "failed"))
	if left := h.processes(); len(left) < 2 {
		t.Error("the version that ran was stopped for one that cannot be started")
	}
	h.save(".env", "GREETING=edited\n")
	h.await("app.output", contains("text", "<h1> edited"))

	h.save(".hotreload.toml", "[runner]\nargs = [\"a b\"]\nenv.GREETING = \"from-config\"\n")
	h.await("plan", with("rung", "restart"), with("build", false), contains("reason", "[runner]"))
	h.await("app.output", contains("text", "<h1> from-config "), contains("text", "[a b]"))
	h.await("cycle", with("result", "ok"))

	h.save(".hotreload.toml", "[runner]\nargz = [\"a b\"]\n")
	h.await("plan", with("rung", "none"), contains("reason", `.hotreload.toml:2:1: unknown key "runner.argz"; did you mean "runner.args"?`))
	h.await("cycle", with("result", "failed"))

	h.save("README.md", "# hello\n")
	h.await("plan", with("rung", "none"), contains("reason", "README.md"))
	h.save("main_test.go", "package main\n")
	h.await("plan", with("rung", "none"), contains("reason", "main_test.go is a test"))
}

// Each version of the app reads hotreload's standard input.
func TestStdin(t *testing.T) {
	t.Parallel()
	dir := module(t, map[string]string{"go.mod": goMod, "main.go": `package main

import ("bufio"; "fmt"; "os")

func main() {
	fmt.Println("up")
	b := make([]byte, 1)
	line := ""
	for {
		if n, _ := os.Stdin.Read(b); n == 0 { break }
		if b[0] == '\n' { fmt.Println("one read", line); line = ""; continue }
		line += string(b)
	}
	fmt.Println("end of input")
	_ = bufio.ErrTooLong
}
`})
	h := start(t, dir)
	h.await("app.output", contains("text", "up"))
	io.WriteString(h.stdin, "first\n")
	h.await("app.output", contains("text", "one read first"))
	h.edit("main.go", `"one read"`, `"two read"`)
	io.WriteString(h.stdin, "second\n")
	h.await("app.output", contains("text", "read second"))
	h.await("cycle", with("result", "ok"))
	io.WriteString(h.stdin, "third\n")
	h.await("app.output", contains("text", "two read third"))
	h.stdin.Close()
	h.await("app.output", contains("text", "end of input"))
	h.await("app.exit", with("code", 0), with("expected", false))
}

// Commands come over the socket, from any directory of the project; a second
// session is told where the first is.
func TestSend(t *testing.T) {
	t.Parallel()
	dir := module(t, map[string]string{"go.mod": goMod, "main.go": server, "sub/x.txt": ""})
	address := reserve(t)
	h := start(t, dir, "--", address)
	h.await("cycle", with("result", "ok"))
	send := func(word string) string {
		t.Helper()
		h.mark()
		out, err := h.beside("sub", "send", word).CombinedOutput()
		if err != nil {
			t.Errorf("send %s: %v: %s", word, err, out)
		}
		return string(out)
	}
	if out := send("status"); !strings.Contains(out, `"phase": "running"`) || !strings.Contains(out, address) {
		t.Errorf("status says %s", out)
	}
	send("rebuild")
	h.await("plan", contains("reason", "asked to rebuild"))
	h.await("cycle", with("result", "none"))
	send("restart")
	h.await("plan", contains("reason", "asked to restart"), with("build", false))
	h.await("cycle", with("result", "ok"))
	send("pause")
	h.await("paused")
	h.edit("main.go", `"one"`, `"two"`)
	h.await("change")
	if got := get(address, "/"); got != "one" {
		t.Errorf("a change was acted on while paused: %q", got)
	}
	send("resume")
	h.await("resumed")
	h.await("plan", with("build", true), contains("reason", "main.go"))
	h.await("cycle", with("result", "ok"))
	if got := get(address, "/"); got != "two" {
		t.Errorf("the change was not acted on after the pause: %q", got)
	}

	second := h.beside("")
	out, err := second.CombinedOutput()
	if err == nil || second.ProcessState.ExitCode() != 1 {
		t.Errorf("a second session: %v, want exit status 1", err)
	}
	if want := fmt.Sprintf("a session is already running in %s, as process %d", dir, h.cmd.Process.Pid); !strings.Contains(string(out), want) {
		t.Errorf("a second session says %q, want %q", out, want)
	}
	send("quit")
	if status := h.wait(); status != 0 {
		t.Errorf("exit status %d after quit, want 0", status)
	}
}

// A package that does not compile at the start does not end the session: the error is
// shown, and the next save fixes it. The graph was not known until then.
func TestBrokenAtTheStart(t *testing.T) {
	t.Parallel()
	for name, broken := range map[string]map[string]string{
		"type error":      {"go.mod": goMod, "main.go": strings.Replace(server, "log.Fatal", "log.Fatl", 1)},
		"no package":      {"go.mod": goMod, "main.go": "func main() {\n"},
		"bad go.mod":      {"go.mod": "modul x\n", "main.go": server},
		"missing package": {"go.mod": goMod, "main.go": strings.Replace(server, `"log"`, `"example.com/app/log"`, 1)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name != "no package" {
				slow(t)
			}
			dir := module(t, broken)
			address := reserve(t)
			h := start(t, dir, "--", address)
			h.await("build.error")
			h.await("cycle", with("result", "failed"))
			h.save("go.mod", goMod)
			write(t, filepath.Join(dir, "main.go"), server)
			h.await("cycle", with("result", "ok"))
			if got := get(address, "/"); got != "one" {
				t.Errorf("answer %q, want one", got)
			}
			h.edit("main.go", `"one"`, `"two"`)
			h.await("cycle", with("result", "ok"))
			if got := get(address, "/"); got != "two" {
				t.Errorf("answer %q, want two", got)
			}
		})
	}
}

// A package that an import adds is watched from then on. A build that fails because a
// package is missing succeeds once it is there.
func TestNewPackage(t *testing.T) {
	slow(t)
	t.Parallel()
	dir := module(t, map[string]string{"go.mod": goMod, "main.go": server})
	address := reserve(t)
	h := start(t, dir, "--", address)
	h.await("cycle", with("result", "ok"))
	text := strings.Replace(server, `"log"`, "\"example.com/app/word\"\n\t\"log\"", 1)
	text = strings.Replace(text, `const answer = "one"`, "const answer = word.Word", 1)
	h.save("main.go", text)
	h.await("cycle", with("result", "failed"))
	h.save("word/word.go", "package word\n\nconst Word = \"alpha\"\n")
	h.await("cycle", with("result", "ok"))
	if got := get(address, "/"); got != "alpha" {
		t.Errorf("answer %q, want alpha", got)
	}
	h.edit("word/word.go", "alpha", "beta")
	h.await("plan", contains("reason", "word/word.go is"))
	h.await("cycle", with("result", "ok"))
	if got := get(address, "/"); got != "beta" {
		t.Errorf("answer %q, want beta", got)
	}
}

// A command may take the place of go build.
func TestBuildCommand(t *testing.T) {
	t.Parallel()
	slow(t)
	dir := module(t, map[string]string{
		"go.mod": goMod, "main.go": server, "Makefile": "app:\n\tgo build -o out/app .\n.PHONY: app\n",
		".hotreload.toml": "[build]\ncommand = [\"make\", \"-s\"]\noutput = \"out/app\"\n[watch]\nexclude = [\"out\"]\n",
	})
	address := reserve(t)
	h := start(t, dir, "--", address)
	h.await("cycle", with("result", "ok"))
	h.edit("main.go", `"one"`, `two`)
	if d := h.await("build.error").diagnostics()[0]; d.file != "main.go" || d.message != "undefined: two" {
		t.Errorf("diagnostic %+v, want main.go: undefined: two", d)
	}
	h.edit("main.go", `two`, `"two"`)
	h.await("cycle", with("result", "ok"))
	if got := get(address, "/"); got != "two" {
		t.Errorf("answer %q, want two", got)
	}
}

// Paths with spaces, quotes and letters of all kinds are paths.
func TestOddPath(t *testing.T) {
	slow(t)
	t.Parallel()
	dir := filepath.Join(t.TempDir(), `Ein Projekt "für" alle, 世界`)
	write(t, filepath.Join(dir, "go.mod"), goMod)
	write(t, filepath.Join(dir, "main.go"), server)
	address := reserve(t)
	h := start(t, dir, "--", address)
	h.await("cycle", with("result", "ok"))
	h.edit("main.go", `"one"`, `"two"`)
	h.await("cycle", with("result", "ok"))
	if got := get(address, "/"); got != "two" {
		t.Errorf("answer %q, want two", got)
	}
}

// Nothing is ever written into the project.
func TestReadOnlyProject(t *testing.T) {
	t.Parallel()
	slow(t)
	dir := module(t, map[string]string{"go.mod": goMod, "main.go": server})
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(dir, 0o755) })
	h := start(t, dir, "--", reserve(t))
	h.await("cycle", with("result", "ok"))
	h.quit(syscall.SIGTERM)
	var found []string
	if err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		found = append(found, filepath.Base(path))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if len(found) != 3 {
		t.Errorf("the project has %v, want go.mod and main.go alone", found)
	}
}

// The error names the process that holds the app's port.
func TestPortInUse(t *testing.T) {
	t.Parallel()
	l := listening(t)
	dir := module(t, map[string]string{"go.mod": goMod, "main.go": server})
	h := start(t, dir, "--", l.Addr().String())
	e := h.await("app.exit", with("expected", false), with("code", 1))
	want := fmt.Sprintf("port %s is in use: process %d holds it (", port(t, l.Addr().String()), os.Getpid())
	if !strings.Contains(e.text("hint"), want) || !strings.Contains(e.text("hint"), "since") {
		t.Errorf("the hint is %q, want %q… since …", e.text("hint"), want)
	}
	h.await("cycle", with("result", "failed"))
}

func TestNoGoCommand(t *testing.T) {
	t.Parallel()
	dir := module(t, map[string]string{"go.mod": goMod, "main.go": server})
	cmd := command(t, dir)
	cmd.Env = append(cmd.Env, "PATH="+t.TempDir())
	out, err := cmd.CombinedOutput()
	if err == nil || cmd.ProcessState.ExitCode() != 1 || !strings.Contains(string(out), "the go command is not on PATH; install Go") {
		t.Errorf("%v: %q, want status 1 and what to do", err, out)
	}
}

// The tool's own log in the project is not watched: each line would cause the next.
func TestOwnLogsInTheProject(t *testing.T) {
	t.Parallel()
	dir := module(t, map[string]string{"go.mod": goMod, "main.go": server})
	h := start(t, dir, "--events", "events.json", "--", reserve(t))
	h.await("cycle", with("result", "ok"))
	h.save("first.txt", "")
	h.await("plan", contains("reason", "first.txt"))
	h.save("second.txt", "")
	h.await("plan", contains("reason", "second.txt"))
	h.quit(syscall.SIGINT)
	for _, e := range h.all {
		if e.kind() == "change" && slices.Contains(e.texts("paths"), "events.json") {
			t.Fatalf("its own log was reported: %v", e)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "events.json"))
	if err != nil || strings.Count(string(text), "\n") != len(h.all) {
		t.Errorf("the log has not the %d events (%v): %s", len(h.all), err, text)
	}
}

// An app that cannot listen is ready as soon as it runs, even when the fix of a failed
// build is being applied and the graph is not known yet.
func TestReadyWithoutAPort(t *testing.T) {
	t.Parallel()
	slow(t)
	text := "package main\n\nimport \"time\"\n\nfunc main() { println(\"one\"); time.Sleep(time.Hour) }\n"
	dir := module(t, map[string]string{"go.mod": goMod, "main.go": text})
	h := start(t, dir, "--set", "runner.ready_timeout=1h")
	h.await("app.ready", with("via", "start"))
	h.edit("main.go", "Sleep", "Slep")
	h.await("build.error")
	h.edit("main.go", "Slep(time.Hour)", "Sleep(2 * time.Hour)")
	h.await("app.ready", with("via", "start"))
	h.await("cycle", with("result", "ok"))
}

// A restart during a build leaves the new process to the build.
func TestRestartDuringABuild(t *testing.T) {
	t.Parallel()
	slow(t)
	dir := module(t, map[string]string{"go.mod": goMod, "main.go": server})
	h := start(t, dir, "--", reserve(t))
	h.await("cycle", with("result", "ok"))
	h.edit("main.go", `"one"`, `"two"`)
	h.await("build.start")
	h.mark()
	h.send("restart")
	h.await("plan", contains("reason", "asked to restart"))
	h.await("cycle", with("result", "ok"))
	gen := 0
	for _, e := range h.all {
		if e.kind() == "app.start" {
			if e.number("gen") <= gen {
				t.Errorf("versions go backwards: %v", e)
			}
			gen = e.number("gen")
		}
	}
}
