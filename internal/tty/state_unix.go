//go:build unix

package tty

import (
	"bytes"
	"os"

	"golang.org/x/sys/unix"
)

// State is the modes of a terminal.
type State struct{ termios unix.Termios }

// Get returns the modes of a terminal.
func Get(tty *os.File) (State, error) {
	termios, err := unix.IoctlGetTermios(int(tty.Fd()), getTermios)
	if err != nil {
		return State{}, err
	}
	return State{*termios}, nil
}

// Set gives a terminal these modes. What was typed and not read stays.
func (s State) Set(tty *os.File) error {
	return unix.IoctlSetTermios(int(tty.Fd()), setTermios, &s.termios)
}

// Keys gives a terminal these modes, but that it passes on each key as it is typed, shows
// nothing of it, and prints what it is sent unchanged. Keys that send signals still do so, but
// for the one that CutSuspend finds.
func (s State) Keys(tty *os.File) error { return State{s.keys()}.Set(tty) }

func (s State) keys() unix.Termios {
	t := s.termios
	t.Iflag &^= unix.ISTRIP | unix.INLCR | unix.IGNCR | unix.ICRNL | unix.IXON | unix.IXOFF
	t.Oflag &^= unix.OPOST
	t.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.IEXTEN
	t.Lflag |= unix.ISIG
	t.Cc[unix.VSUSP] = noKey
	t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
	return t
}

// CutSuspend returns what was typed before the key that stops a job, which Keys makes a key
// as others; false: it was not typed. What was typed after it is lost, as on any terminal.
func (s State) CutSuspend(typed []byte) (before []byte, suspends bool) {
	key := s.termios.Cc[unix.VSUSP]
	if s.termios.Lflag&unix.ISIG == 0 || key == noKey {
		return typed, false
	}
	before, _, suspends = bytes.Cut(typed, []byte{key})
	return before, suspends
}

// Like gives an app's terminal the modes that the user's has: how lines are edited, with which
// keys, and what becomes of a newline. Ctrl-Z does not stop the app, as no shell is there to
// resume it.
func (s State) Like(tty *os.File) error {
	t, err := Get(tty)
	if err != nil {
		return err
	}
	t.termios.Iflag, t.termios.Oflag, t.termios.Lflag, t.termios.Cc = s.termios.Iflag, s.termios.Oflag, s.termios.Lflag, s.termios.Cc
	t.termios.Cc[unix.VSUSP] = noKey
	return t.Set(tty)
}

// PassThrough keeps an app's terminal from changing what the app prints: a newline stays a
// newline, as in a pipe, so the events are the same with and without a terminal. Ctrl-Z does
// not stop the app, as no shell is there to resume it.
func PassThrough(tty *os.File) error {
	s, err := Get(tty)
	if err != nil {
		return err
	}
	s.termios.Oflag &^= unix.OPOST
	s.termios.Cc[unix.VSUSP] = noKey
	return s.Set(tty)
}

// Reads reports how a process has set up its terminal: whether it reads keys instead of
// lines, and whether what is typed is hidden.
func Reads(fd uintptr) (raw, hidden bool) {
	t, err := unix.IoctlGetTermios(int(fd), getTermios)
	if err != nil {
		return false, false
	}
	return t.Lflag&unix.ICANON == 0 && t.Iflag&unix.ICRNL == 0, t.Lflag&unix.ECHO == 0
}

// Foreground reports whether this process may read from the terminal, and set it up. The
// kernel stops a background job that tries.
func Foreground(tty *os.File) bool {
	group, err := unix.IoctlGetInt(int(tty.Fd()), unix.TIOCGPGRP)
	return err != nil || group == unix.Getpgrp()
}
