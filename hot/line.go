package hot

import (
	"encoding/json"
	"net"
	"os"
	"sync"

	"hotreload/hot/wire"
)

// line is the connection to hotreload that stays open.
type line struct {
	conn     net.Conn
	admitted chan wire.Go  // receives once; closed when the line is down
	done     chan struct{} // closed when its reader has ended

	mu  sync.Mutex
	out *json.Encoder
}

// attend opens the line, once. Nil: hotreload does not run this process, or is gone.
func (a *app) attend() *line {
	a.attendOnce.Do(func() {
		if a.sock == "" {
			return
		}
		conn, err := net.Dial("unix", a.sock)
		if err != nil {
			return // a variable left over from a session that has ended
		}
		l := &line{conn: conn, admitted: make(chan wire.Go, 1), done: make(chan struct{}), out: json.NewEncoder(conn)}
		if l.send(wire.Message{Attend: &wire.Attend{PID: os.Getpid()}}) != nil {
			conn.Close()
			return
		}
		a.line = l
		go func() { // ends with the connection, which hotreload holds as long as the process lives
			defer close(l.done)
			defer close(l.admitted)
			a.listenTo(l)
		}()
	})
	return a.line
}

// hangUp closes the line and waits for its reader.
func (l *line) hangUp() {
	l.conn.Close()
	<-l.done
}

func (l *line) send(m wire.Message) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.Encode(m)
}

// listenTo does what hotreload says, until it is gone.
func (a *app) listenTo(l *line) {
	admitted, drained := false, false
	for in := json.NewDecoder(l.conn); ; {
		var m wire.Message
		if in.Decode(&m) != nil {
			return
		}
		switch {
		case m.Go != nil && !admitted:
			admitted = true
			l.admitted <- *m.Go
		case m.Drain != nil && !drained:
			drained = true
			a.drain(l, *m.Drain)
		}
	}
}
