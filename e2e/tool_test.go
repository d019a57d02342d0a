package e2e

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long a test waits for what must come, before it says what did not.
// It does not measure speed: a machine under load may build for minutes.
const patience = 3 * time.Minute

// patient are flags that give an app all the time it needs on a busy machine. What a test
// sets itself counts more.
var patient = []string{"--set", "runner.ready_timeout=3m", "--set", "runner.stop_timeout=3m"}

// tool is a session under test: a hotreload that runs, and its stream of events.
type tool struct {
	t      *testing.T
	dir    string
	cmd    *exec.Cmd
	marker string // in the environment of all that it starts
	stdin  io.WriteCloser
	stderr *bytes.Buffer // complete once it has ended
	events chan event
	all    []event      // that came so far
	from   int          // where in all the test looks: since the last mark
	taken  map[int]bool // which of all were awaited
	done   sync.WaitGroup
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
	temp := filepath.Join(run, "temp") // what a session that is killed leaves is removed with it
	if err := os.Mkdir(temp, 0o700); err != nil {
		t.Fatal(err)
	}
	cmd.Env = append(os.Environ(), "TMPDIR="+temp,
		"TEST_AS_HOTRELOAD=1", "GORACE=atexit_sleep_ms=0", "GOFLAGS=", "GOPROXY=off", "GOWORK=",
		"XDG_RUNTIME_DIR="+run, "XDG_CACHE_HOME="+t.TempDir(), "GOCACHE="+goCache(t),
	)
	return cmd
}

// goCache is the user's build cache, also under another XDG_CACHE_HOME.
func goCache(t *testing.T) string {
	t.Helper()
	cache, err := userGoCache()
	if err != nil {
		t.Fatal(err)
	}
	return cache
}

var userGoCache = sync.OnceValues(func() (string, error) {
	out, err := exec.Command("go", "env", "GOCACHE").Output()
	return strings.TrimSpace(string(out)), err
})

// start runs hotreload --ui json in dir. At the test's end it is stopped, unless
// the test did that, and its stream is checked.
func start(t *testing.T, dir string, args ...string) *tool {
	t.Helper()
	return run(t, dir, command(t, dir, streamed(args)...))
}

// again starts another session in the same project. It finds what this one has left.
func (h *tool) again(args ...string) *tool {
	h.t.Helper()
	return run(h.t, h.dir, h.beside("", streamed(args)...))
}

// streamed are the arguments of a hotreload that prints events.
func streamed(args []string) []string {
	return slices.Concat([]string{"--ui", "json"}, patient, args)
}

func run(t *testing.T, dir string, cmd *exec.Cmd) *tool {
	t.Helper()
	h := &tool{t: t, dir: dir, cmd: cmd, stderr: &bytes.Buffer{}, events: make(chan event, 1<<16), taken: map[int]bool{}}
	h.marker = newMarker()
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
	h.done.Go(func() { readEvents(t, out, h.events) })
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

func readEvents(t *testing.T, stream io.Reader, events chan<- event) {
	defer close(events)
	for lines := bufio.NewReader(stream); ; {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		e, err := parseEvent(t, line)
		if err != nil {
			t.Errorf("not JSON: %s", line)
			return
		}
		events <- e
	}
}

// beside is a hotreload that finds this session, from a directory of the project.
func (h *tool) beside(sub string, args ...string) *exec.Cmd {
	h.t.Helper()
	cmd := command(h.t, filepath.Join(h.dir, sub), args...)
	for _, pair := range h.cmd.Env { // of two, the last counts
		if strings.HasPrefix(pair, "XDG_RUNTIME_DIR=") || strings.HasPrefix(pair, "XDG_CACHE_HOME=") {
			cmd.Env = append(cmd.Env, pair)
		}
	}
	return cmd
}

// send has the session obey a command, and returns what that printed.
func (h *tool) send(args ...string) string {
	h.t.Helper()
	out, err := h.beside("", append([]string{"send"}, args...)...).CombinedOutput()
	if err != nil {
		h.t.Fatalf("send %v: %v: %s", args, err, out)
	}
	return string(out)
}

// await returns the first event since the last mark that meets the conditions and was
// not awaited yet. So each event answers one await.
func (h *tool) await(kind string, conditions ...condition) event {
	h.t.Helper()
	timeout := time.After(patience)
	for i := h.from; ; i++ {
		for i >= len(h.all) {
			select {
			case e, ok := <-h.events:
				if !ok {
					h.t.Fatalf("the session ended before %s; it said: %s", describe(kind, conditions), h.stderr)
				}
				h.all = append(h.all, e)
			case <-timeout:
				h.t.Fatalf("no %s in %v", describe(kind, conditions), patience)
			}
		}
		if !h.taken[i] && h.all[i].meets(kind, conditions) {
			h.taken[i] = true
			return h.all[i]
		}
	}
}

// mark has await and count look only at what comes from now on: before an act, so that
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

// count counts events that came since the last mark, up to the last awaited one.
func (h *tool) count(kind string) (n int) {
	for _, e := range h.all[h.from:] {
		if e.kind() == kind {
			n++
		}
	}
	return n
}

// settle waits until all that follows from what was done has come: a new file that
// means nothing is a change after which there can be nothing of before. A name serves
// once, because the tool stops reporting a file that changes again and again without effect.
func (h *tool) settle() {
	h.t.Helper()
	from, name := h.from, "bystander"+strconv.Itoa(len(h.all))+".md"
	h.save(name, "")
	h.await("change", with("paths", []string{name}))
	h.await("cycle", contains("reason", name))
	h.from = from
}

// save writes a file of the project after a mark.
func (h *tool) save(name, text string) {
	h.t.Helper()
	h.mark()
	write(h.t, filepath.Join(h.dir, name), text)
}

// edit replaces text in a file of the project after a mark.
func (h *tool) edit(name, old, with string) {
	h.t.Helper()
	text := read(h.t, filepath.Join(h.dir, name))
	if !strings.Contains(text, old) {
		h.t.Fatalf("%s does not contain %q", name, old)
	}
	h.save(name, strings.Replace(text, old, with, 1))
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

// dump logs the session for whoever looks into a failure.
func (h *tool) dump() {
	h.t.Logf("stderr: %s", h.stderr)
	for i, e := range h.all {
		if i > 200 {
			h.t.Logf("… and %d more events", len(h.all)-i)
			return
		}
		h.t.Logf("%s", e)
	}
}
