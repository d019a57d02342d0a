package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"hotreload/internal/cli"
	"hotreload/internal/supervise"
	"hotreload/ui/tui"
)

// The test binary is hotreload and its supervisor, too.
func TestMain(m *testing.M) {
	if os.Getenv("TEST_AS_HOTRELOAD") != "" || supervise.IsSupervisor() || tui.IsGuard() {
		os.Exit(cli.Main(os.Args[1:], sources()))
	}
	testscript.Main(m, map[string]func(){
		"hotreload": func() { os.Exit(cli.Main(os.Args[1:], sources())) },
	})
}

// patience is how long a test waits for what must come. It is no measure of
// speed: a machine under load may build for a minute.
const patience = time.Minute

// tool is a running hotreload.
type tool struct {
	t      *testing.T
	dir    string
	cmd    *exec.Cmd
	marker string // in the environment of all it starts
	stdin  io.WriteCloser
	stderr *bytes.Buffer // complete once it has ended
	events chan event
	all    []event // that came so far
	from   int     // where in all await begins to look
	done   sync.WaitGroup
}

// event is a line of the JSON stream.
type event map[string]any

func (e event) kind() string { return e["type"].(string) }

// text returns a field as it reads.
func (e event) text(field string) string { return fmt.Sprint(e[field]) }

// module writes files into a new directory and returns it.
func module(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		write(t, filepath.Join(dir, name), text)
	}
	return dir
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// command is a hotreload in dir that keeps its files to this test.
func command(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Dir = dir
	run, err := os.MkdirTemp("", "hr") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(run) })
	cmd.Env = append(os.Environ(),
		"TEST_AS_HOTRELOAD=1", "GORACE=atexit_sleep_ms=0", "GOFLAGS=", "GOPROXY=off", "GOWORK=",
		"XDG_RUNTIME_DIR="+run, "XDG_CACHE_HOME="+t.TempDir(), "GOCACHE="+goCache(t),
	)
	return cmd
}

// goCache is the user's build cache, also under another XDG_CACHE_HOME.
func goCache(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// start runs hotreload --ui json in dir. At the test's end it is stopped, unless
// the test did that, and its stream is checked.
func start(t *testing.T, dir string, args ...string) *tool {
	t.Helper()
	cmd := command(t, dir, append([]string{"--ui", "json"}, args...)...)
	h := &tool{t: t, dir: dir, cmd: cmd, stderr: &bytes.Buffer{}, events: make(chan event, 1<<16)}
	h.marker = "TEST_SESSION=" + filepath.Base(t.TempDir()) + strconv.FormatInt(time.Now().UnixNano(), 36)
	cmd.Env = append(cmd.Env, h.marker)
	cmd.Stderr = h.stderr
	var err error
	if h.stdin, err = cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	h.done.Go(func() {
		defer close(h.events)
		for lines := bufio.NewReader(out); ; {
			line, err := lines.ReadBytes('\n')
			if err != nil {
				return
			}
			var e event
			if err := json.Unmarshal(line, &e); err != nil {
				t.Errorf("not JSON: %s", line)
				return
			}
			h.events <- e
		}
	})
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			h.quit(syscall.SIGINT)
		}
		checkStream(t, h.all)
		if t.Failed() {
			h.dump()
		}
	})
	return h
}

// await returns the first event since the last mark that is of a type and that
// all conditions hold for.
func (h *tool) await(kind string, conditions ...func(event) bool) event {
	h.t.Helper()
	timeout := time.After(patience)
	for i := h.from; ; i++ {
		for i >= len(h.all) {
			select {
			case e, ok := <-h.events:
				if !ok {
					h.t.Fatalf("the session ended before %s; it said: %s", kind, h.stderr)
				}
				h.all = append(h.all, e)
			case <-timeout:
				h.t.Fatalf("no %s in %v", kind, patience)
			}
		}
		holds := h.all[i].kind() == kind
		for _, condition := range conditions {
			holds = holds && condition(h.all[i])
		}
		if holds {
			return h.all[i]
		}
	}
}

// mark makes await look only at what comes from now on: before an act, so that
// what is awaited is its effect.
func (h *tool) mark() {
	for {
		select {
		case e, ok := <-h.events:
			if ok {
				h.all = append(h.all, e)
				continue
			}
		default:
		}
		h.from = len(h.all)
		return
	}
}

// save writes a file of the project after a mark.
func (h *tool) save(name, text string) {
	h.t.Helper()
	h.mark()
	write(h.t, filepath.Join(h.dir, name), text)
}

// with is the condition that a field reads so.
func with(field, want string) func(event) bool {
	return func(e event) bool { return strings.Contains(e.text(field), want) }
}

// edit replaces text in a file of the project, as an editor saves it.
func (h *tool) edit(name, old, with string) {
	h.t.Helper()
	path := filepath.Join(h.dir, name)
	text, err := os.ReadFile(path)
	if err != nil {
		h.t.Fatal(err)
	}
	if !bytes.Contains(text, []byte(old)) {
		h.t.Fatalf("%s does not contain %q", name, old)
	}
	h.save(name, strings.Replace(string(text), old, with, 1))
}

// quit sends a signal, waits for the end and returns the exit status. Nothing
// that the session started may be left.
func (h *tool) quit(sig os.Signal) int {
	h.t.Helper()
	if err := h.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		h.t.Fatal(err)
	}
	return h.wait()
}

// wait waits for the end and returns the exit status, -1 for a signal.
func (h *tool) wait() int {
	h.t.Helper()
	giveUp := time.AfterFunc(patience, func() { _ = h.cmd.Process.Signal(syscall.SIGQUIT) })
	defer giveUp.Stop()
	h.done.Wait()
	_ = h.cmd.Wait()
	for e := range h.events {
		h.all = append(h.all, e)
	}
	if left := h.processes(); len(left) > 0 && h.cmd.ProcessState.ExitCode() >= 0 {
		h.t.Errorf("processes left behind: %v", left)
	}
	return h.cmd.ProcessState.ExitCode()
}

// processes lists the processes that the session started and that are alive,
// wherever they hide.
func (h *tool) processes() []string {
	var found []string
	environs, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		h.t.Fatal(err)
	}
	for _, file := range environs {
		environ, err := os.ReadFile(file)
		if err != nil || !bytes.Contains(environ, []byte(h.marker)) {
			continue
		}
		cmdline, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "cmdline"))
		found = append(found, file+" "+string(bytes.ReplaceAll(cmdline, []byte{0}, []byte{' '})))
	}
	return found
}

func (h *tool) dump() {
	h.t.Logf("stderr: %s", h.stderr)
	for i, e := range h.all {
		if i > 200 {
			h.t.Logf("… and %d more events", len(h.all)-i)
			return
		}
		line, _ := json.Marshal(e)
		h.t.Logf("%s", line)
	}
}
