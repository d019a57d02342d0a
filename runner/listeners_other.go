//go:build !linux

package runner

import (
	"context"

	psnet "github.com/shirou/gopsutil/v4/net"
)

// listenersOf are where a process listens for TCP connections. Nowhere: it may have ended.
func listenersOf(ctx context.Context, pid int) []psnet.Addr {
	sockets, err := psnet.ConnectionsPidWithContext(ctx, "tcp", int32(pid))
	if err != nil {
		return nil
	}
	var found []psnet.Addr
	for _, s := range sockets {
		if s.Status == "LISTEN" {
			found = append(found, s.Laddr)
		}
	}
	return found
}
