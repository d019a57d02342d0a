package runner

import (
	"context"
	"errors"
	"os"
	"time"
)

// Feeder passes on what is typed on the app's terminal. One goroutine uses it.
type Feeder struct {
	target *Target
	hid    bool // the process that was typed to last did not echo it
}

// Feeder returns one that has passed on nothing yet.
func (t *Target) Feeder() *Feeder { return &Feeder{target: t} }

// Feed passes on a text, as fast as the newest version reads it, and returns when that is
// done or the context ends. While nothing runs, the text waits for the next version. But if
// the one before hid what was typed, it is dropped: the next one would show it.
func (f *Feeder) Feed(ctx context.Context, text []byte) {
	for len(text) > 0 && ctx.Err() == nil {
		to := f.reader(ctx)
		if to == nil {
			return
		}
		was := f.hid
		_, f.hid = to.modes()
		n, err := to.keys.feed(text)
		text = text[n:]
		if errors.Is(err, os.ErrClosed) { // and perhaps before it was looked at
			f.hid = f.hid || was
		}
		if err != nil && (f.hid || !errors.Is(err, os.ErrClosed)) {
			return
		}
	}
}

// reader returns the streams of the newest version, once there is one; nil: what is typed
// is to be dropped.
func (f *Feeder) reader(ctx context.Context) *streams {
	answer, hid := make(chan *streams, 1), f.hid
	f.target.commands.Put(func(s *succession) {
		switch i := s.reader(); {
		case i != nil:
			answer <- i.process.streams
		case hid:
			answer <- nil
		default:
			s.asked.readers = append(s.asked.readers, answer)
		}
	})
	select {
	case to := <-answer:
		return to
	case <-ctx.Done():
		return nil
	}
}

// feed writes what there is room for, and returns how much that was. It waits a moment for
// room. The error says that the process does not read any more.
func (k *keyboard) feed(text []byte) (int, error) {
	_ = k.to.SetWriteDeadline(time.Now().Add(typeDeadline))
	n, err := k.to.Write(text)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = nil
	}
	return n, err
}

// reads has a process read what has been waiting for one.
func (s *succession) reads(p *process) {
	for _, waits := range s.asked.readers {
		waits <- p.streams
	}
	s.asked.readers = nil
}
