package runner

import "errors"

// Terminal is how the app has set up its terminal. The zero value: it has none.
type Terminal struct {
	Exists bool // it has one of its own
	Hidden bool // it does not echo what is typed: a password, or keys that the app reads itself
}

// errShown refuses what must not be shown.
var errShown = errors.New("the app no longer hides what is typed: nothing was sent to it")

// Look tells how the process that is typed to has set up its terminal. The channel must have room.
func (t *Target) Look(answer chan<- Terminal) {
	t.commands.Put(func(s *succession) { answer <- s.reader().terminal() })
}

// TypeHidden passes on what was typed while the app did not echo it. It is not passed to a
// process that would. The channel for the answer must have room.
func (t *Target) TypeHidden(text []byte, done chan<- error) {
	t.commands.Put(func(s *succession) {
		if at := s.reader().terminal(); at.Exists && !at.Hidden {
			done <- errShown
			return
		}
		s.reader().typed(text)
		done <- nil
	})
}

// reader is the instance that what is typed is for: the newest one, since that may ask for
// something before it serves. Nil: nothing runs that could read.
func (s *succession) reader() *instance {
	for _, i := range []*instance{s.next, s.serving} {
		if i != nil && !i.process.asked() {
			return i
		}
	}
	return nil
}

// terminal is that of the process.
func (i *instance) terminal() Terminal {
	if i == nil || i.process.streams.terminal == nil {
		return Terminal{}
	}
	_, hidden := i.process.streams.modes()
	return Terminal{Exists: true, Hidden: hidden}
}
