//go:build unix

package cli

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"hotreload/internal/tty"
)

// backgroundPause is how often a job in the background checks whether it has been brought
// to the foreground. Until then keystrokes belong to the shell.
const backgroundPause = 200 * time.Millisecond

// appStdin is what the app's processes read, each where the one before left off. It is our
// own stdin or, if that is a terminal, a pipe to which it is copied: the app is not a
// foreground job of the terminal, and the kernel would stop it at its first read.
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
		read.Close() // ends a write that no process reads
		<-done
		wait.close()
	}, nil
}

// copyKeys copies what is typed while hotreload is the terminal's foreground job, until
// the input or the wait ends.
func copyKeys(to, from *os.File, wait *wait) {
	keys := make([]byte, 4096)
	for wait.on(from, unix.POLLIN) {
		if !tty.Foreground(from) {
			if !wait.pause(backgroundPause) {
				return
			}
			continue
		}
		n, err := from.Read(keys)
		if n == 0 || err != nil {
			return
		}
		if _, err := to.Write(keys[:n]); err != nil {
			return
		}
	}
}
