package runner

import (
	"bytes"
	"context"
	"os"
	"slices"
	"time"
)

// Not every app that could open a TCP port does. These are the signs of one that does not.

const (
	// binaryAfter is when an executable is looked at: a server listens by then, mostly.
	binaryAfter = 150 * time.Millisecond
	// portlessAfter is when a version counts as running if the one before it opened no port:
	// one that fails at its start has done so by then.
	portlessAfter = 300 * time.Millisecond
)

// portless looks for the signs that a process opens no port. It belongs to one goroutine.
type portless struct {
	of      *readiness
	looked  bool      // at the executable
	unixFor time.Time // since when it listens on a unix socket
}

// sign returns how the process has become ready without a TCP port, or nothing yet.
func (p *portless) sign(ctx context.Context) (via string) {
	process := p.of.process
	runs := time.Since(process.started)
	if listensOnUnix(process.tree()) {
		if p.unixFor.IsZero() {
			p.unixFor = time.Now()
		}
		// A port may come after a socket for its administration.
		if p.of.portless || time.Since(p.unixFor) >= p.of.process.patience.otherPort {
			return "unix"
		}
	}
	switch {
	case p.of.portless && runs >= portlessAfter:
		return "start"
	case p.looked || p.of.ported || runs < binaryAfter: // an executable may be large, and the app is starting
		return ""
	}
	p.looked = true
	if !mayListen(p.of.executable) && len(process.tree()) <= 1 && ctx.Err() == nil {
		return "start"
	}
	return ""
}

// mayListen reports whether an executable may open a port. The linker leaves out the functions
// that nothing calls, and the runtime keeps the names of those that stay.
func mayListen(executable string) bool {
	text, err := os.ReadFile(executable)
	if err != nil || !bytes.Contains(text, []byte("\x00runtime.main\x00")) {
		return true // not built by Go, as far as we can tell
	}
	return slices.ContainsFunc([]string{
		"net.(*sysListener).", "\x00net.FileListener\x00", "sys/unix.Listen\x00", "\x00plugin.Open\x00",
	}, func(name string) bool { return bytes.Contains(text, []byte(name)) })
}
