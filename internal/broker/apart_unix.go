//go:build unix

package broker

import "syscall"

// apart keeps a Ctrl-C from the terminal away from a process: it ends after us.
func apart() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
