package runner

import "syscall"

// signalNumber: Windows has no signals; a stop is always Ctrl-Break.
func signalNumber(string) (syscall.Signal, error) { return syscall.SIGTERM, nil }
