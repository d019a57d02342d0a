//go:build !windows

package proxy

import "syscall"

// addressInUse is the system's word for a port that somebody has.
const addressInUse = syscall.EADDRINUSE
