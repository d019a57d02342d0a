//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/creack/pty"
)

const (
	// screenPatience bounds the wait for something to appear.
	screenPatience = 2 * time.Minute
	// keyEvery is the pause between two keys, longer than any answer should take.
	keyEvery = 150 * time.Millisecond
)

// screen is the subcommand that takes what the terminal UI costs an app that
// prints as fast as it can, and what it does meanwhile and when nothing happens.
func screen(ctx context.Context, args []string) (err error) {
	flags := flag.NewFlagSet("bench screen", flag.ContinueOnError)
	rounds := flags.Int("rounds", 5, "how often each is measured")
	count := flags.Int("lines", 500_000, "how many lines the app prints")
	quiet := flags.Duration("idle", 10*time.Second, "how long to look at an idle screen, a `duration`")
	if err := parse(flags, args); err != nil {
		return err
	}
	if flags.NArg() > 0 || *rounds < 1 || *count < 1 {
		flags.Usage()
		return errUsage
	}
	w, err := newWorkspace(ctx)
	if err != nil {
		return err
	}
	defer w.close(&err)
	program, err := buildHotreload(ctx, w)
	if err != nil {
		return err
	}
	s := &screenBench{w: w, program: program, dir: filepath.Join(w.dir, "printer"), lines: *count}
	if err := s.layOut(ctx); err != nil {
		return err
	}
	return s.measure(ctx, *rounds, *quiet)
}

// screenBench measures one app that prints, run in several ways.
type screenBench struct {
	w       *workspace
	program string // hotreload
	dir     string // the app's source
	app     string // its executable
	lines   int
}

// layOut writes and builds the app.
func (s *screenBench) layOut(ctx context.Context) error {
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return fmt.Errorf("lay out the printer: %w", err)
	}
	for name, text := range map[string]string{"go.mod": "module printer\n\ngo 1.26.0\n", "main.go": printerMain} {
		if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o644); err != nil {
			return fmt.Errorf("lay out the printer: %w", err)
		}
	}
	s.app = filepath.Join(s.w.dir, "printer-app")
	_, err := s.w.run(ctx, s.dir, "go", "build", "-o", s.app, ".")
	return err
}

// printerMain logs lines, as apps do, one write each, and leaves word of how long
// that took. It then waits to be ended.
const printerMain = `package main

import (
	"log"
	"os"
	"strconv"
	"time"
)

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	log.SetOutput(os.Stdout)
	start := time.Now()
	for i := range n {
		log.Printf("GET /users/%d 200 1.2ms from 127.0.0.1", i)
	}
	took := time.Since(start)
	_ = os.WriteFile(os.Args[2]+".new", []byte(strconv.FormatInt(int64(took), 10)), 0o600)
	_ = os.Rename(os.Args[2]+".new", os.Args[2])
	if len(os.Args) > 3 {
		time.Sleep(time.Hour)
	}
}
`

// result is where the app leaves word.
func (s *screenBench) result() string { return filepath.Join(s.w.dir, "took") }

// measure takes each way in turn, round by round.
func (s *screenBench) measure(ctx context.Context, rounds int, quiet time.Duration) error {
	t, err := s.startTerminal(ctx, s.dir)
	if err != nil {
		return err
	}
	defer t.close()
	other := s.dir + "-on-pipes" // there is one session a project
	if err := os.CopyFS(other, os.DirFS(s.dir)); err != nil {
		return fmt.Errorf("lay out the printer: %w", err)
	}
	p, err := s.startTerminal(ctx, other, "--set", "runner.pty=false")
	if err != nil {
		return err
	}
	defer p.close()
	var r screenTimes
	for i := range rounds {
		progress("round %d of %d", i+1, rounds)
		for _, way := range []struct {
			times *[]float64
			run   func() error
		}{
			{&r.pipe, func() error { return s.intoPipe(ctx) }},
			{&r.bare, func() error { return s.intoTerminal(ctx) }},
			{&r.shown, func() error { return t.typed("R") }},
			{&r.piped, func() error { return p.typed("R") }},
		} {
			if err := way.run(); err != nil {
				return err
			}
			if way.times == &r.shown {
				r.keys = append(r.keys, t.pressWhile(func() bool { _, err := os.Stat(s.result()); return err != nil })...)
			}
			took, err := s.took(ctx)
			if err != nil {
				return err
			}
			*way.times = append(*way.times, float64(took)/float64(time.Millisecond))
		}
	}
	if r.memory, err = peak(t.cmd.Process.Pid); err != nil {
		return err
	}
	progress("idle for %v", quiet)
	if err := pause(ctx, rest); err != nil {
		return err
	}
	before := t.written.Load()
	if err := pause(ctx, quiet); err != nil {
		return err
	}
	r.written = t.written.Load() - before
	s.print(r, quiet)
	return nil
}

