//go:build unix

package appsock

import (
	"errors"
	"syscall"
	"testing"
	"testing/synctest"
)

// A process opens its line and asks for a listener on two connections. Whichever is read
// first, the listener is its own: a child of it finds the address in use.
func TestListenerOfAProcessIsItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &Desk{ctx: t.Context(), lines: newLines(), grants: newGrants(NewSockets())}
		defer d.grants.sockets.Close()
		k := Key{Network: "tcp", Address: "127.0.0.1:0"}
		var taken bool
		go func() {
			fd, _, err := d.take(k, 1)
			if err == nil {
				CloseFD(fd)
			}
			taken = err == nil
		}()
		synctest.Wait()
		if taken {
			t.Error("a process whose line is not known yet was passed a listener")
		}
		d.lines.add(newLine(nil, 1))
		d.lines.add(newLine(nil, 2))
		synctest.Wait()
		if !taken {
			t.Fatal("a process whose line is open was not passed a listener")
		}
		if _, _, err := d.take(k, 2); !errors.Is(err, syscall.EADDRINUSE) {
			t.Errorf("its child is told %v, want that the address is in use", err)
		}
	})
}
