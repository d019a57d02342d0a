//go:build unix

package appsock

import (
	"testing"

	"hotreload/internal/appsock/wire"
)

// A process that speaks another protocol than hotreload is reported, and no other.
func TestOtherProtocols(t *testing.T) {
	d := newDesk(t)
	for _, p := range []int{Protocol, 0, Protocol, Protocol + 1} {
		dial(t, d, wire.Message{Attend: &wire.Attend{PID: 1, Protocol: p}})
		if p == Protocol {
			continue
		}
		if got := <-d.OtherProtocols(); got != p {
			t.Errorf("protocol %d is reported, want %d", got, p)
		}
	}
}
