//go:build unix

package cli

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// backgroundPause is how long a job in the background leaves keystrokes that are
// the shell's alone before it looks again whether they are its own.
const backgroundPause = 200 * time.Millisecond

// appStdin is what the app's processes read, each where the one before left
// off: our own stdin as it is or, where that is a terminal, a pipe that it is
// copied to, because the app is no foreground job of the terminal and would be
// stopped at its first read.
func appStdin(in *os.File) (stdin *os.File, closeIt func(), err error) {
	if !term.IsTerminal(int(in.Fd())) {
		return in, func() {}, nil
	}
	read, write, err := os.Pipe()
	if err != nil {
		return nil, nil, fmt.Errorf("pass stdin on: %w", err)
	}
	wait, err := newWait()
	if err != nil {
		return nil, nil, fmt.Errorf("pass stdin on: %w", err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer write.Close() // the end of input is passed on too
		copyKeys(write, in, wait)
	}()
	return read, func() {
		wait.end()
		read.Close() // ends a write that nobody takes
		<-done
		wait.close()
	}, nil
}

// copyKeys copies what is typed while we are the terminal's foreground job, until
// the end of input or of the wait.
func copyKeys(to, tty *os.File, wait *wait) {
	keys := make([]byte, 4096)
	for wait.on(tty, unix.POLLIN) {
		if !foreground(tty) {
			if !wait.pause(backgroundPause) {
				return
			}
			continue
		}
		n, err := tty.Read(keys)
		if n == 0 || err != nil {
			return
		}
		if _, err := to.Write(keys[:n]); err != nil {
			return
		}
	}
}

// foreground reports whether this process may read from the terminal: a job in
// the background would be stopped for it.
func foreground(tty *os.File) bool {
	group, err := unix.IoctlGetInt(int(tty.Fd()), unix.TIOCGPGRP)
	return err != nil || group == unix.Getpgrp()
}
