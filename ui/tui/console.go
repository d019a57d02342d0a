package tui

import (
	"bytes"
	"sync"

	"hotreload/session"
	"hotreload/ui/modes"
)

// console is where the app's output passes on its way to the screen. While the app has the
// terminal, it goes there as well.
type console struct {
	mu    sync.Mutex
	modes modes.Modes
	raw   bool        // the app reads keys, and so moves the cursor itself
	to    *connection // nil: the app does not have the terminal
	ended bool
}

// take shows the app an update's output. It waits for the terminal, and so does the app in
// the end.
func (c *console) take(u session.Update) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch d := u.Event.Data.(type) {
	case session.AppOutput:
		if len(d.Bytes) == 0 {
			return
		}
		c.raw = d.Raw
		c.modes.Take(d.Bytes)
		c.to.show(c.newlines(d.Bytes))
	case session.AppStart:
		if d.Replaces == 0 {
			c.to.show(c.modes.Undo())
			c.modes, c.raw = modes.Modes{}, false
		}
	case session.AppExit:
		if !d.Expected && u.State.Serving.PID == 0 {
			c.to.end()
		}
	}
}

// drawn reports whether the app draws a screen instead of printing lines.
func (c *console) drawn() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.raw
}

// newlines has the terminal begin a new line at each newline, unless the app moves the
// cursor itself: nothing else does, since the app's own terminal changes nothing.
func (c *console) newlines(text []byte) []byte {
	if c.raw {
		return text
	}
	return bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))
}

// connect gives the terminal to the app. It returns what draws the app's screen; false: the
// updates have ended.
func (c *console) connect(to *connection) (screen []byte, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return nil, false
	}
	c.to = to
	return c.modes.Replay(c.newlines), true
}

// disconnect takes the terminal from the app. It returns what restores the terminal.
func (c *console) disconnect() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.to = nil
	return c.modes.Undo()
}

// end takes the terminal from the app for good: the updates have ended.
func (c *console) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	c.to.end()
}
