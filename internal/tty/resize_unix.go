//go:build unix

package tty

import (
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// OnResize tells when the size of the terminal changes, until it is stopped.
func OnResize() (resized <-chan os.Signal, stop func()) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, unix.SIGWINCH)
	return c, func() { signal.Stop(c) }
}
