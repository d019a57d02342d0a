package tty

import "golang.org/x/sys/unix"

const getTermios, setTermios = unix.TCGETS, unix.TCSETS

// noKey disables a control character of a terminal.
const noKey = 0
