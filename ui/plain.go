package ui

import (
	"io"
	"strings"

	"hotreload/internal/visible"
	"hotreload/session"
	"hotreload/ui/words"
)

// prefix marks our own lines among the app's.
const prefix = "hotreload: "

// plain passes the app's output through byte for byte, and writes lines of our own
// to stderr:
//
//	hotreload: main.go is part of package web: build and restart
//	hotreload: built in 312 ms
//	hotreload: v2 listens on localhost:8080 after 371 ms
type plain struct {
	out, err io.Writer
	terminal bool
	shared   *Shared // nil: the app is not on the terminal

	midLine bool // stderr, or on a terminal either stream, ended within a line
	words   words.Teller
}

func newPlain(o Options) *plain {
	return &plain{out: o.Out, err: o.Err, terminal: o.Terminal, shared: o.Shared, words: words.Teller{Again: "`hotreload send restart`"}}
}

func (p *plain) show(u session.Update) error {
	if p.shared != nil {
		return p.share(u)
	}
	if out, ok := u.Event.Data.(session.AppOutput); ok {
		return p.pass(out)
	}
	text := p.words.Tell(u)
	if text == "" {
		return nil
	}
	var b strings.Builder
	if p.midLine {
		b.WriteByte('\n')
		p.midLine = false
	}
	b.WriteString(ours(text))
	_, err := io.WriteString(p.err, b.String())
	return err
}

// share shows an update on a terminal that the app is on.
func (p *plain) share(u session.Update) error {
	if err := p.shared.take(u.Event); err != nil {
		return err
	}
	text := p.words.Tell(u)
	if text == "" {
		return nil
	}
	failed := false
	switch u.Event.Data.(type) {
	case session.BuildError, session.GenerateError:
		failed = true
	}
	return p.shared.line(ours(text), failed)
}

// ours puts the prefix before each line of a text.
func ours(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(prefix + visible.Text(strings.TrimRight(line, "\r\n"), "\t") + "\n")
	}
	return b.String()
}

// pass passes the app's output through.
func (p *plain) pass(out session.AppOutput) error {
	if len(out.Bytes) == 0 {
		return nil
	}
	to := p.out
	if out.Stream == "stderr" {
		to = p.err
	}
	if p.terminal || out.Stream == "stderr" {
		p.midLine = out.Bytes[len(out.Bytes)-1] != '\n'
	}
	_, err := to.Write(out.Bytes)
	return err
}
