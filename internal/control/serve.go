package control

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"hotreload/internal/mailbox"
	"hotreload/session"
)

// acceptAgain is the pause after a connection that could not be accepted.
const acceptAgain = 50 * time.Millisecond

// maxRequest bounds a request. The value of a tunable may be a whole document.
const maxRequest = 1 << 20

// Setter sets a tunable of the running app.
type Setter func(ctx context.Context, name, value string) error

// Serve sends updates to the claim's clients, and passes on their commands, until the
// updates end. Then it lets the clients take the last lines, and closes the socket.
func Serve(c *Claim, updates <-chan session.Update, commands chan<- session.Command, set Setter) {
	ctx, cancel := context.WithCancelCause(context.Background())
	s := &server{
		commands: commands,
		set:      set,
		ctx:      ctx,
		joined:   make(chan *client),
		left:     make(chan *client),
		asked:    make(chan question),
		done:     make(chan struct{}),
	}
	var work sync.WaitGroup
	work.Go(func() { s.accept(c.listener, &work) })
	s.run(updates)
	close(s.done)
	cancel(errors.New("the session is over"))
	c.listener.Close()
	work.Wait()
}

type server struct {
	commands chan<- session.Command
	set      Setter
	ctx      context.Context // ends with the session
	joined   chan *client
	left     chan *client
	asked    chan question
	done     chan struct{} // closed when the session is over
}

// question is a request that the server answers itself.
type question struct {
	from    *client
	command string
}

// run is the one owner of the list of clients and of the latest state.
func (s *server) run(updates <-chan session.Update) {
	clients := map[*client]bool{}
	var state session.State
	for {
		select {
		case u, ok := <-updates:
			if !ok {
				for c := range clients {
					c.dismiss()
				}
				return
			}
			state = u.State
			if len(clients) == 0 {
				continue // output may come fast
			}
			if line := u.Event.AppendJSON(nil); len(line) > 0 {
				for c := range clients {
					c.put(line)
				}
			}
		case c := <-s.joined:
			clients[c] = true
		case c := <-s.left:
			delete(clients, c)
			c.dismiss()
		case q := <-s.asked:
			q.from.reply(Reply{Command: q.command, OK: true, State: &state})
		}
	}
}

func (s *server) accept(listener net.Listener, work *sync.WaitGroup) {
	for {
		conn, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return // the session is over
		}
		if err != nil { // no more files may be open, for now
			select {
			case <-time.After(acceptAgain):
				continue
			case <-s.done:
				return
			}
		}
		c := &client{conn: conn, lines: mailbox.New[[]byte]()}
		select {
		case s.joined <- c:
		case <-s.done:
			conn.Close()
			return
		}
		work.Go(c.write)
		work.Go(func() { s.read(c) })
	}
}

// read takes a client's requests until the client hangs up. What follows a line that is too long
// is passed over.
func (s *server) read(c *client) {
	lines := bufio.NewScanner(c.conn)
	lines.Buffer(nil, maxRequest)
	for lines.Scan() {
		if !s.take(c, lines.Bytes()) {
			return
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		c.reply(notARequest(fmt.Errorf("it is longer than %d KB", maxRequest>>10)))
		_, _ = io.Copy(io.Discard, c.conn) // closed before it is read, the answer would be lost
	}
	select {
	case s.left <- c:
	case <-s.done:
	}
}

// take acts on one request. It returns false when the session is over.
func (s *server) take(c *client, line []byte) bool {
	var r request
	if err := json.Unmarshal(line, &r); err != nil {
		c.reply(notARequest(err))
		return true
	}
	if r.Command == "status" {
		select {
		case s.asked <- question{c, r.Command}:
			return true
		case <-s.done:
			return false
		}
	}
	if r.Command == "set" {
		c.reply(r.tune(s.ctx, s.set))
		return true
	}
	command, err := session.ParseOrder(r.Command)
	if err != nil {
		c.reply(Reply{Command: r.Command, Error: err.Error() + ", status, set"})
		return true
	}
	c.reply(Reply{Command: r.Command, OK: true})
	select {
	case s.commands <- command:
		return true
	case <-s.done:
		return false
	}
}

func notARequest(err error) Reply {
	return Reply{Error: fmt.Sprintf(`not a request: %v; send for example {"command":"rebuild"}`, err)}
}

// tune sets a tunable. Only its client waits for that.
func (r request) tune(ctx context.Context, set Setter) Reply {
	answer := Reply{Command: r.Command, OK: true}
	value := string(r.Value)
	var text string
	if json.Unmarshal(r.Value, &text) == nil {
		value = text
	}
	err := errors.New(`set takes a name and a value: {"command":"set","name":"limits.Rate","value":"25"}`)
	if r.Name != "" && r.Value != nil {
		err = set(ctx, r.Name, value)
	}
	if err != nil {
		answer.OK, answer.Error = false, err.Error()
	}
	return answer
}
