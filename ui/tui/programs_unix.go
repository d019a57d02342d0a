//go:build unix

package tui

import (
	"os/exec"
	"syscall"
)

// leaveGroup keeps the terminal's Ctrl-C from a program with its own windows.
func leaveGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