// screenTimes is what was measured, in milliseconds where nothing else is said.
type screenTimes struct {
	pipe, bare, shown, piped []float64 // until the app had printed all, by what reads it
	keys                     []float64 // until a key was answered meanwhile
	memory                   int64     // the peak, in bytes
	written                  int64     // bytes to an idle screen
}

func (s *screenBench) print(r screenTimes, quiet time.Duration) {
	fmt.Printf("%s\n\n### The screen, with an app that prints %d lines as fast as it can\n\n", machine(), s.lines)
	fmt.Printf("| what reads it | median, ms |\n|---|---|\n| a pipe into cat | %.0f |\n| a bare terminal | %.0f |\n| hotreload's screen | %.0f |\n| the same with runner.pty = false | %.0f |\n\n",
		quantile(r.pipe, 0.5), quantile(r.bare, 0.5), quantile(r.shown, 0.5), quantile(r.piped, 0.5))
	fmt.Printf("| what | measured | budget |\n|---|---|---|\n")
	ratio := quantile(pairwise(r.pipe, r.shown, divide), 0.5)
	kept := map[bool]string{true: "kept", false: "**missed**"}
	fmt.Printf("| speed under the screen, against the pipe | %.2f | 0.80, %s |\n", ratio, kept[ratio >= 0.8])
	fmt.Printf("| the same, against the bare terminal: what hotreload itself costs | %.2f | |\n", quantile(pairwise(r.bare, r.shown, divide), 0.5))
	fmt.Printf("| speed with runner.pty = false, against the pipe | %.2f | |\n", quantile(pairwise(r.pipe, r.piped, divide), 0.5))
	if len(r.keys) > 0 {
		fmt.Printf("| a key is answered meanwhile, median of %d | %.0f ms | %s |\n", len(r.keys), quantile(r.keys, 0.5), verdict("%.0f ms", quantile(r.keys, 0.5), 50))
		fmt.Printf("| the same, nine in ten | %.0f ms | |\n", quantile(r.keys, 0.9))
	}
	fmt.Printf("| peak memory | %d MB | %s |\n", r.memory>>20, verdict("%.0f MB", float64(r.memory>>20), 100))
	fmt.Printf("| written to an idle screen in %v | %d bytes | 0, %s |\n", quiet, r.written, kept[r.written == 0])
}

// took waits for the app's word.
func (s *screenBench) took(ctx context.Context) (time.Duration, error) {
	for deadline := time.Now().Add(screenPatience); time.Now().Before(deadline); {
		text, err := os.ReadFile(s.result())
		if err == nil {
			n, err := strconv.ParseInt(string(text), 10, 64)
			return time.Duration(n), errors.Join(err, os.Remove(s.result()))
		}
		if err := pause(ctx, 5*time.Millisecond); err != nil {
			return 0, err
		}
	}
	return 0, errors.New("the app did not come to the end of its lines")
}

// intoPipe runs the app into cat.
func (s *screenBench) intoPipe(ctx context.Context) error {
	_, err := s.w.run(ctx, s.dir, "sh", "-c", fmt.Sprintf("'%s' %d '%s' | cat >/dev/null", s.app, s.lines, s.result()))
	return err
}

