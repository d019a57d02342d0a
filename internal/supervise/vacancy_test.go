//go:build linux

package supervise_test

import (
	"os"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"hotreload/internal/supervise"
)

// vacant starts an app that leaves a process and exits, and returns that process.
func vacant(t *testing.T) (p *supervise.Process, left int) {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	s := spec("orphan")
	s.Replaceable = true
	p, err = supervise.Start(s, supervise.Streams{Out: write, Err: os.Stderr})
	write.Close()
	if err != nil {
		t.Fatal(err)
	}
	left = readPIDs(t, read, 1)[0]
	if got, want := p.Wait(), (supervise.Exit{Held: true}); got != want {
		t.Fatalf("Wait() = %+v, want %+v", got, want)
	}
	if gone(left) {
		t.Fatal("what the command left was ended before it could be adopted")
	}
	return p, left
}

// A process that is adopted is the command: it is told to stop, and its end is waited for.
func TestAdopt(t *testing.T) {
	p, left := vacant(t)
	p.Adopt(left)
	p.Stop() // which it ignores
	if got := p.Wait(); got.Signal != "SIGKILL" {
		t.Errorf("ended by %+v, want SIGKILL", got)
	}
	if n := p.Reap(); n != 0 || !gone(left) {
		t.Errorf("%d left, want none", n)
	}
}

// One that has ended by then tells how.
func TestAdoptTooLate(t *testing.T) {
	p, left := vacant(t)
	if err := syscall.Kill(left, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	waitGone(t, left)
	p.Adopt(left)
	if got := p.Wait(); got.Signal != "SIGKILL" {
		t.Errorf("ended by %+v, want SIGKILL", got)
	}
	p.Reap()
}

// What is not adopted is ended, whether or not it was asked to stop before.
func TestNotAdopted(t *testing.T) {
	for name, before := range map[string]func(*supervise.Process){
		"left": func(*supervise.Process) {}, "stopped": (*supervise.Process).Stop, "killed": (*supervise.Process).Kill,
	} {
		p, left := vacant(t)
		before(p)
		if n := p.Reap(); n != 1 || !gone(left) {
			t.Errorf("%s: %d left, want that one was", name, n)
		}
	}
}
