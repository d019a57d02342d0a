package tui

import "os"

// IsGuard is false on Windows, where the system restores the console.
func IsGuard() bool { return false }

// Guard is never called on Windows.
func Guard() int { return 1 }

type guard struct{}

func startGuard(*os.File) *guard { return nil }

func (*guard) end() {}