// intoTerminal runs the app on a terminal of which all is read and nothing made.
func (s *screenBench) intoTerminal(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, s.app, strconv.Itoa(s.lines), s.result())
	ours, err := pty.Start(cmd)
	if err != nil {
		return fmt.Errorf("start the app on a terminal: %w", err)
	}
	defer ours.Close()
	_, _ = io.Copy(io.Discard, ours) // ends with an I/O error
	return cmd.Wait()
}

// terminal is hotreload on a terminal that is read at once.
type terminal struct {
	cmd     *exec.Cmd
	ours    *os.File
	written atomic.Int64
	reading sync.WaitGroup

	mu      sync.Mutex
	text    []byte        // written since the last key
	changed chan struct{} // holds a token when text has grown
}

// startTerminal starts hotreload in dir and waits until the app has printed all.
func (s *screenBench) startTerminal(ctx context.Context, dir string, flags ...string) (*terminal, error) {
	t := &terminal{changed: make(chan struct{}, 1)}
	args := append([]string{"--ui", "tui"}, flags...)
	t.cmd = exec.Command(s.program, append(args, "--", strconv.Itoa(s.lines), s.result(), "stay")...)
	t.cmd.Dir, t.cmd.Env = dir, append(s.w.environment(dir), "TERM=tmux-256color")
	var err error
	if t.ours, err = pty.StartWithSize(t.cmd, &pty.Winsize{Cols: 80, Rows: 24}); err != nil {
		return nil, fmt.Errorf("start hotreload on a terminal: %w", err)
	}
	t.reading.Go(t.read)
	if _, err := s.took(ctx); err != nil {
		t.close()
		return nil, err
	}
	return t, nil
}

func (t *terminal) read() {
	for buf := make([]byte, 1<<16); ; {
		n, err := t.ours.Read(buf)
		t.written.Add(int64(n))
		t.mu.Lock()
		if t.text = append(t.text, buf[:n]...); len(t.text) > 1<<20 {
			t.text = t.text[len(t.text)-1<<19:]
		}
		t.mu.Unlock()
		select {
		case t.changed <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// typed presses keys; what was written before is forgotten.
func (t *terminal) typed(keys string) error {
	t.mu.Lock()
	t.text = nil
	t.mu.Unlock()
	_, err := io.WriteString(t.ours, keys)
	return err
}

// await waits until one of some texts has been written since the last key.
func (t *terminal) await(texts ...string) error {
	timeout := time.After(screenPatience)
	for {
		t.mu.Lock()
		for _, text := range texts {
			if bytes.Contains(t.text, []byte(text)) {
				t.mu.Unlock()
				return nil
			}
		}
		t.mu.Unlock()
		select {
		case <-t.changed:
		case <-timeout:
			return fmt.Errorf("hotreload's screen never had %q", texts)
		}
	}
}

// pressWhile opens and closes help as long as something holds, and returns how
// long each took to be seen, in milliseconds.
func (t *terminal) pressWhile(holds func() bool) []float64 {
	var took []float64
	for holds() {
		for _, step := range []struct{ key, seen string }{{"?", "build, and start what comes out"}, {"?", "follow"}} {
			start := time.Now()
			if t.typed(step.key) != nil || t.await(step.seen) != nil {
				return took
			}
			took = append(took, float64(time.Since(start))/float64(time.Millisecond))
			time.Sleep(keyEvery)
		}
	}
	return took
}

func (t *terminal) close() {
	_ = t.typed("q")
	_ = t.cmd.Wait()
	t.ours.Close()
	t.reading.Wait()
}

// peak is the most memory that a process has had, in bytes; 0 where the system
// does not tell.
func peak(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read the memory of hotreload: %w", err)
	}
	_, after, _ := strings.Cut(string(text), "VmHWM:")
	value, _, _ := strings.Cut(strings.TrimSpace(after), " ")
	kilobytes, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("read the memory of hotreload: %w", err)
	}
	return kilobytes << 10, nil
}
