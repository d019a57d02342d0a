//go:build linux

package runner

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Two versions that need what only one process can have run one after the other. No client is
// refused meanwhile.
func TestExclusive(t *testing.T) {
	t.Parallel()
	for app, want := range map[string]string{
		"tries the lock":            "the lock on ",
		"tries the lock in silence": "the lock on ",
		"waits for the lock":        "the lock on ",
		"polls the lock":            "the lock on ",
		"waits for a range":         "the lock on ",
		"makes a PID file":          `"`,
	} {
		strategies := []Strategy{Proxy}
		if strings.HasSuffix(app, "the lock") {
			strategies = append(strategies, Socket)
		}
		for _, strategy := range strategies {
			t.Run(fmt.Sprint(app, " by ", strategy), func(t *testing.T) {
				t.Parallel()
				s := newProxyStage(t)
				s.shorten(func(p *patience) { p.contention = 50 * time.Millisecond })
				file := filepath.Join(t.TempDir(), "LOCK")
				version := func(gen int, name string) Request {
					r := s.behind(gen, app, name)
					if r.Strategy = strategy; strategy == Socket {
						r.Config.Env["BY"] = "hot"
					}
					r.Config.Args = append(r.Config.Args, file)
					return r
				}
				s.run(version(1, "one"))
				next[Ready](s.stage)
				if app == "makes a PID file" {
					t.Cleanup(func() { os.Remove(file + ".pid") })
				}
				s.run(version(2, "two"))
				e := next[Exited](s.stage)
				if e.Gen != 2 || !e.Again || e.Expected || !strings.HasPrefix(e.Exclusive, want) || !strings.Contains(e.Hint, "it cannot run beside the previous version") {
					t.Fatalf("%+v, want that version 2 is started again", e)
				}
				os.Remove(file + ".pid")
				if e := next[Exited](s.stage); e.Gen != 1 || !e.Expected {
					t.Errorf("%+v, want the end of version 1, as asked", e)
				}
				s.answers("two") // it waits until that serves
				next[Started](s.stage)
				if e := next[Ready](s.stage); e.Gen != 2 || e.Swap == nil || e.Swap.Strategy != strategy {
					t.Errorf("%+v, want that version 2 took over", e)
				}
				os.Remove(file + ".pid")
				third := version(3, "three")
				third.Proxied.Alone = true
				s.stage.target.Apply(third)
				if e := next[Exited](s.stage); e.Gen != 2 || !e.Expected {
					t.Errorf("%+v, want the end of version 2, as asked", e)
				}
				s.answers("three")
			})
		}
	}
}

// A version that fails beside the one before it and after it, too, is rolled back.
func TestExclusiveThatFailsAlone(t *testing.T) {
	t.Parallel()
	for _, strategy := range []Strategy{Proxy, Socket} {
		t.Run(string(strategy), func(t *testing.T) {
			t.Parallel()
			s := newProxyStage(t)
			file := filepath.Join(t.TempDir(), "LOCK")
			version := func(gen int, app, name string) Request {
				r := s.behind(gen, app, name)
				if r.Strategy = strategy; strategy == Socket {
					r.Config.Env["BY"] = "hot"
				}
				r.Config.Args = append(r.Config.Args, file)
				return r
			}
			s.run(version(1, "tries the lock", "one"))
			next[Ready](s.stage)
			s.run(version(2, "crashes plain", "two"))
			if e := next[Exited](s.stage); e.Gen != 2 || !e.Again {
				t.Errorf("%+v, want that version 2 is started again", e)
			}
			next[Exited](s.stage)
			next[Started](s.stage)
			if e := next[Exited](s.stage); e.Gen != 2 || !e.Rollback || e.Again {
				t.Errorf("%+v, want that version 2 is rolled back", e)
			}
			if e := next[RolledBack](s.stage); e.To != 1 || e.Strategy != strategy {
				t.Errorf("%+v, want version 1 again", e)
			}
			s.answers("one")
		})
	}
}

