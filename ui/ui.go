// Package ui shows a session's updates: as a screen, as plain text or as JSON.
//
//	updates ─▶ Run ─┬▶ tui    a screen with panes and keys ─▶ commands
//	                ├▶ plain  the app's output, and lines of our own
//	                └▶ JSON   one event a line
//
// In go updates until their channel is closed; out comes a screen, or text on stdout
// and stderr. What always holds: the package decides nothing about the app. Each
// update is shown in full, or Lost is called because the reader is gone. Run receives
// all updates even then, so the session never waits for a lost screen.
package ui

import (
	"errors"
	"fmt"
	"io"

	"hotreload/session"
	"hotreload/ui/tui"
)

// Mode is how updates are shown.
type Mode string

const (
	Auto  Mode = "auto"  // TUI on a terminal, else Plain
	TUI   Mode = "tui"   // a screen with panes and keys
	Plain Mode = "plain" // the app's output as it is, and our own lines on stderr
	JSON  Mode = "json"  // one JSON object a line on stdout
)

// ParseMode checks the value of --ui.
func ParseMode(s string) (Mode, error) {
	switch m := Mode(s); m {
	case Auto, TUI, Plain, JSON:
		return m, nil
	}
	return "", fmt.Errorf("unknown mode %q; write auto, tui, plain or json", s)
}

// Terminal describes the terminal that we run in.
type Terminal struct {
	In, Out bool   // stdin is a terminal; stdout is
	Kind    string // $TERM
}

// screen says why a screen cannot be shown; nil: it can.
func (t Terminal) screen() error {
	switch {
	case !t.Out:
		return errors.New("stdout is not a terminal")
	case !t.In:
		return errors.New("stdin is not a terminal")
	case t.Kind == "dumb":
		return errors.New("the terminal is dumb (TERM=dumb)")
	}
	return nil
}

// Settle turns Auto into another mode. It is an error to demand a screen that cannot
// be shown.
func (m Mode) Settle(t Terminal) (Mode, error) {
	err := t.screen()
	switch {
	case m == Auto && err == nil:
		return TUI, nil
	case m == Auto:
		return Plain, nil
	case m == TUI && err != nil:
		return "", fmt.Errorf("%w; use plain or json", err)
	}
	return m, nil
}

// Options say how and where to show updates.
type Options struct {
	Mode     Mode
	Out, Err io.Writer
	Terminal bool // Out and Err are the same terminal
	// Shared is that terminal, if the app is on it in plain mode.
	Shared *Shared
	// Lost is called once, when Out or Err can no longer be written to.
	Lost func(error)
	// Screen is for TUI.
	Screen tui.Options
}

// renderer is one way to show updates.
type renderer interface {
	show(session.Update) error
}

// Run shows updates until they end.
func Run(o Options, updates <-chan session.Update) {
	var r renderer
	switch o.Mode {
	case TUI:
		summary, err := tui.Run(o.Screen, updates)
		if err != nil {
			o.Lost(err)
		}
		_, _ = io.WriteString(o.Out, summary)
		return
	case JSON:
		r = &jsonLines{out: o.Out, err: o.Err}
	default:
		r = newPlain(o)
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
	if o.Shared != nil {
		o.Shared.end()
	}
}

// jsonLines writes events as JSON, and notes, which are not events, to stderr.
type jsonLines struct {
	out, err io.Writer
	buf      []byte
}

func (j *jsonLines) show(u session.Update) error {
	if note, ok := u.Event.Data.(session.Note); ok {
		_, err := io.WriteString(j.err, ours(note.Text))
		return err
	}
	j.buf = u.Event.AppendJSON(j.buf[:0])
	if len(j.buf) == 0 {
		return nil
	}
	_, err := j.out.Write(j.buf)
	return err
}
