package runner

import (
	"errors"
	"os"
	"time"

	"hotreload/internal/supervise"
)

// Size is the size of a terminal, in cells.
type Size struct{ Columns, Rows int }

// streams are what a process reads from and prints to: its ends and ours.
type streams struct {
	theirs   supervise.Streams
	terminal *os.File   // our end, if theirs is a terminal
	printed  []*reader  // of what it prints
	keys     *keyboard  // for what is typed; nil: the process reads a file that it was given
	closing  []*os.File // their ends, to be closed once it runs
}

// openStreams opens the streams of a process.
func openStreams(r Request, o Options, size Size) (*streams, error) {
	if o.Stdin == nil && canTerminal && (r.Config.Pty || o.Terminal != nil) {
		return openTerminal(r.Gen, size, o.Terminal)
	}
	s := &streams{}
	err := s.openPipes(r.Gen, o.Stdin)
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *streams) openPipes(gen int, stdin *os.File) error {
	s.theirs.In = stdin
	if stdin == nil {
		read, write, err := os.Pipe()
		if err != nil {
			return err
		}
		s.theirs.In, s.keys = read, newKeyboard(write)
		s.closing = append(s.closing, read)
	}
	for _, stream := range []struct {
		name string
		end  **os.File
	}{{"stdout", &s.theirs.Out}, {"stderr", &s.theirs.Err}} {
		read, write, err := os.Pipe()
		if err != nil {
			return err
		}
		*stream.end = write
		s.closing = append(s.closing, write)
		s.printed = append(s.printed, &reader{gen: gen, stream: stream.name, from: read})
	}
	return nil
}

// started closes the ends that the process has now.
func (s *streams) started() {
	for _, f := range s.closing {
		f.Close()
	}
}

// close closes everything, for a process that did not start.
func (s *streams) close() {
	s.started()
	for _, r := range s.printed {
		r.from.Close()
	}
	if s.keys != nil {
		s.keys.to.Close()
	}
}

// typeDeadline is how long an app may take to make room for what is typed.
const typeDeadline = time.Second

// keyboard passes what is typed to a process, which may not be reading.
type keyboard struct {
	to    *os.File
	typed chan []byte
}

func newKeyboard(to *os.File) *keyboard { return &keyboard{to: to, typed: make(chan []byte, 16)} }

// put passes on what was typed. If the process does not read, what exceeds its buffer is
// lost, as on any terminal.
func (k *keyboard) put(text []byte) {
	select {
	case k.typed <- text:
	default:
	}
}

// run writes what is typed until the process is to end, or has ended.
func (k *keyboard) run(closing <-chan struct{}) {
	defer k.to.Close()
	for {
		select {
		case <-closing:
			return
		case text := <-k.typed:
			_ = k.to.SetWriteDeadline(time.Now().Add(typeDeadline))
			if _, err := k.to.Write(text); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
				return
			}
		}
	}
}
