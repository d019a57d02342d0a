//go:build unix

package e2e

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// onTerminal is an app that tells what it sees of its terminal.
const onTerminal = `package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
)

func size() string {
	cmd := exec.Command("stty", "size")
	cmd.Stdin = os.Stdin
	out, err := cmd.CombinedOutput()
	if err != nil { return err.Error() }
	return strings.TrimSpace(string(out))
}

func main() {
	for _, f := range []*os.File{os.Stdin, os.Stdout, os.Stderr} {
		info, _ := f.Stat()
		fmt.Println(f.Name(), "is a terminal:", info.Mode()&os.ModeCharDevice != 0)
	}
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	fmt.Println("has a terminal of its own:", err == nil)
	tty.Close()
	fmt.Println("\x1b[32mthe size is", size(), "\x1b[0m")
	resized := make(chan os.Signal, 1)
	signal.Notify(resized, syscall.SIGWINCH)
	go func() { for range resized { fmt.Println("the size is now", size()) } }()
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		fmt.Println("read <" + lines.Text() + ">")
		if lines.Text() == "panic" { var p *os.File; fmt.Println(*p) }
	}
}
`

// The app has a terminal of its own: it can see so, is told its size, and reads
// what is typed for it. Its panic is shown with its place.
func TestAppOnTerminal(t *testing.T) {
	t.Parallel()
	dir := module(t, map[string]string{"go.mod": goMod, "main.go": onTerminal})
	s := startScreen(t, dir, []string{"CI=true"})
	s.await("/dev/stdin is a terminal: true", "/dev/stdout is a terminal: true", "/dev/stderr is a terminal: true",
		"has a terminal of its own: true", "the size is 18 80")
	if colours := s.tmux("capture-pane", "-p", "-e"); !strings.Contains(colours, "\x1b[32mthe size is") {
		t.Errorf("the app's colour is lost:\n%q", colours)
	} else if !strings.Contains(colours, "\x1b[32m● running v1") {
		t.Errorf("the screen's colours are lost, for all that CI says there is no terminal:\n%q", colours)
	}
	s.tmux("resize-window", "-x", "100", "-y", "30")
	s.await("the size is now 24 100")
	s.keys("i", "hello", "Enter")
	s.await("read <hello>")
	s.keys("i", "panic", "Enter")
	s.await("✗ v1 exited with status 2", "3 Problems 1", "main.go:35  panic: runtime error: invalid memory address", "▸ 35 │", "main.main()")
	s.keys("q")
	s.await("the shell is back", "ended with status 0")
	s.left()
}

// Where no colour is wanted the screen has none, and still tells which tab is shown.
// The app is told the same and decides for itself.
func TestScreenWithoutColour(t *testing.T) {
	t.Parallel()
	dir := module(t, map[string]string{"go.mod": goMod, "main.go": onTerminal})
	s := startScreen(t, dir, []string{"NO_COLOR=1"})
	s.await("the size is 18 80", "[1 Output]")
	s.keys("2")
	s.await(" 1 Output  [2 Build]")
	if view := s.tmux("capture-pane", "-p", "-e"); strings.Contains(view, "\x1b[") {
		t.Errorf("there are colours:\n%q", view)
	}
	s.keys("q")
	s.await("the shell is back")
	s.left()
}

// However it ends, the terminal is as before, and nothing is left running.
func TestTerminalAfterTheEnd(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		end    func(s *screen, pid int)
		status string // empty: it is killed
	}{
		"SIGTERM": {func(s *screen, pid int) { _ = syscall.Kill(pid, syscall.SIGTERM) }, "0"},
		"SIGHUP":  {func(s *screen, pid int) { _ = syscall.Kill(pid, syscall.SIGHUP) }, "0"},
		"SIGKILL": {func(s *screen, pid int) { _ = syscall.Kill(pid, syscall.SIGKILL) }, ""},
		"a key":   {func(s *screen, pid int) { s.keys("C-c") }, "0"},
		"over the socket": {func(s *screen, pid int) {
			send := exec.Command(s.cmd.Path, "send", "quit")
			send.Dir, send.Env = s.dir, s.cmd.Env
			if out, err := send.CombinedOutput(); err != nil {
				s.t.Errorf("send quit: %v: %s", err, out)
			}
		}, "0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name != "SIGKILL" && name != "over the socket" {
				slow(t)
			}
			dir := module(t, map[string]string{"go.mod": goMod, "main.go": server})
			s := startScreen(t, dir, nil, "--", reserve(t))
			s.await("● serving v1")
			s.keys("m")
			s.await("the mouse scrolls")
			test.end(s, s.pid())
			if test.status == "0" {
				s.await("the shell is back", "ended with status 0", "v1 served last")
			} // else the shell may write before the guard has left the screen, and that goes with it
			s.awaitThat("the normal screen", func(string) bool { return s.terminal() == "alternate 0 cursor 1 mouse 0" })
			s.left()
			if test.status == "" {
				s.awaitNone()
			}
		})
	}
}

