package runner

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	psnet "github.com/shirou/gopsutil/v4/net"
)

// listenersOf are where a process listens for TCP connections. Nowhere: it may have ended.
//
// The kernel lists all sockets that listen before any other. Only those are read: clients
// that keep no connection leave tens of thousands of closed ones, which take it a quarter of
// a second to list (proc(5), /proc/net/tcp).
func listenersOf(ctx context.Context, pid int) []psnet.Addr {
	own := socketsOf(pid)
	var found []psnet.Addr
	for _, table := range []string{"tcp", "tcp6"} {
		if len(own) == 0 || ctx.Err() != nil {
			break
		}
		f, err := os.Open(fmt.Sprintf("/proc/%d/net/%s", pid, table))
		if err != nil {
			continue // it ended, or there is no IPv6
		}
		lines := bufio.NewScanner(f)
		lines.Buffer(make([]byte, 2*lineLength), bufio.MaxScanTokenSize)
		lines.Scan() // the heading
		for lines.Scan() {
			fields := strings.Fields(lines.Text())
			if len(fields) < 10 || fields[3] != stateListen {
				break
			}
			if addr, ok := socketAddress(fields[1]); ok && own[fields[9]] {
				found = append(found, addr)
			}
		}
		f.Close()
	}
	return found
}

// lineLength is about the length of a line. The kernel looks for as much as it is asked for, and so for
// sockets that do not listen among all there may be.
const lineLength = 150

// stateListen is TCP_LISTEN of the kernel's net/tcp_states.h.
const stateListen = "0A"

// socketsOf are the inodes of a process's sockets.
func socketsOf(pid int) map[string]bool {
	dir := fmt.Sprintf("/proc/%d/fd", pid)
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil // it ended
	}
	inodes := map[string]bool{}
	for _, file := range files {
		name, _ := os.Readlink(filepath.Join(dir, file.Name())) // an error: it is closed by now
		if inode, is := strings.CutPrefix(name, "socket:["); is {
			inodes[strings.TrimSuffix(inode, "]")] = true
		}
	}
	return inodes
}

// socketAddress reads an address as the kernel writes it: 32-bit words of the machine's byte
// order in hexadecimal, a colon, and the port.
func socketAddress(text string) (psnet.Addr, bool) {
	words, number, _ := strings.Cut(text, ":")
	ip, err := hex.DecodeString(words)
	if err != nil || len(ip) != net.IPv4len && len(ip) != net.IPv6len {
		return psnet.Addr{}, false
	}
	for i := 0; i < len(ip); i += 4 {
		binary.NativeEndian.PutUint32(ip[i:], binary.BigEndian.Uint32(ip[i:]))
	}
	port, err := strconv.ParseUint(number, 16, 16)
	return psnet.Addr{IP: net.IP(ip).String(), Port: uint32(port)}, err == nil
}
