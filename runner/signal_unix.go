//go:build unix

package runner

import (
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"
)

func signalNumber(name string) (syscall.Signal, error) {
	if n := unix.SignalNum(name); n != 0 {
		return n, nil
	}
	return 0, fmt.Errorf("runner.stop_signal: %q is not a signal; write for example SIGTERM", name)
}
