//go:build unix

package runner

import (
	"fmt"
	"os"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"hotreload/internal/supervise"
	"hotreload/internal/tty"
)

// canTerminal: this system has pseudo-terminals.
const canTerminal = true

// openTerminal opens a terminal for a process, which then colours its output and does not
// buffer it. On a terminal the two output streams are one. like is the terminal that it stands
// for; nil: none.
func openTerminal(gen int, size Size, like *tty.State) (*streams, error) {
	ours, theirs, err := pty.Open()
	if err != nil {
		return nil, fmt.Errorf("open a terminal for the app: %w; runner.pty = false runs it without", err)
	}
	defer ours.Close()
	setUp := tty.PassThrough
	if like != nil {
		setUp = like.Like
	}
	if err := setUp(theirs); err != nil {
		theirs.Close()
		return nil, fmt.Errorf("set up a terminal for the app: %w", err)
	}
	// Opening the file made it a blocking one, whose reads have no deadlines. There is one
	// for each direction, so that each can be closed by its user.
	read, err := nonBlocking(ours)
	if err != nil {
		theirs.Close()
		return nil, fmt.Errorf("set up a terminal for the app: %w", err)
	}
	write, err := nonBlocking(ours)
	if err != nil {
		theirs.Close()
		read.Close()
		return nil, fmt.Errorf("set up a terminal for the app: %w", err)
	}
	s := &streams{
		theirs:   supervise.Streams{In: theirs, Out: theirs, Err: theirs},
		terminal: read,
		printed:  []*reader{{gen: gen, stream: "stdout", from: read, cooked: like != nil}},
		keys:     newKeyboard(write),
		closing:  []*os.File{theirs},
	}
	s.printed[0].raw = func() bool { raw, _ := s.modes(); return raw }
	s.resize(size)
	return s, nil
}

// TerminalsOpen reports why no terminal can be opened for the app; nil: one can.
func TerminalsOpen() error {
	ours, theirs, err := pty.Open()
	if err != nil {
		return err
	}
	ours.Close()
	theirs.Close()
	return nil
}

func nonBlocking(f *os.File) (*os.File, error) {
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return nil, err
	}
	return os.NewFile(uintptr(fd), f.Name()), nil
}

// modes reports how the process has set up its terminal: whether it reads keys instead of
// lines, and whether what is typed is hidden.
func (s *streams) modes() (raw, hidden bool) {
	conn, err := s.terminal.SyscallConn()
	if err != nil {
		return false, false
	}
	_ = conn.Control(func(fd uintptr) {
		raw, hidden = tty.Reads(fd)
	})
	return raw, hidden
}

// resize tells a process how large its terminal is.
func (s *streams) resize(size Size) {
	if s.terminal == nil || size.Columns <= 0 || size.Rows <= 0 {
		return
	}
	conn, err := s.terminal.SyscallConn()
	if err != nil {
		return
	}
	// Fails if the terminal is closed already, and then its size does not matter.
	_ = conn.Control(func(fd uintptr) {
		_ = unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, &unix.Winsize{
			Col: uint16(min(size.Columns, 1<<15)), Row: uint16(min(size.Rows, 1<<15)),
		})
	})
}
