//go:build !linux

package supervise

// IsInit reports whether this process is the first of a container, which it is on Linux alone.
func IsInit([]string) bool { return false }

// Init is not called.
func Init() (status int) { return 1 }
