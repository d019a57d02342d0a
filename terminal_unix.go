//go:build unix

package main

import (
	"errors"
	"io/fs"
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// awaitForeground returns when this process may read from its terminal: a job
// in the background would be stopped for it.
func awaitForeground(tty *os.File) {
	resumed := make(chan os.Signal, 1)
	signal.Notify(resumed, unix.SIGCONT)
	defer signal.Stop(resumed)
	for {
		group, err := unix.IoctlGetInt(int(tty.Fd()), unix.TIOCGPGRP)
		if err != nil || group == unix.Getpgrp() {
			return
		}
		<-resumed
	}
}

// onHangup calls f when nobody can read any more what is written to a pipe or
// socket, also when nothing is written. It waits without waking up. The returned
// function ends the wait.
func onHangup(out *os.File, f func()) (stop func()) {
	info, err := out.Stat()
	if err != nil || info.Mode()&(fs.ModeNamedPipe|fs.ModeSocket) == 0 {
		return func() {}
	}
	wake, end, err := os.Pipe()
	if err != nil {
		return func() {} // then the next write will tell
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			fds := []unix.PollFd{{Fd: int32(out.Fd())}, {Fd: int32(wake.Fd())}}
			_, err := unix.Poll(fds, -1)
			switch {
			case errors.Is(err, unix.EINTR):
				continue
			case err == nil && fds[1].Revents == 0:
				f()
			}
			return
		}
	}()
	return func() {
		end.Close()
		<-done
		wake.Close()
	}
}
