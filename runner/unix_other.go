//go:build !linux

package runner

// listensOnUnix would report whether a process listens on a unix socket. Only Linux tells.
func listensOnUnix(int) bool { return false }
