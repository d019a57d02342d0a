// Package process is this process's connection to hotreload, which packages hot and hotplug
// share.
//
// In go messages from the app and from hotreload; each comes out at the other end.
//
// What always holds: a process has one connection, which is opened when it is first needed;
// a function passed to Hear sees each message from then on; changes are announced one at a
// time. Without hotreload nothing is sent and nothing received.
package process

import (
	"encoding/json"
	"errors"
	"net"
	"os"
	"sync"

	"hotreload/internal/appsock/wire"
)

// ErrNoLine says that hotreload does not run this process, or is gone.
var ErrNoLine = errors.New("hotreload does not run this process")

// Process is this process as hotreload sees it.
type Process struct {
	Sock string // hotreload's socket; empty without it

	open    sync.Once
	conn    net.Conn      // nil without hotreload
	done    chan struct{} // closed when the connection is down
	changes changes

	hearing sync.Mutex
	hearers []func(wire.Message)

	sending sync.Mutex
	out     *json.Encoder
}

// This is the process of this program.
var This = sync.OnceValue(func() *Process { return New(os.Getenv(wire.SockEnv)) })

// New returns a process with hotreload's socket at a path; empty: there is no hotreload.
func New(sock string) *Process { return &Process{Sock: sock, done: make(chan struct{})} }

// Hear calls f with each message from hotreload from now on, one at a time. It must return
// soon: no other message is read meanwhile.
func (p *Process) Hear(f func(wire.Message)) {
	p.hearing.Lock()
	defer p.hearing.Unlock()
	p.hearers = append(p.hearers, f)
}

// Attend opens the connection, once, and reports whether there is one.
func (p *Process) Attend() bool {
	p.open.Do(func() {
		conn, out := p.dial()
		if conn == nil {
			close(p.done)
			return
		}
		p.conn, p.out = conn, out
		go func() { // ends with the connection, which hotreload holds as long as the process lives
			defer close(p.done)
			p.listen()
		}()
	})
	return p.conn != nil
}

func (p *Process) dial() (net.Conn, *json.Encoder) {
	if p.Sock == "" {
		return nil, nil
	}
	conn, err := net.Dial("unix", p.Sock)
	if err != nil {
		return nil, nil // a variable left over from a session that has ended
	}
	out := json.NewEncoder(conn)
	if out.Encode(wire.Message{Attend: &wire.Attend{PID: os.Getpid(), Protocol: wire.Protocol}}) != nil {
		conn.Close()
		return nil, nil
	}
	return conn, out
}

// Done is closed when there is no connection, or not any more.
func (p *Process) Done() <-chan struct{} {
	p.Attend()
	return p.done
}

// Send sends a message to hotreload.
func (p *Process) Send(m wire.Message) error {
	if !p.Attend() {
		return ErrNoLine
	}
	p.sending.Lock()
	defer p.sending.Unlock()
	return p.out.Encode(m)
}

// listen passes on hotreload's messages, until it hangs up.
func (p *Process) listen() {
	for in := json.NewDecoder(p.conn); ; {
		var m wire.Message
		if in.Decode(&m) != nil {
			return
		}
		p.hearing.Lock()
		hearers := p.hearers // only ever appended to
		p.hearing.Unlock()
		for _, hear := range hearers {
			hear(m)
		}
	}
}

// Ask sends a question on a connection of its own, and returns the answer.
func (p *Process) Ask(question wire.Message) (wire.Answer, error) {
	if p.Sock == "" {
		return wire.Answer{}, ErrNoLine
	}
	conn, err := net.Dial("unix", p.Sock)
	if err != nil {
		return wire.Answer{}, ErrNoLine
	}
	defer conn.Close()
	if err := json.NewEncoder(conn).Encode(question); err != nil {
		return wire.Answer{}, err
	}
	var m wire.Message
	if err := json.NewDecoder(conn).Decode(&m); err != nil {
		return wire.Answer{}, err
	}
	if m.Answer == nil {
		return wire.Answer{}, errors.New("hotreload did not answer")
	}
	return *m.Answer, nil
}

// HangUp closes the connection, and returns when no more messages come.
func (p *Process) HangUp() {
	p.open.Do(func() { close(p.done) })
	if p.conn != nil {
		p.conn.Close()
	}
	<-p.done
}
