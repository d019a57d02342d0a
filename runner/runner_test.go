//go:build unix

package runner

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// short is a grace period for apps that ignore their stop signal.
const short = 50 * time.Millisecond

// phone is where an app calls to say that it was asked to stop. What it prints from then on
// may come with its exit only.
func phone(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// call waits for the app to call.
func call(t *testing.T, phone net.Listener) {
	t.Helper()
	conn, err := phone.Accept()
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
}

func TestExitByItself(t *testing.T) {
	for name, test := range map[string]struct {
		app          string
		code         int
		signal, last string
	}{
		"status":            {"exit", 3, "", ""},
		"signal":            {"signal", -1, "SIGKILL", ""},
		"without a newline": {"last word", 4, "", "outerr: no newline"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t).listen()
			started := s.run(request(t, 1, test.app))
			next[Ready](s)
			e := next[Exited](s)
			if e.Gen != 1 || e.PID != started.PID || e.Code != test.code || e.Signal != test.signal || e.Expected || e.Left != 0 || e.Hint != "" {
				t.Errorf("%+v, want code %d, signal %q, unexpected", e, test.code, test.signal)
			}
			if e.LastWords != test.last {
				t.Errorf("last words %q, want %q", e.LastWords, test.last)
			}
			if got := s.all(1); len(got) != len(test.last) { // of two streams, in any order
				t.Errorf("it printed %q by its exit, want %q", got, test.last)
			}
		})
	}
}

// An app that exits is not started again until asked for.
func TestNoRestartByItself(t *testing.T) {
	s := newStage(t).listen()
	s.run(request(t, 1, "exit"))
	next[Ready](s)
	next[Exited](s)
	s.run(request(t, 2, "block")) // is the next event
	next[Ready](s)
	s.printed(2, "up")
}

func TestStop(t *testing.T) {
	for name, test := range map[string]struct {
		app, stopSignal string
		grace           time.Duration
		code            int
		signal, printed string
	}{
		"by signal":       {"block", "SIGTERM", time.Hour, -1, "SIGTERM", "up\n"},
		"that it handles": {"signals", "SIGTERM", time.Hour, 0, "", "up\nterminated\n"},
		"another signal":  {"signals", "SIGUSR1", time.Hour, 0, "", "up\nuser defined signal 1\n"},
		"that is ignored": {"stubborn", "SIGTERM", short, -1, "SIGKILL", "up\n"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t).listen()
			r := request(t, 1, test.app)
			r.Config.StopSignal, r.Config.StopTimeout = test.stopSignal, test.grace
			s.run(r)
			next[Ready](s)
			s.printed(1, "up")
			s.quit()
			e := next[Exited](s)
			if !e.Expected || e.Code != test.code || e.Signal != test.signal || e.Hint != "" {
				t.Errorf("%+v, want code %d, signal %q, as asked", e, test.code, test.signal)
			}
			if got := s.all(1); got != test.printed {
				t.Errorf("it printed %q, want %q", got, test.printed)
			}
			<-s.ended
		})
	}
}

// The old version is gone, with all that it started, before the new one starts.
func TestOneAfterTheOther(t *testing.T) {
	s := newStage(t).listen()
	lock := filepath.Join(t.TempDir(), "lock")
	r := request(t, 1, "parent", lock)
	r.Config.StopTimeout = short
	s.run(r)
	next[Ready](s)
	s.printed(1, "alone\nchild is up\n")
	s.target.Apply(request(t, 2, "alone", lock))
	if e := next[Exited](s); e.Gen != 1 || !e.Expected {
		t.Errorf("%+v, want the end of version 1, as asked", e)
	}
	next[Started](s)
	next[Ready](s)
	if got := s.printed(2, "\n"); got != "alone\n" {
		t.Errorf("the new version says %q, want alone", got)
	}
}

// What an app leaves behind when it ends is ended, though it holds the app's streams.
func TestChildLeftBehind(t *testing.T) {
	s := newStage(t).listen()
	r := request(t, 1, "orphan")
	r.Config.StopTimeout = short
	s.run(r)
	next[Ready](s)
	if e := next[Exited](s); e.Left != 1 || e.Code != 0 || e.Expected {
		t.Errorf("%+v, want code 0 and one left behind", e)
	}
	if got := s.all(1); !strings.Contains(got, "gone\n") {
		t.Errorf("it printed %q, want its last words too", got)
	}
}

