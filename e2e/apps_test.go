//go:build unix

package e2e

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Apps that misbehave, and sessions that end in every way: the events are right and no
// process is left behind.

const deafApp = `package main

import ("fmt"; "os/signal"; "syscall"; "time")

func main() {
	signal.Ignore(syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT)
	fmt.Println("deaf one")
	time.Sleep(time.Hour)
}
`

func TestAppThatIgnoresSIGTERM(t *testing.T) {
	t.Parallel()
	dir := module(t, map[string]string{"go.mod": goMod, "main.go": deafApp})
	h := start(t, dir, "--set", "runner.stop_timeout=200ms")
	h.await("app.output", contains("text", "deaf one"))
	h.edit("main.go", "deaf one", "deaf two")
	h.await("app.exit", with("signal", "SIGKILL"), with("expected", true), with("code", -1))
	h.await("app.output", contains("text", "deaf two"))
	if status := h.quit(syscall.SIGHUP); status != 0 {
		t.Errorf("exit status %d after SIGHUP, want 0", status)
	}
}

// The first Ctrl-C waits for the app, the second does not.
func TestSecondCtrlC(t *testing.T) {
	t.Parallel()
	dir := module(t, map[string]string{"go.mod": goMod, "main.go": deafApp})
	h := start(t, dir, "--set", "runner.stop_timeout=1h")
	h.await("app.output", contains("text", "deaf one"))
	if err := h.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	// The socket is open while the session waits for the app.
	conn, err := net.Dial("unix", h.await("session.start").text("socket"))
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	for h.cmd.ProcessState == nil {
		// Two signals that come before the first is seen are one to the kernel.
		if err := h.cmd.Process.Signal(os.Interrupt); err != nil {
			break
		}
		select {
		case <-ended(h):
		case <-time.After(100 * time.Millisecond):
		}
		if len(h.processes()) == 0 {
			break
		}
	}
	if status := h.wait(); status != 130 {
		t.Errorf("exit status %d, want 130", status)
	}
}

// ended is closed when the session's stream has ended.
func ended(h *tool) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		h.done.Wait()
		close(done)
	}()
	return done
}

const daemonApp = `package main

import ("bufio"; "fmt"; "os"; "os/exec"; "time")

// A daemon by the book: a fork, a session of its own, another fork; deaf.
func main() {
	cmd := exec.Command("setsid", "sh", "-c", "(trap '' TERM HUP INT; echo daemon is up; exec sleep 3600) & exit 0")
	out, _ := cmd.StdoutPipe()
	cmd.Start()
	line, _ := bufio.NewReader(out).ReadString('\n')
	fmt.Print(line)
	if len(os.Args) > 1 { os.Exit(0) }
	time.Sleep(time.Hour)
}
`

func TestDaemonisedGrandchild(t *testing.T) {
	slow(t)
	t.Parallel()
	dir := module(t, map[string]string{"go.mod": goMod, "main.go": daemonApp})
	t.Run("stopped with the app", func(t *testing.T) {
		h := start(t, dir, "--set", "runner.stop_timeout=200ms")
		h.await("app.output", contains("text", "daemon is up"))
		h.quit(syscall.SIGTERM)
	})
	t.Run("left behind by the app", func(t *testing.T) {
		h := start(t, dir, "--set", "runner.stop_timeout=200ms", "--", "leave")
		// The shell between them may still be there, too.
		h.await("app.exit", with("code", 0), with("expected", false), condition{"left", func(e event) bool { return e.number("left") > 0 }})
		for _, process := range h.processes() {
			if strings.Contains(process.command, "sleep 3600") {
				t.Errorf("alive after the app's exit: %v", process)
			}
		}
	})
	t.Run("when hotreload is killed", func(t *testing.T) {
		h := start(t, dir, "--set", "runner.stop_timeout=200ms")
		h.await("app.output", contains("text", "daemon is up"))
		h.quit(syscall.SIGKILL)
		h.awaitNone()
		next := h.again("--set", "runner.stop_timeout=200ms")
		next.await("app.output", contains("text", "daemon is up"))
	})
	t.Run("when hotreload is killed in a build", func(t *testing.T) {
		builds := module(t, map[string]string{"go.mod": goMod, "main.go": daemonApp,
			".hotreload.toml": "[build]\ncommand = [\"sh\", \"-c\", \"sleep 3600\"]\noutput = \"x\"\n"})
		h := start(t, builds)
		h.await("build.start")
		awaitThat(t, "hotreload, sh and sleep run", func() bool { return len(h.processes()) >= 3 })
		h.quit(syscall.SIGKILL)
		h.awaitNone()
	})
}

