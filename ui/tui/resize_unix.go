//go:build unix

package tui

import (
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// onResize tells when the size of the terminal changes, until it is stopped.
func onResize() (resized <-chan os.Signal, stop func()) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, unix.SIGWINCH)
	return c, func() { signal.Stop(c) }
}
