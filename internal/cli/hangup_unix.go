//go:build unix

package cli

import (
	"errors"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// onHangup calls f when the reader of a pipe or socket is gone, even if nothing is
// written. It sleeps in poll until then. The returned function ends the wait.
func onHangup(out *os.File, f func()) (stop func()) {
	info, err := out.Stat()
	if err != nil || info.Mode()&(fs.ModeNamedPipe|fs.ModeSocket) == 0 {
		return func() {}
	}
	wait, err := newWait()
	if err != nil {
		return func() {} // then the next write fails instead
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if wait.on(out, 0) { // poll always reports errors of the file
			f()
		}
	}()
	return func() {
		wait.end()
		<-done
		wait.close()
	}
}

// wait polls files until it is ended from another goroutine.
type wait struct{ read, write *os.File }

func newWait() (*wait, error) {
	r, w, err := os.Pipe()
	return &wait{r, w}, err
}

// on returns true when a file has one of the events, and false when the wait was ended.
func (w *wait) on(f *os.File, events int16) bool {
	return w.poll([]unix.PollFd{{Fd: int32(w.read.Fd())}, {Fd: int32(f.Fd()), Events: events}}, -1)
}

// pause returns true after d, and false when the wait was ended.
func (w *wait) pause(d time.Duration) bool {
	return w.poll([]unix.PollFd{{Fd: int32(w.read.Fd())}}, int(d.Milliseconds()))
}

func (w *wait) poll(fds []unix.PollFd, timeout int) bool {
	for {
		_, err := unix.Poll(fds, timeout)
		if !errors.Is(err, unix.EINTR) {
			return err == nil && fds[0].Revents == 0
		}
	}
}

// end ends the wait; close releases its files once no goroutine waits.
func (w *wait) end()   { w.write.Close() }
func (w *wait) close() { w.read.Close() }
