package runner

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// hasEnd reports whether one of the processes of a tree has the end of a connection whose address is
// local. The kernel looks up the one socket (sock_diag(7)); all of them would take it a quarter
// of a second where tens of thousands have just been closed. An error: that cannot be told.
func hasEnd(tree func() []int, local, remote netip.AddrPort) (bool, error) {
	inode, err := inodeOf(local, remote)
	if err != nil || inode == 0 { // 0: it waits to be accepted
		return false, err
	}
	name := strconv.FormatUint(uint64(inode), 10)
	return slices.ContainsFunc(tree(), func(pid int) bool { return socketsOf(pid)[name] }), nil
}

// socketID is the kernel's inet_diag_sockid.
type socketID struct {
	LocalPort, RemotePort [2]byte
	Local, Remote         [16]byte
	Interface             uint32
	Cookie                [2]uint32
}

// socketQuestion is the kernel's nlmsghdr with its inet_diag_req_v2.
type socketQuestion struct {
	Header           unix.NlMsghdr
	Family, Protocol uint8
	_                [2]uint8
	States           uint32
	Socket           socketID
}

// socketAnswer is the kernel's nlmsghdr with its inet_diag_msg.
type socketAnswer struct {
	Header unix.NlMsghdr
	_      uint8 // family
	State  uint8
	_      [2]uint8
	_      socketID
	_      [4]uint32
	Inode  uint32
}

const (
	tcpListen = 10          // TCP_LISTEN
	noCookie  = 0xFFFF_FFFF // INET_DIAG_NOCOOKIE
)

// errNoSocket is the answer where a socket is not, or is in another network namespace.
var errNoSocket = errors.New("there is no such socket")

// inodeOf asks for the inode of a socket.
func inodeOf(local, remote netip.AddrPort) (uint32, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, unix.NETLINK_INET_DIAG)
	if err != nil {
		return 0, err
	}
	defer unix.Close(fd)
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: 1}); err != nil {
		return 0, err
	}
	q := socketQuestion{Family: unix.AF_INET6, Protocol: unix.IPPROTO_TCP, States: ^uint32(0)}
	q.Header = unix.NlMsghdr{Len: uint32(binary.Size(q)), Type: unix.SOCK_DIAG_BY_FAMILY, Flags: unix.NLM_F_REQUEST}
	q.Socket.Cookie = [2]uint32{noCookie, noCookie}
	fill(&q.Socket.LocalPort, &q.Socket.Local, local)
	fill(&q.Socket.RemotePort, &q.Socket.Remote, remote)
	if local.Addr().Unmap().Is4() {
		q.Family = unix.AF_INET
	}
	message, err := binary.Append(nil, binary.NativeEndian, q)
	if err != nil {
		return 0, err
	}
	if err := unix.Sendto(fd, message, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return 0, err
	}
	received := make([]byte, 4096)
	n, _, err := unix.Recvfrom(fd, received, 0)
	if err != nil {
		return 0, err
	}
	var a socketAnswer
	if _, err := binary.Decode(received[:n], binary.NativeEndian, &a); err != nil {
		return 0, fmt.Errorf("ask for a socket: %w", err) // too short: an NLMSG_ERROR is
	}
	if a.Header.Type != unix.SOCK_DIAG_BY_FAMILY || a.State == tcpListen {
		return 0, errNoSocket
	}
	return a.Inode, nil
}

// fill writes an address as the kernel has it.
func fill(port *[2]byte, ip *[16]byte, from netip.AddrPort) {
	binary.BigEndian.PutUint16(port[:], from.Port())
	copy(ip[:], from.Addr().Unmap().AsSlice())
}
