package watch

import (
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/fsnotify/fsnotify"

	"hotreload/internal/paths"
)

// cookie is a file of ours among those that the system reports on. Events stand in
// one queue: when the event of a write to the cookie comes out of it, so have those
// of everything that happened before the write. (The word is watchman's.)
//
// It is written before a batch settles, and at no other time. Where it cannot be
// written, or its event does not come, batches settle without it. A nil cookie is
// one that is never waited for.
type cookie struct {
	dir    string // of its own, among the temporary files
	path   string
	file   *os.File  // open and without a name, so that nothing is left behind; nil where the system reports only names
	proven bool      // its event has come before
	rounds int       // how often it still has to be written until it counts
	asked  time.Time // when it was written; zero: it is not on its way
	passed time.Time // everything that happened before has come out
}

// newCookie makes a cookie; nil where there can be none. It has to be closed after
// the events are.
func newCookie(events *fsnotify.Watcher, root string) *cookie {
	temp := os.TempDir()
	if events == nil || !inotify && paths.Within(temp, root) {
		return nil // a file that keeps its name does not belong in the user's tree
	}
	dir, err := os.MkdirTemp(temp, "hotreload-")
	if err != nil {
		return nil
	}
	c := &cookie{dir: dir, path: filepath.Join(dir, "cookie")}
	if c.create(events) != nil || c.write() != nil {
		c.close()
		return nil
	}
	return c
}

// create makes the file, and has the system report on it.
func (c *cookie) create(events *fsnotify.Watcher) error {
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
	if inotify { // it watches the file itself, not its name
		return os.RemoveAll(c.dir)
	}
	return nil
}

// ask writes the cookie, to learn when everything that has happened by now has come
// out.
func (c *cookie) ask(now time.Time) error {
	if err := c.write(); err != nil {
		return err
	}
	c.asked, c.rounds = now, 1
	if runtime.GOOS == "windows" {
		c.rounds = 2 // each directory has a queue, whose next part comes when the one before is read
	}
	return nil
}

func (c *cookie) write() error {
	if c.file != nil {
		_, err := c.file.WriteAt([]byte{0}, 0)
		return err
	}
	file, err := os.OpenFile(c.path, os.O_WRONLY, 0) // Windows reports a write when the file is closed
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
func (c *cookie) is(h hint) bool { return c != nil && h.path == c.path && !h.mode }

// came records that the cookie has come out of the queue.
func (c *cookie) came() {
	if c.rounds--; c.rounds > 0 && !c.asked.IsZero() && c.write() == nil {
		return
	}
	c.proven = true
	if !c.asked.IsZero() {
		c.reached(c.asked)
	}
}

// reached records that everything that happened before then is known.
func (c *cookie) reached(then time.Time) {
	if c != nil {
		c.passed, c.asked = then, time.Time{}
	}
}

// awaited returns until when to wait for what happened before settles, which is not
// after now, or the zero time if all of it has come.
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
	c.proven = false // until it comes after all
	return time.Time{}
}

func (c *cookie) close() {
	if c == nil {
		return
	}
	if c.file != nil {
		c.file.Close()
	}
	_ = os.RemoveAll(c.dir) // what may be left is empty
}
