package runner

import (
	"context"
	"net"
	"slices"
	"strconv"
	"time"

	psnet "github.com/shirou/gopsutil/v4/net"

	"hotreload/proc"
)

const (
	// firstProbe and maxProbe bound the pauses between two looks at the app's
	// sockets: a server listens within milliseconds or takes its time. Each look
	// costs about a millisecond of a core that the app may want for its start.
	firstProbe = 5 * time.Millisecond
	maxProbe   = 100 * time.Millisecond
)

// awaitPort looks until the process or one of its descendants listens on a TCP
// port. It reports false when the process ended or is being stopped.
func (i *instance) awaitPort(ctx context.Context, timeout time.Duration) (Ready, bool) {
	ready := Ready{Gen: i.gen, PID: i.process.PID}
	deadline := time.After(timeout)
	for pause := firstProbe; ; pause = min(pause*3/2, maxProbe) {
		if address := listening(ctx, i.process.PID); address != "" {
			ready.Via, ready.Address = "port", address
			ready.Took = time.Since(i.started)
			return ready, true
		}
		select {
		case <-ctx.Done():
			return Ready{}, false
		case <-deadline:
			ready.Via, ready.Took = "timeout", time.Since(i.started)
			return ready, true
		case <-time.After(pause):
		}
	}
}

// listening returns an address that a process or its descendants listen on: of
// several the lowest port. Empty when there is none.
func listening(ctx context.Context, pid int) string {
	var found []psnet.Addr
	for _, pid := range append([]int{pid}, proc.Descendants(pid)...) {
		sockets, err := psnet.ConnectionsPidWithContext(ctx, "tcp", int32(pid))
		if err != nil {
			continue // it ended
		}
		for _, s := range sockets {
			if s.Status == "LISTEN" {
				found = append(found, s.Laddr)
			}
		}
	}
	if len(found) == 0 {
		return ""
	}
	a := slices.MinFunc(found, func(a, b psnet.Addr) int { return int(a.Port) - int(b.Port) })
	host := a.IP
	if ip := net.ParseIP(host); host == "*" || ip == nil || ip.IsUnspecified() {
		host = "localhost"
	}
	return net.JoinHostPort(host, strconv.Itoa(int(a.Port)))
}