// Of several requests that come while the old version stops, the newest counts.
func TestNewestRequestCounts(t *testing.T) {
	s := newStage(t).listen()
	asked := phone(t)
	s.run(request(t, 1, "slow", asked.Addr().String()))
	next[Ready](s)
	s.printed(1, "up")
	for gen := 2; gen <= 4; gen++ {
		s.target.Apply(request(t, gen, "tell", "version", string(rune('0'+gen))))
	}
	call(t, asked)
	s.target.Apply(request(t, 5, "tell", "version", "5"))
	s.write("now")
	if e := next[Exited](s); e.Gen != 1 || !e.Expected || e.Code != 0 {
		t.Errorf("%+v, want version 1 to have ended as asked", e)
	}
	if e := next[Started](s); e.Gen != 5 {
		t.Errorf("version %d was started, want 5", e.Gen)
	}
	next[Ready](s)
	next[Exited](s)
	if got := s.all(5); !strings.Contains(got, `args=["version" "5"]`) {
		t.Errorf("it printed %q, want the arguments of version 5", got)
	}
}

// Kill does not wait, and nothing is started after it.
func TestKill(t *testing.T) {
	t.Run("what runs", func(t *testing.T) {
		s := newStage(t).listen()
		s.run(request(t, 1, "stubborn"))
		next[Ready](s)
		s.printed(1, "up")
		s.target.Kill()
		if e := next[Exited](s); e.Signal != "SIGKILL" || !e.Expected {
			t.Errorf("%+v, want it killed", e)
		}
	})
	t.Run("what is being stopped", func(t *testing.T) {
		s := newStage(t).listen()
		asked := phone(t)
		s.run(request(t, 1, "slow", asked.Addr().String()))
		next[Ready](s)
		s.printed(1, "up")
		s.target.Apply(request(t, 2, "block"))
		call(t, asked)
		s.target.Kill()
		if e := next[Exited](s); e.Signal != "SIGKILL" || !e.Expected {
			t.Errorf("%+v, want it killed", e)
		}
		s.quit()
		for e := range s.events {
			t.Errorf("and then %T %+v, want nothing", e, e)
		}
	})
	t.Run("nothing", func(t *testing.T) {
		s := newStage(t)
		s.target.Kill()
		s.quit()
		<-s.ended
	})
}

// What is requested after quit is not started.
func TestRequestAtTheEnd(t *testing.T) {
	s := newStage(t).listen()
	asked := phone(t)
	s.run(request(t, 1, "slow", asked.Addr().String()))
	next[Ready](s)
	s.printed(1, "up")
	s.quit()
	call(t, asked)
	s.target.Apply(request(t, 2, "block"))
	s.write("now")
	next[Exited](s)
	for e := range s.events {
		t.Errorf("and then %T %+v, want nothing", e, e)
	}
}

func TestCannotBeStarted(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*Request)
		want   string
	}{
		"no such executable": {func(r *Request) { r.Artifact.Path = "/nonexistent/app" }, "start /nonexistent/app: no such file or directory"},
		"no such directory":  {func(r *Request) { r.Config.Dir = "nowhere" }, "nowhere is not a directory"},
		"no such signal":     {func(r *Request) { r.Config.StopSignal = "SIGFOO" }, `runner.stop_signal: "SIGFOO" is not a signal; write for example SIGTERM`},
		"a bad env file": {func(r *Request) {
			if err := os.WriteFile(filepath.Join(r.Root, "dev.env"), []byte("A=1\nnot a pair\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			r.Config.EnvFiles = []string{".env", "dev.env"}
		}, "read the env file dev.env:2: "},
		"an env file that is a directory": {func(r *Request) { r.Config.EnvFiles = []string{"."} }, "read the env file .: "},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t).listen()
			r := request(t, 1, "block")
			test.change(&r)
			s.target.Apply(r)
			if e := next[Failed](s); e.Gen != 1 || !strings.Contains(e.Err.Error(), test.want) {
				t.Errorf("%+v, want %q", e, test.want)
			}
			// And the target still works.
			s.run(request(t, 2, "block"))
			next[Ready](s)
			s.printed(2, "up")
		})
	}
}
