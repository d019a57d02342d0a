package tty

import "os"

// IsGuard is false on Windows, where the system restores the console.
func IsGuard() bool { return false }

// RunGuard is never called on Windows.
func RunGuard() int { return 1 }

// Guard does nothing on Windows.
type Guard struct{}

// GuardScreen starts none.
func GuardScreen(*os.File) *Guard { return nil }

// End does nothing.
func (*Guard) End() {}
