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

// guardName is the argv[0] that makes this program a guard of the terminal.
const guardName = "hotreload-terminal-guard"

// IsGuard reports whether this process guards the terminal of another. Then main must
// exit with what Guard returns.
func IsGuard() bool { return len(os.Args) == 1 && os.Args[0] == guardName }

// farewell tells the guard that the screen has restored the terminal itself.
const farewell = "\x00bye"

// leaveScreen restores a terminal, whether the screen or the app had it: cursor keys, the
// mouse, focus, pasting, wrapping, the cursor, the keypad, the alternate screen, styles.
const leaveScreen = "\x1b[?1l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1004l\x1b[?1006l\x1b[?2004l\x1b[?7h\x1b[?25h\x1b>\x1b[?1049l\x1b[0m\r\n"

// guard is a process that restores the terminal if this one cannot do so: after a panic
// in any goroutine, or kill -9.
type guard struct {
	cmd *exec.Cmd
	to  *os.File
}

// startGuard starts a guard. It also prints the text of a panic, which would vanish with
// the alternate screen. Without a guard the screen works, too.
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

// end tells the guard that the terminal is restored, and waits for it.
func (g *guard) end() {
	if g == nil {
		return
	}
	_ = debug.SetCrashOutput(nil, debug.CrashOptions{})
	_, _ = io.WriteString(g.to, farewell)
	g.to.Close()
	_ = g.cmd.Wait()
}

// Guard waits for the end of the screen, restores the terminal if necessary, and returns
// the exit status.
func Guard() int {
	// Signals are for the screen. SIGTTOU would stop a background job that restores the
	// terminal.
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
