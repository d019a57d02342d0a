// Package ui shows a session's updates and decides nothing.
//
// In go updates, until their channel is closed; out comes text on stdout and
// stderr. What always holds: an update is shown in full or, when the reader has
// gone away, the session is told; the channel is received from to its end in
// any case, so that nobody waits for a screen that is no more.
package ui

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"hotreload/session"
)

// Mode is how updates are shown.
type Mode string

const (
	Auto  Mode = "auto"  // what suits where the output goes
	Plain Mode = "plain" // the app's output as it is, our own lines on stderr
	JSON  Mode = "json"  // one JSON object a line on stdout
)

// ParseMode checks the value of --ui.
func ParseMode(s string) (Mode, error) {
	switch m := Mode(s); m {
	case Auto, Plain, JSON:
		return m, nil
	}
	if s == "tui" {
		return "", errors.New("there is no terminal UI yet; use plain or json")
	}
	return "", fmt.Errorf("no such mode %q; it is one of auto, plain, json", s)
}

// Options say where to show.
type Options struct {
	Mode     Mode
	Out, Err io.Writer
	Terminal bool // Out and Err are the same terminal
	// Lost is called once when Out or Err cannot be written to any more.
	Lost func(error)
}

// renderer is one way to show updates.
type renderer interface {
	show(session.Update) error
}

// Run shows updates until they end.
func Run(o Options, updates <-chan session.Update) {
	var r renderer
	switch o.Mode {
	case JSON:
		r = &jsonLines{out: o.Out}
	default:
		r = &plain{out: o.Out, err: o.Err, terminal: o.Terminal}
	}
	lost := false
	for u := range updates {
		if lost {
			continue
		}
		if err := r.show(u); err != nil {
			lost = true
			o.Lost(err)
		}
	}
}

// jsonLines shows the JSON stream.
type jsonLines struct {
	out io.Writer
	buf []byte
}

func (j *jsonLines) show(u session.Update) error {
	j.buf = u.Event.AppendJSON(j.buf[:0])
	if len(j.buf) == 0 {
		return nil
	}
	_, err := j.out.Write(j.buf)
	return err
}

// plural writes "1 file" and "2 files", also "2 directories" and "2 processes".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if stem, ok := strings.CutSuffix(noun, "y"); ok {
		noun = stem + "ie"
	} else if strings.HasSuffix(noun, "s") {
		noun += "e"
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
