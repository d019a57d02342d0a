//go:build unix

package tui

import (
	"os/exec"
	"syscall"
)

// leaveGroup keeps the terminal's Ctrl-C from a program with windows of its own.
func leaveGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
