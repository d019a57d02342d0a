//go:build unix

package cli

import (
	"context"
	"io"
	"os"
	"os/signal"
	"sync"
	"time"

	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"hotreload/internal/mailbox"
	"hotreload/internal/tty"
	"hotreload/runner"
	"hotreload/ui"
)

const (
	// maxTyped bounds what is typed, or pasted, and not yet read by the app. What exceeds it
	// is lost: if we stopped reading, the terminal would not see a Ctrl-C behind it.
	maxTyped = 4 << 20
	// stopTime is more than a process needs to stop once it has the signal.
	stopTime = 200 * time.Millisecond
)

// console is our terminal in plain mode, if the app is on it. Each version has a terminal of
// its own, which edits lines and echoes them as the app asks it to: ours passes on each key
// as it is, but those that send us signals. It is ours only while we are its foreground job.
type console struct {
	in     *os.File
	before tty.State
	guard  *tty.Guard
	shared *ui.Shared
	app    *runner.Target
	wait   *wait

	mu    sync.Mutex
	taken bool
}

// openConsole returns the terminal that the app is to be on; nil: it is on pipes.
func openConsole(mode ui.Mode, pty bool) *console {
	if mode != ui.Plain || !pty || !term.IsTerminal(int(os.Stdin.Fd())) || !term.IsTerminal(int(os.Stdout.Fd())) || !term.IsTerminal(int(os.Stderr.Fd())) {
		return nil
	}
	// What goes elsewhere is not to come here.
	out, err := os.Stdout.Stat()
	if err != nil {
		return nil
	}
	if other, err := os.Stderr.Stat(); err != nil || !os.SameFile(out, other) {
		return nil
	}
	before, err := tty.Get(os.Stdin)
	if err != nil || runner.TerminalsOpen() != nil {
		return nil
	}
	return &console{in: os.Stdin, before: before}
}

// found is the terminal as it was found; nil: the app is not on it.
func (c *console) found() *tty.State {
	if c == nil {
		return nil
	}
	return &c.before
}

// share is how the app and we write to the terminal; nil: the app does not.
func (c *console) share(out, err io.Writer) *ui.Shared {
	if c == nil {
		return nil
	}
	c.shared = ui.NewShared(out, err, func(leave string) { c.guard.Leave(leave) })
	return c.shared
}

// run passes on what is typed and the size of the terminal, until the end, which restores it.
func (c *console) run(app *runner.Target) (end func()) {
	if c == nil {
		return func() {}
	}
	var err error
	if c.wait, err = newWait(); err != nil {
		return func() {}
	}
	c.app = app
	c.guard = tty.GuardKeys(os.Stdout, c.before)
	c.take()
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	typed := mailbox.NewMerging(addTyped)
	work.Go(func() {
		feeder := app.Feeder()
		for text := range typed.All() {
			feeder.Feed(ctx, text)
		}
	})
	work.Go(func() {
		defer typed.Close()
		c.read(typed)
	})
	work.Go(func() { c.heed(ctx) })
	return func() {
		cancel()
		c.wait.end()
		work.Wait()
		c.wait.close()
		c.restore()
	}
}

// addTyped puts what was typed behind what waits.
func addTyped(waiting [][]byte, next []byte) [][]byte {
	if len(waiting) == 0 {
		return [][]byte{next}
	}
	if len(waiting[0])+len(next) <= maxTyped {
		waiting[0] = append(waiting[0], next...)
	}
	return waiting
}

// take takes the terminal, if we are its foreground job.
func (c *console) take() {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch ours := tty.Foreground(c.in); {
	case ours == c.taken:
	case !ours: // somebody has stopped us, and a shell has it
		c.taken = false
		c.shared.Leave()
	case c.before.Keys(c.in) == nil:
		c.taken = true
		c.shared.Return()
		c.fit()
	}
}

// suspend gives the terminal to the shell, and stops. (A Go program that has once caught
// SIGTSTP cannot be stopped by it any more. So it is a key here, which we read.)
func (c *console) suspend() {
	c.mu.Lock()
	if c.taken {
		c.shared.Leave()
		_ = c.before.Set(c.in)
		c.taken = false
	}
	c.mu.Unlock()
	_ = unix.Kill(0, unix.SIGTSTP) // the whole job, as the terminal does; nothing happens if no shell could resume it
	if c.wait.pause(stopTime) {
		c.resume()
	}
}

// resume takes the terminal back, and has the app draw on it again.
func (c *console) resume() {
	c.take()
	if columns, rows, err := term.GetSize(int(c.in.Fd())); err == nil {
		c.app.Resize(runner.Size{Columns: columns, Rows: rows - 1})
		c.app.Resize(runner.Size{Columns: columns, Rows: rows})
	}
}

// fit tells the app how large the terminal is.
func (c *console) fit() {
	if columns, rows, err := term.GetSize(int(c.in.Fd())); err == nil {
		c.app.Resize(runner.Size{Columns: columns, Rows: rows})
	}
}

// heed follows the terminal's signals.
func (c *console) heed(ctx context.Context) {
	resized, stop := tty.OnResize()
	defer stop()
	resumed := make(chan os.Signal, 1)
	signal.Notify(resumed, unix.SIGCONT)
	defer signal.Stop(resumed)
	for {
		select {
		case <-resized:
			c.fit()
		case <-resumed:
			c.resume()
		case <-ctx.Done():
			return
		}
	}
}

// read reads what is typed while we are the terminal's foreground job, until the input or
// the wait ends.
func (c *console) read(typed *mailbox.Box[[]byte]) {
	for {
		c.take()
		if !tty.Foreground(c.in) {
			if !c.wait.pause(backgroundPause) {
				return
			}
			continue
		}
		if !c.wait.on(c.in, unix.POLLIN) {
			return
		}
		if !tty.Foreground(c.in) {
			continue
		}
		keys := make([]byte, 4096)
		n, err := c.in.Read(keys)
		if n == 0 || err != nil {
			return
		}
		keys, suspends := c.before.CutSuspend(keys[:n])
		if len(keys) > 0 {
			typed.Put(keys)
		}
		if suspends {
			c.suspend()
		}
	}
}

// restore gives the terminal back for good.
func (c *console) restore() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.taken {
		c.taken = false
		if tty.Foreground(c.in) {
			_ = c.before.Set(c.in)
		}
	}
	if c.shared.Over() {
		c.guard.End()
	} else {
		c.guard.Abandon() // what the app has set up was not undone
	}
}