// A panic has a reason of its own, whatever the version that serves has locked: that goes on.
func TestPanicBesideALock(t *testing.T) {
	t.Parallel()
	s := newProxyStage(t)
	file := filepath.Join(t.TempDir(), "LOCK")
	version := func(gen int, app, name string) Request {
		r := s.behind(gen, app, name)
		r.Config.Args = append(r.Config.Args, file)
		return r
	}
	s.run(version(1, "tries the lock", "one"))
	next[Ready](s.stage)
	s.run(version(2, "panics", "two"))
	if e := next[Exited](s.stage); e.Gen != 2 || e.Again || e.Exclusive != "" {
		t.Errorf("%+v, want that version 2 is not started again", e)
	}
	s.answers("one")
}

// A version that listens, and even answers, but fails a moment later has not taken over.
func TestBoundIsNotReady(t *testing.T) {
	t.Parallel()
	for _, strategy := range []Strategy{Proxy, Socket} {
		for _, answers := range []bool{false, true} {
			t.Run(fmt.Sprint(strategy, answers), func(t *testing.T) {
				t.Parallel()
				s := newProxyStage(t)
				s.shorten(func(p *patience) { p.steady = time.Minute })
				version := func(gen int, app, name string) Request {
					r := s.behind(gen, app, name)
					if r.Strategy = strategy; strategy == Socket {
						r.Config.Env["BY"] = "hot"
					}
					return r
				}
				s.run(version(1, "serves anywhere", "one"))
				next[Ready](s.stage)
				r := version(2, "listens, then fails", "two")
				if answers {
					r.Config.Args = append(r.Config.Args, "yes")
				}
				s.run(r)
				if e := next[Exited](s.stage); e.Gen != 2 || e.Expected || e.Rollback || e.Code != 7 {
					t.Errorf("%+v, want that version 2 failed", e)
				}
				s.answers("one")
			})
		}
	}
}

// Every kind of exclusive lock is found, and no shared one.
func TestHoldsLock(t *testing.T) {
	for name, take := range map[string]func(fd int) error{
		"flock": func(fd int) error { return unix.Flock(fd, unix.LOCK_EX) },
		"fcntl": func(fd int) error {
			return unix.FcntlFlock(uintptr(fd), unix.F_SETLK, &unix.Flock_t{Type: unix.F_WRLCK})
		},
		"open file": func(fd int) error {
			return unix.FcntlFlock(uintptr(fd), unix.F_OFD_SETLK, &unix.Flock_t{Type: unix.F_WRLCK})
		},
		"shared": func(fd int) error { return unix.Flock(fd, unix.LOCK_SH) },
	} {
		file, err := os.Create(filepath.Join(t.TempDir(), "LOCK"))
		if err != nil {
			t.Fatal(err)
		}
		if err := take(int(file.Fd())); err != nil {
			t.Fatal(err)
		}
		held := heldLocks([]int{os.Getpid()})
		found := false
		for _, path := range held {
			found = found || path == file.Name()
		}
		if want := name != "shared"; found != want {
			t.Errorf("%s: it is found: %t, want %t", name, found, want)
		}
		file.Close()
	}
}

// A lock that hotreload was started under, and that each version inherits, is not the app's.
func TestInheritedLock(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "LOCK"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lock := unix.Flock_t{Type: unix.F_WRLCK}
	if err := unix.FcntlFlock(file.Fd(), unix.F_OFD_SETLK, &lock); err != nil { // of no process
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	app := exec.Command(self)
	app.Env = append(os.Environ(), "RUNNER_TEST_APP=block")
	app.ExtraFiles = []*os.File{file}
	if err := app.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = app.Process.Kill()
		_ = app.Wait()
	}()
	if got := holdsLock([]int{app.Process.Pid}); got != "" {
		t.Errorf("the app is said to have locked %s", got)
	}
}
