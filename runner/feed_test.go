//go:build unix

package runner

import (
	"strings"
	"testing"

	"github.com/creack/pty"

	"hotreload/internal/tty"
)

// newFeedStage runs a target whose apps are on a terminal.
func newFeedStage(t *testing.T) (*stage, *Feeder) {
	t.Helper()
	ours, theirs, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	defer theirs.Close()
	like, err := tty.Get(theirs)
	if err != nil {
		t.Fatal(err)
	}
	s := newStage(t, func(t *Target) { t.options.Stdin, t.options.Terminal = nil, &like }).listen()
	return s, s.target.Feeder()
}

// onTerminal requests an app that the config gives no terminal.
func onTerminal(t *testing.T, gen int, app string) Request {
	r := request(t, gen, app)
	r.Config.Pty = false
	return r
}

// What is typed before there is an app is read by the first one, and a paste is read whole,
// however long it is.
func TestFeed(t *testing.T) {
	s, f := newFeedStage(t)
	fed := make(chan struct{})
	go func() {
		defer close(fed)
		f.Feed(t.Context(), []byte("early\n"))
		f.Feed(t.Context(), []byte(strings.Repeat(strings.Repeat("x", 99)+"\n", 3000)+"the end\n"))
	}()
	s.run(onTerminal(t, 1, "measure"))
	next[Ready](s)
	s.printed(1, "read early\r\n")
	s.printed(1, "read 300006\r\n")
	<-fed
}

// What was typed while the app hid it does not reach the next one, which would show it.
func TestFeedHidden(t *testing.T) {
	s, f := newFeedStage(t)
	s.run(onTerminal(t, 1, "password"))
	next[Ready](s)
	s.printed(1, "hidden\r\n")
	f.Feed(t.Context(), []byte("sec"))
	s.target.commands.Put(func(s *succession) { s.serving.process.kill() })
	next[Exited](s)
	f.Feed(t.Context(), []byte("ret\n")) // and does not wait
	s.run(onTerminal(t, 2, "echo"))
	next[Ready](s)
	f.Feed(t.Context(), []byte("plain\n"))
	if got := s.printed(2, "plain\r\nplain\r\n"); got != "plain\r\nplain\r\n" {
		t.Errorf("the next version has %q", got)
	}
}

// What is typed is for the newest version, which may ask for something before it serves.
func TestNewestIsTypedTo(t *testing.T) {
	for name, typeTo := range map[string]func(*stage){
		"keys": func(s *stage) { s.target.Feeder().Feed(s.t.Context(), []byte("now\n")) },
		"text": func(s *stage) { s.target.Type([]byte("now\n")) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newSwapStageWith(t, nil)
			s.target.commands.Put(func(c *succession) { c.launcher.options.Stdin = nil })
			address, _ := reserve(t)
			s.first(swapped(t, 1, "serve", address, "one"))
			s.run(swapped(t, 2, "keep late", address, "two"))
			s.printed(2, "soon")
			typeTo(s)
			if ready := next[Ready](s); ready.Gen != 2 {
				t.Errorf("%+v, want version 2 ready", ready)
			}
			next[Exited](s)
		})
	}
}
