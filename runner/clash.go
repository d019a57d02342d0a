package runner

import (
	"context"
	"fmt"
	"strings"
	"syscall"

	psnet "github.com/shirou/gopsutil/v4/net"

	"hotreload/internal/supervise"
)

// clash says that a process fell because it wanted an address that is there for the version
// before: one of ours that it did not ask us for, for it is no more the kind of app that
// the one before was, or one that this has opened. Empty: that is not so.
func (t *Target) clash(ctx context.Context, e Exited, from *instance) string {
	for line := range strings.Lines(e.LastWords) {
		if !inUse.MatchString(line) {
			continue
		}
		if port := portNear(line); port != 0 && t.sockets.Holds(port) {
			return "it opens by itself a port that hotreload holds for the version before; it is started again when that has stopped"
		}
		if what := heldBy(ctx, from.process.PID, line); what != "" {
			return fmt.Sprintf("it opens %s, which the version before has; it is started again when that has stopped", what)
		}
	}
	return ""
}

// heldBy finds what a line says to be in use among the sockets of a process and its
// descendants. Empty: it is not there.
func heldBy(ctx context.Context, pid int, line string) string {
	port := portNear(line)
	kind := "inet"
	if port == 0 {
		kind = "unix"
	}
	for _, pid := range append([]int{pid}, supervise.Descendants(pid)...) {
		sockets, _ := psnet.ConnectionsPidWithContext(ctx, kind, int32(pid)) // else it ended
		for _, s := range sockets {
			switch path := s.Laddr.IP; {
			case port == 0 && path != "" && strings.Contains(line, path):
				return path
			case port != 0 && s.Laddr.Port == uint32(port) && (s.Status == "LISTEN" || s.Type == syscall.SOCK_DGRAM):
				return fmt.Sprint("port ", port)
			}
		}
	}
	return ""
}
