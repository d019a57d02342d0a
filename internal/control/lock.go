package control

import (
	"errors"
	"net"
	"os"
	"slices"
	"time"

	"github.com/gofrs/flock"
	"github.com/shirou/gopsutil/v4/process"
)

const (
	// lockPatience is how long to wait for a lock whose holder does not answer.
	lockPatience = 2 * time.Second
	// lockAgain is the pause between two attempts.
	lockAgain = 20 * time.Millisecond
)

// awaitLock takes the lock at the path with .lock, or returns nil if a session has it. If a
// session is killed just as it starts a process, that process has the lock, and the socket,
// until it executes.
func awaitLock(base string) (*flock.Flock, error) {
	for until := time.Now().Add(lockPatience); ; time.Sleep(lockAgain) {
		l, err := lock(base + ".lock")
		if l != nil || err != nil || time.Now().After(until) {
			return l, err
		}
		if conn, err := net.Dial("unix", base+".sock"); err == nil {
			conn.Close()
			if runs(readHolder(base + ".json").PID) {
				return nil, nil
			}
		}
	}
}

// runs reports whether a process has not ended, as far as is known; pid 0: it is not known
// which it is.
func runs(pid int) bool {
	p, err := process.NewProcess(int32(pid))
	if pid == 0 || err != nil {
		return pid == 0 || !errors.Is(err, process.ErrorProcessNotRunning)
	}
	status, err := p.Status()
	return err != nil || !slices.Contains(status, process.Zombie)
}

// lock takes the lock of a file, or returns nil if it is taken. Its last holder may
// have removed the file: a lock on a file that is no longer at its path does not count.
func lock(path string) (*flock.Flock, error) {
	for {
		l := flock.New(path)
		free, err := l.TryLock()
		if err != nil || !free {
			return nil, err
		}
		if isAt(l, path) {
			return l, nil
		}
		_ = l.Unlock()
	}
}

// isAt reports whether the file that is locked is the one at a path.
func isAt(l *flock.Flock, path string) bool {
	locked, err := l.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(locked, there)
}

// unlock removes the file of a lock while it is still locked, and releases it. Windows
// does not remove open files: there it stays.
func unlock(l *flock.Flock) {
	_ = os.Remove(l.Path())
	_ = l.Unlock()
}
