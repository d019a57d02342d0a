package control

import (
	"net"
	"os"
	"time"

	"github.com/gofrs/flock"
)

const (
	// lockPatience is how long to wait for a lock whose holder does not answer.
	lockPatience = 2 * time.Second
	// lockAgain is the pause between two attempts.
	lockAgain = 20 * time.Millisecond
)

// awaitLock takes the lock of a file, or returns nil if a session has it. If a session
// is killed just as it starts a process, that process has the lock until it executes.
func awaitLock(path, socket string) (*flock.Flock, error) {
	for until := time.Now().Add(lockPatience); ; time.Sleep(lockAgain) {
		l, err := lock(path)
		if l != nil || err != nil || time.Now().After(until) {
			return l, err
		}
		if conn, err := net.Dial("unix", socket); err == nil {
			conn.Close()
			return nil, nil
		}
	}
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
