//go:build unix

package hot

import (
	"encoding/json"
	"errors"
	"net"
	"os"
	"strconv"
	"syscall"

	"hotreload/internal/appsock/wire"
)

// maxAnswer is more than an answer with an error in it takes.
const maxAnswer = 4096

// ask has hotreload pass the listener for an address.
func ask(sock, network, addr string) (net.Listener, error) {
	conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: sock, Net: "unix"})
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if err := json.NewEncoder(conn).Encode(wire.Message{Listen: &wire.Listen{Network: network, Address: addr}}); err != nil {
		return nil, err
	}
	text, oob := make([]byte, maxAnswer), make([]byte, syscall.CmsgSpace(4))
	n, oobn, _, _, err := conn.ReadMsgUnix(text, oob)
	if err != nil {
		return nil, err
	}
	fds, err := descriptors(oob[:oobn])
	if err != nil {
		return nil, err
	}
	if len(fds) != 1 {
		for _, fd := range fds {
			syscall.Close(fd)
		}
		var m wire.Message
		if json.Unmarshal(text[:n], &m) == nil && m.Answer != nil && m.Answer.Error != "" {
			return nil, errors.New(m.Answer.Error)
		}
		return nil, errors.New("hotreload sent no listener for " + addr)
	}
	return fileListener(fds[0])
}

func descriptors(oob []byte) ([]int, error) {
	messages, err := syscall.ParseSocketControlMessage(oob)
	if err != nil {
		return nil, err
	}
	var fds []int
	for i := range messages {
		more, err := syscall.ParseUnixRights(&messages[i])
		if err != nil {
			return nil, err
		}
		fds = append(fds, more...)
	}
	return fds, nil
}

// fileListener makes a listener of a descriptor, which it closes.
func fileListener(fd int) (net.Listener, error) {
	syscall.CloseOnExec(fd)
	file := os.NewFile(uintptr(fd), "listener")
	defer file.Close()
	return net.FileListener(file)
}

// inheritedListeners are those of LISTEN_FDS, if they are meant for this process.
func inheritedListeners() []net.Listener {
	if pid, err := strconv.Atoi(os.Getenv(wire.PIDEnv)); err != nil || pid != os.Getpid() {
		return nil
	}
	n, err := strconv.Atoi(os.Getenv(wire.FDsEnv))
	if err != nil {
		return nil
	}
	var listeners []net.Listener
	for fd := wire.FirstFD; fd < wire.FirstFD+n; fd++ {
		// The descriptors themselves stay open: another package may ask for them.
		syscall.CloseOnExec(fd)
		var l net.Listener
		if own, err := syscall.Dup(fd); err == nil {
			l, _ = fileListener(own) // nil: a socket of another kind
		}
		listeners = append(listeners, l)
	}
	return listeners
}
