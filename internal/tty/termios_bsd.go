//go:build unix && !linux

package tty

import "golang.org/x/sys/unix"

const getTermios, setTermios = unix.TIOCGETA, unix.TIOCSETA

// noKey disables a control character of a terminal.
const noKey = 0xff
