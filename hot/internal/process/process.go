// Package process is this process's line to hotreload, which all that an app imports of
// hotreload has in common.
//
// In go what the parts of the app's side have to say, and what hotreload says; out come
// the same, each at the other end. What always holds: there is one line a process,
// opened when somebody has something to say; each message that comes in is heard by
// all who asked for it before; changes are told to everybody, one at a time. Without
// hotreload nothing is sent and nothing comes.
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
	done    chan struct{} // closed when the line is down
	changes changes

	hearing sync.Mutex
	hearers []func(wire.Message)

	sending sync.Mutex
	out     *json.Encoder
}

// This is the one that we are.
var This = sync.OnceValue(func() *Process { return New(os.Getenv(wire.SockEnv)) })

// New is a process whose hotreload has its socket at a path; empty: nobody runs it.
func New(sock string) *Process { return &Process{Sock: sock, done: make(chan struct{})} }

// Hear has each message from hotreload handed to f from now on, one at a time. It must
// not take long: nothing else is heard meanwhile.
func (p *Process) Hear(f func(wire.Message)) {
	p.hearing.Lock()
	defer p.hearing.Unlock()
	p.hearers = append(p.hearers, f)
}

// Attend opens the line, once, and reports whether there is one.
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

// Done is closed when there is no line, or no more.
func (p *Process) Done() <-chan struct{} {
	p.Attend()
	return p.done
}

// Send says something to hotreload.
func (p *Process) Send(m wire.Message) error {
	if !p.Attend() {
		return ErrNoLine
	}
	p.sending.Lock()
	defer p.sending.Unlock()
	return p.out.Encode(m)
}

// listen hands on what hotreload says, until it is gone.
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
		return wire.Answer{}, errors.New("hotreload gave another answer than was asked for")
	}
	return *m.Answer, nil
}

// HangUp closes the line, and returns when nothing is heard any more.
func (p *Process) HangUp() {
	p.open.Do(func() { close(p.done) })
	if p.conn != nil {
		p.conn.Close()
	}
	<-p.done
}
