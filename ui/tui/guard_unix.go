//go:build unix

package tui

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime/debug"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// guardName is the argv[0] that makes this binary a guard of the terminal.
const guardName = "hotreload-terminal-guard"

// IsGuard reports whether this process was started to guard the terminal of
// another. A main asks it first and exits with what Guard returns.
func IsGuard() bool { return len(os.Args) == 1 && os.Args[0] == guardName }

// farewell is what a guard is told by a screen that has put all in order itself.
const farewell = "\x00bye"

// leaveScreen makes of a screen's terminal a normal one: the mouse, pasting, the
// cursor, the alternate screen, styles.
const leaveScreen = "\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[?25h\x1b[?1049l\x1b[0m\r\n"

// guard is a process that puts the terminal in order when this one dies without
// being able to: by a panic anywhere, by kill -9.
type guard struct {
	cmd *exec.Cmd
	to  *os.File
}

// startGuard starts one. A panic's text goes through it, too: what is printed on
// the alternate screen is gone with that. Without a guard the screen works as well.
func startGuard(tty *os.File) *guard {
	state, err := unix.IoctlGetTermios(int(tty.Fd()), getTermios)
	if err != nil {
		return nil
	}
	self, err := os.Executable()
	if err != nil {
		return nil
	}
	read, write, err := os.Pipe()
	if err != nil {
		return nil
	}
	defer read.Close()
	g := &guard{cmd: &exec.Cmd{Path: self, Args: []string{guardName}, Stdin: read, Stdout: tty, Env: []string{"GORACE=atexit_sleep_ms=0"}}, to: write}
	if err := g.cmd.Start(); err != nil {
		write.Close()
		return nil
	}
	if err := json.NewEncoder(write).Encode(state); err == nil {
		_ = debug.SetCrashOutput(write, debug.CrashOptions{})
	}
	return g
}

// end tells the guard that all is in order, and waits for it.
func (g *guard) end() {
	if g == nil {
		return
	}
	_ = debug.SetCrashOutput(nil, debug.CrashOptions{})
	_, _ = io.WriteString(g.to, farewell)
	g.to.Close()
	_ = g.cmd.Wait()
}

// Guard waits for the end of the screen and returns the exit status.
func Guard() int {
	// They are meant for the screen; a background job that sets up the terminal
	// would be stopped.
	signal.Ignore(unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGQUIT, unix.SIGTSTP, unix.SIGTTOU, unix.SIGPIPE)
	told, _ := io.ReadAll(os.Stdin)
	line, crash, _ := bytes.Cut(told, []byte("\n"))
	var state unix.Termios
	if bytes.HasSuffix(crash, []byte(farewell)) || json.Unmarshal(line, &state) != nil || !term.IsTerminal(int(os.Stdout.Fd())) {
		return 0
	}
	_ = unix.IoctlSetTermios(int(os.Stdout.Fd()), setTermios, &state)
	_, _ = io.WriteString(os.Stdout, leaveScreen)
	_, _ = os.Stdout.Write(crash)
	return 0
}
