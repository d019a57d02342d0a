//go:build unix

package editor

import (
	"os/exec"
	"syscall"
)

// Detach keeps the terminal's Ctrl-C from a program with its own windows.
func Detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