func TestAppThatCrashesAtOnce(t *testing.T) {
	t.Parallel()
	dir := module(t, map[string]string{"go.mod": goMod, "main.go": `package main

import "os"

func main() { os.Stderr.WriteString("no newline at my end"); os.Exit(7) }
`})
	h := start(t, dir)
	h.await("app.output", with("stream", "stderr"), contains("text", "no newline at my end"))
	h.await("app.exit", with("code", 7), with("expected", false), contains("last", "no newline at my end"))
	h.await("cycle")
	h.edit("main.go", "os.Exit(7)", `panic("at the disco")`)
	h.await("app.exit", with("code", 2), contains("last", "panic: at the disco"))
	h.edit("main.go", `panic("at the disco")`, "select {}")
	h.await("app.exit", with("code", 2), contains("last", "all goroutines are asleep"))
	h.edit("main.go", "select {}", "os.Exit(0)")
	h.await("app.exit", with("code", 0))
	h.quit(syscall.SIGINT)
	h.from = 0
	if starts := h.count("app.start"); starts != 4 {
		t.Errorf("%d starts for 4 versions: an app that exits must wait for an edit", starts)
	}
}

func TestAppThatPrintsAMillionLines(t *testing.T) {
	slow(t)
	t.Parallel()
	dir := module(t, map[string]string{"go.mod": goMod, "main.go": `package main

import ("bufio"; "fmt"; "os"; "strconv")

func main() {
	w := bufio.NewWriter(os.Stdout)
	n, _ := strconv.Atoi(os.Args[1])
	for i := range n { fmt.Fprintln(w, "line", i) }
	fmt.Fprint(w, "the end")
	w.Flush()
}
`})
	t.Run("json", func(t *testing.T) {
		lines := rounds(10_000, 100_000) // not a million: the test's own decoding is slow
		h := start(t, dir, "--", fmt.Sprint(lines))
		h.await("app.exit", with("code", 0))
		h.quit(syscall.SIGINT)
		next := 0
		for _, e := range h.all {
			if e.kind() != "app.output" {
				continue
			}
			want := fmt.Sprint("line ", next)
			if next == lines {
				want = "the end"
			}
			if got := e.text("text"); got != want {
				t.Fatalf("line %d reads %q, want %q", next, got, want)
			}
			next++
		}
		if next != lines+1 {
			t.Errorf("%d lines arrived, want %d", next, lines+1)
		}
	})
	t.Run("plain", func(t *testing.T) {
		const million = 1_000_000
		var want bytes.Buffer
		for i := range million {
			fmt.Fprintln(&want, "line", i)
		}
		want.WriteString("the end")
		cmd := command(t, dir, "--ui", "plain", "--", fmt.Sprint(million))
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, want.Len())
		if _, err := io.ReadFull(out, got); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want.Bytes()) {
			t.Error("the output is not what the app printed, byte for byte")
		}
		cmd.Process.Signal(os.Interrupt)
		rest, _ := io.ReadAll(out)
		if err := cmd.Wait(); err != nil || len(rest) > 0 {
			t.Errorf("ended with %v and %d more bytes", err, len(rest))
		}
	})
}

// A reader that stops reading slows the app, as any pipe would, and nothing else: an edit
// still goes live, and no output is lost.
func TestReaderThatDoesNotRead(t *testing.T) {
	slow(t)
	t.Parallel()
	dir := module(t, map[string]string{"go.mod": goMod, "main.go": `package main

import ("bytes"; "fmt"; "log"; "net/http"; "os")

const answer = "one"

func main() {
	go func() {
		for i := 0; ; i++ { os.Stdout.Write(append(fmt.Appendf(nil, "%s %d ", answer, i), append(bytes.Repeat([]byte("x"), 1000), '\n')...)) }
	}()
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { w.Write([]byte(answer)) })
	log.Fatal(http.ListenAndServe(os.Args[1], nil))
}
`})
	address := reserve(t)
	events := filepath.Join(t.TempDir(), "events")
	cmd := command(t, dir, "--ui", "plain", "--events", events, "--", address)
	out, err := cmd.StdoutPipe() // which is not read yet
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	awaitAnswer(t, address, "one")
	source := filepath.Join(dir, "main.go")
	write(t, source, strings.Replace(read(t, source), `"one"`, `"two"`, 1))
	awaitAnswer(t, address, "two")
	cmd.Process.Signal(os.Interrupt)
	text, err := io.ReadAll(out) // now it is
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("ended with %v", err)
	}
	word, next := "one", 0
	lines := strings.Split(string(text), "\n")
	for n, line := range lines {
		if n == len(lines)-1 && line == "" {
			break
		}
		if strings.HasPrefix(line, "two 0 ") {
			word, next = "two", 0
		}
		if want := fmt.Sprintf("%s %d ", word, next); !strings.HasPrefix(line, want) {
			// The last line of a process that was killed may be cut; the next
			// process's first follows it.
			if cut := strings.Index(line, "two 0 "); word == "one" && cut >= 0 {
				word, next = "two", 1
				continue
			}
			if n != len(lines)-1 {
				t.Fatalf("line %d begins %.40q, want %q", n, line, want)
			}
		}
		next++
	}
	if word != "two" {
		t.Error("the second version's output is missing")
	}
}

