package watch

import (
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/fsnotify/fsnotify"
)

// cookie is a file of ours among what the system tells of. Events stand in one
// queue: when that of a write to the cookie comes out of it, so have those of all
// that happened before the write. (The word is watchman's.)
//
// It is written before a batch settles, and at no other time. Where it cannot be
// written, or its event does not come, batches settle without.
type cookie struct {
	dir    string // of its own, where temporary files belong
	path   string
	file   *os.File  // open and without a name, so that nothing is left behind; nil where the system tells only of names
	proven bool      // its event has come before
	rounds int       // how often it is still to be written until it counts
	asked  time.Time // when it was written; zero: it is not on its way
	passed time.Time // all that happened before has come out
}

// newCookie makes a cookie; nil where there can be none. It has to be closed
// after the events are.
func newCookie(events *fsnotify.Watcher, root string) *cookie {
	temp := os.TempDir()
	if events == nil || !inotify && (temp == root || within(temp, root)) {
		return nil // a file that keeps its name is nothing to leave in the user's tree
	}
	dir, err := os.MkdirTemp(temp, "hotreload-")
	if err != nil {
		return nil
	}
	c := &cookie{dir: dir, path: filepath.Join(dir, "cookie")}
	if c.lay(events) != nil || c.write() != nil {
		c.close()
		return nil
	}
	return c
}

// lay puts the cookie where the system tells of it.
func (c *cookie) lay(events *fsnotify.Watcher) error {
	file, err := os.OpenFile(c.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if inotify {
		c.file = file
	} else if err := file.Close(); err != nil {
		return err
	}
	if err := events.Add(c.path); err != nil {
		return err
	}
	if inotify { // goes by the file itself
		return os.RemoveAll(c.dir)
	}
	return nil
}

// ask has the cookie tell when all that has happened by now has come out.
func (c *cookie) ask(now time.Time) error {
	if err := c.write(); err != nil {
		return err
	}
	c.asked, c.rounds = now, 1
	if runtime.GOOS == "windows" {
		c.rounds = 2 // a queue for each directory, of which the next part comes when the one before is read
	}
	return nil
}

func (c *cookie) write() error {
	if c.file != nil {
		_, err := c.file.WriteAt([]byte{0}, 0)
		return err
	}
	file, err := os.OpenFile(c.path, os.O_WRONLY, 0) // Windows tells of a write when the file is closed
	if err != nil {
		return err
	}
	_, err = file.WriteAt([]byte{0}, 0)
	if failed := file.Close(); err == nil {
		err = failed
	}
	return err
}

// is reports whether a hint is the cookie's.
func (c *cookie) is(h hint) bool { return c != nil && h.path == c.path }

// came takes note that the cookie has come out of the queue.
func (c *cookie) came() {
	if c.rounds--; c.rounds > 0 && !c.asked.IsZero() && c.write() == nil {
		return
	}
	c.proven = true
	if !c.asked.IsZero() {
		c.reached(c.asked)
	}
}

// reached takes note that all that happened before then is known.
func (c *cookie) reached(then time.Time) {
	if c != nil {
		c.passed, c.asked = then, time.Time{}
	}
}

// awaited returns until when to wait for what happened before settles, which is
// not after now, or the zero time when all of it has come.
func (c *cookie) awaited(now, settles time.Time) (until time.Time) {
	if c == nil || !c.proven || !c.passed.Before(settles) {
		return time.Time{}
	}
	if c.asked.IsZero() && c.ask(now) != nil {
		return time.Time{}
	}
	if until = c.asked.Add(patience); now.Before(until) {
		return until
	}
	c.proven = false // until it comes all the same
	return time.Time{}
}

func (c *cookie) close() {
	if c == nil {
		return
	}
	if c.file != nil {
		c.file.Close()
	}
	_ = os.RemoveAll(c.dir) // what stays is empty
}
