//go:build unix

package runner

import (
	"runtime"
	"strings"
	"testing"
)

// wrapper starts the app as a child, and says so if it is asked to end.
var wrapper = []string{"sh", "-c", `trap 'echo asked' TERM; "$@"; code=$?; echo app ended; exit $code`, "sh"}

// An app that another command starts is found at its port. It is asked to end once, and
// not behind the back of the command.
func TestWrap(t *testing.T) {
	s := newStage(t).listen()
	r := request(t, 1, "signals")
	r.Config.Wrap = wrapper
	s.run(r)
	next[Ready](s)
	s.printed(1, "up")
	s.quit()
	if e := next[Exited](s); !e.Expected || e.Code != 0 || e.Left != 0 {
		t.Errorf("%+v, want the end that was asked for", e)
	}
	want := "up\nterminated\napp ended\n"
	if got := s.all(1); got != want && runtime.GOOS == "linux" { // elsewhere the app cannot be told from its wrapper
		t.Errorf("it printed %q, want %q", got, want)
	}
	<-s.ended
}

// The app may be what the command becomes.
func TestWrapThatBecomesTheApp(t *testing.T) {
	s := newStage(t).listen()
	r := request(t, 1, "signals", "a b")
	r.Config.Wrap = []string{"env", "-u", "HOME"}
	s.run(r)
	next[Ready](s)
	s.printed(1, "up")
	s.quit()
	if e := next[Exited](s); !e.Expected || e.Code != 0 {
		t.Errorf("%+v, want the end that was asked for", e)
	}
	if got := s.all(1); got != "up\nterminated\n" {
		t.Errorf("it printed %q", got)
	}
	<-s.ended
}

// A listener reaches an app that another command starts, by systemd's protocol.
func TestWrapPassesListeners(t *testing.T) {
	s := newSwapStage(t)
	address, _ := reserve(t)
	wrapped := func(gen int, name string) Request {
		r := swapped(t, gen, "activated", address, name)
		r.Config.Listen = []string{"web=" + address}
		r.Config.Wrap = wrapper
		return r
	}
	if r := s.first(wrapped(1, "one")); r.Address != address {
		t.Errorf("%+v, want ready at %s", r, address)
	}
	s.succeed(wrapped(2, "two"))
	next[Exited](s)
	s.printed(1, "ended in good order")
	if got := ask(t, address, "/"); got != "two" {
		t.Errorf("%s answers, want two", got)
	}
}

// A command that does not exist stops nothing: the version before it keeps serving.
func TestWrapThatIsMissing(t *testing.T) {
	s := newStage(t).listen()
	s.run(request(t, 1, "block"))
	next[Ready](s)
	r := request(t, 2, "block")
	r.Config.Wrap = []string{"./no-such-wrapper"}
	s.target.Apply(r)
	if f := next[Failed](s); f.Gen != 2 || !strings.HasPrefix(f.Err.Error(), "runner.wrap: ") {
		t.Errorf("%+v, want an error about runner.wrap", f)
	}
}