// pid is hotreload's own.
func (s *screen) pid() int {
	s.t.Helper()
	for _, p := range s.processes() {
		if strings.Contains(p.command, "--ui tui") && !strings.HasPrefix(p.command, "sh ") {
			return p.pid
		}
	}
	s.t.Fatal("hotreload does not run")
	return 0
}

// Ctrl-Z gives the terminal back to the shell; fg continues the session.
func TestSuspend(t *testing.T) {
	t.Parallel()
	dir := module(t, map[string]string{"go.mod": goMod, "main.go": server})
	s := startScreen(t, dir, nil, "--", reserve(t))
	s.await("● serving v1")
	pid := s.pid()
	s.keys("C-z")
	s.awaitThat("the normal screen", func(string) bool { return s.terminal() == "alternate 0 cursor 1 mouse 0" })
	s.goOn(pid)
	s.await("● serving v1", "q quit")
	s.keys("q")
	s.await("the shell is back", "ended with status 0")
	s.left()
}

// goOn does what fg does, until the screen is back: what comes before hotreload
// waits for it is lost, and nothing tells when that is. (It is not really stopped:
// no shell with job control is above it here.)
func (s *screen) goOn(pid int) {
	s.t.Helper()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); <-again.C {
		if err := syscall.Kill(-pgid(s.t, pid), syscall.SIGCONT); err != nil {
			s.t.Fatal(err)
		}
		if strings.HasPrefix(s.terminal(), "alternate 1") {
			return
		}
	}
	s.t.Fatal("the screen never came back")
}

func pgid(t *testing.T, pid int) int {
	t.Helper()
	group, err := syscall.Getpgid(pid)
	if err != nil {
		t.Fatal(err)
	}
	return group
}

// Nothing is asked of a terminal by commands that have no screen, and a screen is
// not shown where it cannot be.
func TestTerminalIsLeftAlone(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("script"); err != nil {
		t.Skip("script is not installed")
	}
	for name, test := range map[string]struct{ term, line, want string }{
		"version":         {"xterm-256color", "version", "hotreload "},
		"a dumb terminal": {"dumb", "--ui tui", "--ui: the terminal is dumb (TERM=dumb); use plain or json"},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := command(t, module(t, map[string]string{"go.mod": goMod, "main.go": server}))
			cmd = &exec.Cmd{Path: mustFind(t, "script"), Dir: cmd.Dir, Args: []string{"script", "-qec", cmd.Path + " " + test.line, os.DevNull},
				Env: append(cmd.Env, "TERM="+test.term, "CI=")}
			out, _ := cmd.Output()
			if !strings.HasPrefix(string(out), "hotreload: "+test.want) && !strings.HasPrefix(string(out), test.want) {
				t.Errorf("the terminal has %q, want %q first", out, test.want)
			}
		})
	}
}

func mustFind(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// onPlainTerminal is an app that hides what is typed, and then draws.
const onPlainTerminal = `package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"time"
)

func stty(mode string) {
	cmd := exec.Command("stty", mode)
	cmd.Stdin = os.Stdin
	if err := cmd.Run(); err != nil { panic(err) }
}

func main() {
	_, err := os.Open("/dev/tty")
	fmt.Println("opened its terminal:", err)
	lines := bufio.NewScanner(os.Stdin)
	stty("-echo")
	fmt.Print("Password: ")
	lines.Scan()
	stty("echo")
	fmt.Printf("\n%d letters\n", len(lines.Text()))
	for lines.Scan() { fmt.Println("read", lines.Text()) }
	fmt.Println("the end of the input")
	stty("raw")
	fmt.Print("\x1b[?1049h\x1b[?25ldrawn\n below")
	time.Sleep(time.Hour)
}
`

// In plain mode, too, an app on a terminal has one of its own: it can hide what is typed, and
// lines are edited as its user is used to. At the end our terminal
// is as it was, whatever the app has done to its own.
func TestPlainTerminal(t *testing.T) {
	t.Parallel()
	dir := module(t, map[string]string{"go.mod": goMod, "main.go": onPlainTerminal})
	s := startScreen(t, dir, nil, "--ui", "plain")
	s.await("opened its terminal: <nil>", "Password:")
	s.keys("secret", "Enter")
	s.await("6 letters")
	s.keys("hello", "BSpace", "Enter")
	view := s.await("hell\nread hell\n")
	if strings.Contains(view, "secret") {
		t.Errorf("the password is shown:\n%s", view)
	}
	s.keys("C-d")
	s.await("drawn\n      below") // a newline is only that
	_ = syscall.Kill(s.pid(), syscall.SIGTERM)
	s.await("hotreload: stopped: terminated", "ended with status 0", "the shell is back")
	s.left()
}