// A reader that never reads does not stop the session from ending.
func TestReaderThatNeverReads(t *testing.T) {
	t.Parallel()
	dir := module(t, map[string]string{"go.mod": goMod,
		"main.go": "package main\n\nimport \"fmt\"\n\nfunc main() { for { fmt.Println(\"line\") } }\n"})
	events := filepath.Join(t.TempDir(), "events")
	cmd := command(t, dir, "--ui", "plain", "--events", events)
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	cmd.Stdout = write
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	write.Close()
	awaitThat(t, "the app prints", func() bool {
		text, _ := os.ReadFile(events)
		return strings.Contains(string(text), `"app.output"`)
	})
	cmd.Process.Signal(os.Interrupt)
	if err := cmd.Wait(); err != nil {
		t.Errorf("ended with %v, want status 0", err)
	}
}

// The session ends when its reader exits: hotreload | head -1.
func TestReaderThatGoesAway(t *testing.T) {
	t.Parallel()
	for name, app := range map[string]string{
		"the app is silent":      `fmt.Println("the only line"); time.Sleep(time.Hour)`,
		"the app keeps printing": `for { fmt.Println("line"); time.Sleep(time.Millisecond) }`,
		"the app prints a lot":   `for { fmt.Println("line") ; _ = time.Now }`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name != "the app is silent" {
				slow(t)
			}
			dir := module(t, map[string]string{"go.mod": goMod,
				"main.go": "package main\n\nimport (\"fmt\"; \"time\")\n\nfunc main() { " + app + " }\n"})
			hotreload := command(t, dir, "--ui", "plain")
			marker := newMarker()
			hotreload.Env = append(hotreload.Env, marker)
			read, write, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			hotreload.Stdout = write
			head := exec.Command("head", "-1")
			head.Stdin = read
			if err := hotreload.Start(); err != nil {
				t.Fatal(err)
			}
			write.Close()
			line, err := head.Output()
			read.Close()
			if err != nil || !strings.Contains(string(line), "line") {
				t.Errorf("head -1 printed %q: %v", line, err)
			}
			if err := hotreload.Wait(); err != nil {
				t.Errorf("hotreload ended with %v, want status 0", err)
			}
			if left := marked(t, marker); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// In plain mode the streams are the app's, byte for byte, except for our own
// lines on stderr.
func TestPlainPassesBytesThrough(t *testing.T) {
	t.Parallel()
	dir := module(t, map[string]string{"go.mod": goMod, "main.go": `package main

import ("os"; "time")

func main() {
	os.Stderr.WriteString("half a line")
	os.Stdout.WriteString("a prompt: ")
	os.Stdout.Write([]byte{0, 1, 2, 0xff, 0xfe, '\r', '\n', 27, '[', '3', '1', 'm'})
	time.Sleep(time.Hour)
}
`})
	cmd := command(t, dir, "--ui", "plain")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	want := "a prompt: \x00\x01\x02\xff\xfe\r\n\x1b[31m"
	got := make([]byte, len(want))
	if _, err := io.ReadFull(out, got); err != nil || string(got) != want {
		t.Errorf("stdout is %q (%v), want %q", got, err, want)
	}
	cmd.Process.Signal(os.Interrupt)
	if rest, _ := io.ReadAll(out); len(rest) > 0 {
		t.Errorf("and more: %q", rest)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	foreign := ""
	for line := range strings.Lines(stderr.String()) {
		if !strings.HasPrefix(line, "hotreload: ") {
			foreign += line
		}
	}
	if foreign != "half a line\n" { // and a newline, before our next line
		t.Errorf("the app's part of stderr is %q, want half a line", foreign)
	}
}
