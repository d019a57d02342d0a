//go:build unix

package tty

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime/debug"
	"strings"
	"time"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// guardName is the argv[0] that makes this program a guard of the terminal.
const guardName = "hotreload-terminal-guard"

// IsGuard reports whether this process guards the terminal of another. Then main must
// exit with what RunGuard returns.
func IsGuard() bool { return len(os.Args) == 1 && os.Args[0] == guardName }

// leaveScreen restores a terminal, whether the screen or the app had it: cursor keys, the
// mouse, focus, pasting, wrapping, the cursor, the keypad, the alternate screen, styles.
const leaveScreen = "\x1b[?1l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1004l\x1b[?1006l\x1b[?2004l\x1b[?7h\x1b[?25h\x1b>\x1b[?1049l\x1b[0m\r\n"

// duty is what a guard restores.
type duty struct {
	Modes unix.Termios
	From  *unix.Termios // only if the terminal still has these; nil: whatever it has
	Leave string        // what is written to it
}

// unread is how long a terminal may take to take what restores it.
const unread = time.Second

// order begins each line that is for the guard. What else it is sent is the text of a panic.
const order = "\x00"

// farewell tells the guard that there is nothing to restore.
const farewell = order + "bye"

// Guard is a process that restores the terminal if this one cannot do so: after a panic
// in any goroutine, or kill -9.
type Guard struct {
	cmd   *exec.Cmd
	to    *os.File
	crash bool // it is sent the text of a panic
}

// GuardScreen starts a guard of a terminal that is drawn on. It also prints the text of a
// panic, which would vanish with the alternate screen. Nil: there is none, and all works
// without it.
func GuardScreen(tty *os.File) *Guard {
	before, err := Get(tty)
	if err != nil {
		return nil
	}
	g := startGuard(tty, duty{Modes: before.termios, Leave: leaveScreen})
	if g != nil {
		g.crash = true
		_ = debug.SetCrashOutput(g.to, debug.CrashOptions{})
	}
	return g
}

// GuardKeys starts a guard of a terminal whose keys are read: see State.Keys.
func GuardKeys(tty *os.File, before State) *Guard {
	keys := before.keys()
	return startGuard(tty, duty{Modes: before.termios, From: &keys})
}

func startGuard(tty *os.File, first duty) *Guard {
	self, err := os.Executable()
	if err != nil {
		return nil
	}
	read, write, err := os.Pipe()
	if err != nil {
		return nil
	}
	defer read.Close()
	g := &Guard{cmd: &exec.Cmd{Path: self, Args: []string{guardName}, Stdin: read, Stdout: tty, Env: []string{"GORACE=atexit_sleep_ms=0"}}, to: write}
	if err := g.cmd.Start(); err != nil {
		write.Close()
		return nil
	}
	if err := json.NewEncoder(write).Encode(first); err != nil {
		g.End()
		return nil
	}
	return g
}

// Leave tells the guard what else restores the terminal now.
func (g *Guard) Leave(sequence string) {
	if g == nil {
		return
	}
	if text, err := json.Marshal(sequence); err == nil {
		_, _ = io.WriteString(g.to, order+string(text)+"\n")
	}
}

// End tells the guard that the terminal is restored, and waits for it.
func (g *Guard) End() {
	if g == nil {
		return
	}
	if g.crash {
		_ = debug.SetCrashOutput(nil, debug.CrashOptions{})
	}
	_, _ = io.WriteString(g.to, farewell)
	g.Abandon()
}

// Abandon has the guard restore the terminal, and waits for it. A terminal that is not read
// is not waited for.
func (g *Guard) Abandon() {
	if g == nil {
		return
	}
	g.to.Close()
	done := make(chan struct{})
	go func() { // ends with the guard or the program
		defer close(done)
		_ = g.cmd.Wait()
	}()
	select {
	case <-done:
	case <-time.After(unread):
	}
}

// RunGuard waits for the end of the program, restores the terminal if necessary, and returns
// the exit status.
func RunGuard() int {
	// Signals are for the program. SIGTTOU would stop a background job that restores the
	// terminal.
	signal.Ignore(unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGQUIT, unix.SIGTSTP, unix.SIGTTOU, unix.SIGPIPE)
	d, crash, ok := listen(os.Stdin)
	if !ok || !term.IsTerminal(int(os.Stdout.Fd())) {
		return 0
	}
	now, err := Get(os.Stdout)
	if err == nil && (d.From == nil || now.termios == *d.From) {
		_ = State{d.Modes}.Set(os.Stdout)
	}
	_, _ = io.WriteString(os.Stdout, d.Leave+crash)
	return 0
}

// listen returns what is to be done at the end of what a guard is told; false: nothing.
func listen(told io.Reader) (d duty, crash string, ok bool) {
	lines := bufio.NewReader(told)
	first, err := lines.ReadBytes('\n')
	if err != nil || json.Unmarshal(first, &d) != nil {
		return d, "", false
	}
	for {
		line, err := lines.ReadString('\n')
		switch text, ordered := strings.CutPrefix(line, order); {
		case line == farewell:
			return d, "", false
		case ordered:
			_ = json.Unmarshal([]byte(text), &d.Leave) // fails if it is cut, and then the one before holds
		default:
			crash += line
		}
		if err != nil {
			return d, crash, true
		}
	}
}
