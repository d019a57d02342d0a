// This file is not part of Go. It belongs to hotreload.go beside it: the line to the tool, on
// which the tool gives orders, and the questions for listeners.

package net

import (
	"bufio"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// attend connects to the tool, once, and reports whether there is a connection.
func (p *hotreloadProcess) attend() bool {
	p.attendOnce.Do(func() {
		p.sock, _ = syscall.Getenv("HOTRELOAD_SOCK")
		if p.sock == "" {
			return
		}
		conn, err := DialUnix("unix", nil, &UnixAddr{Name: p.sock, Net: "unix"})
		if err != nil {
			return // the variable is left over from a session that has ended
		}
		p.line = conn
		p.say(`{"attend":{"pid":` + strconv.Itoa(syscall.Getpid()) + `,"protocol":1}}`)
		go p.obey()
	})
	return p.line != nil
}

// say sends a line. If that fails, the tool is gone.
func (p *hotreloadProcess) say(line string) { _, _ = p.line.Write([]byte(line + "\n")) }

// obey follows the tool's orders until the tool is gone.
func (p *hotreloadProcess) obey() {
	admitted := false
	admit := func() {
		if !admitted {
			admitted = true
			close(p.admitted)
		}
	}
	defer admit()
	for in := bufio.NewReader(p.line); ; {
		text, more, err := in.ReadLine()
		for more && err == nil { // kept state can be long, and is not for us
			_, more, err = in.ReadLine()
		}
		if err != nil {
			return
		}
		switch line := string(text); {
		case strings.HasPrefix(line, `{"go":`):
			admit()
			p.say(`{"imported":{"carried":[],"dropped":{}}}`)
		case strings.HasPrefix(line, `{"drain":`) && !p.isDraining():
			if hotreloadNumber(line, "keep_within_ms") > 0 {
				p.say(`{"kept":{"state":{}}}`)
			}
			p.drain(hotreloadDuration(line, "within_ms"), hotreloadDuration(line, "at_most_ms"))
		}
	}
}

// hotreloadDuration is a number of milliseconds in a message.
func hotreloadDuration(line, name string) time.Duration {
	return time.Duration(hotreloadNumber(line, name)) * time.Millisecond
}

// hotreloadNumber is a number in a message.
func hotreloadNumber(line, name string) (n int64) {
	_, after, _ := strings.Cut(line, `"`+name+`":`)
	end := strings.IndexAny(after, ",}")
	if end < 0 {
		return 0
	}
	n, _ = strconv.ParseInt(after[:end], 10, 64)
	return n
}

// ask asks the tool for the socket that listens at an address. The tool binds it the first
// time, and keeps it. It refuses if another process than that with the PID has it; 0: it is to
// be shared with others. Below 0: the tool has none.
func (p *hotreloadProcess) ask(network, address string, pid int) (fd int) {
	conn, err := DialUnix("unix", nil, &UnixAddr{Name: p.sock, Net: "unix"})
	if err != nil {
		return -1
	}
	defer conn.Close()
	_, err = conn.Write([]byte(`{"listen":{"network":"` + network + `","address":"` + address +
		`","pid":` + strconv.Itoa(pid) + "}}\n"))
	if err != nil {
		return -1
	}
	text, oob := make([]byte, 4096), make([]byte, syscall.CmsgSpace(4))
	_, n, _, _, err := conn.ReadMsgUnix(text, oob)
	if err != nil {
		return -1
	}
	messages, err := syscall.ParseSocketControlMessage(oob[:n])
	if err != nil || len(messages) != 1 {
		return -1
	}
	fds, err := syscall.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 1 {
		return -1
	}
	syscall.CloseOnExec(fds[0])
	return fds[0]
}
