// Package control is the way into a running session: a unix socket that tells
// whoever connects what happens, as lines of JSON, and takes commands.
//
//	updates ──▶ server ──▶ a mailbox for each client ──▶ lines of JSON
//	commands ◀─────┘ ◀── requests, a line of JSON each
//
// In go updates and connections; out come lines of JSON and Commands. What always holds: a
// project, known by its root, has one session; only the user who runs it can connect; a
// client that does not read is disconnected and slows down nothing.
package control

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"hotreload/internal/mailbox"
	"hotreload/session"
)

const (
	// maxBehind is how much may wait for a client before it is disconnected.
	maxBehind = 16 << 20
	// farewell bounds the wait for clients to take the last lines.
	farewell = 2 * time.Second
	// release bounds the wait for a session that has ended to release its project.
	release = 5 * time.Second
)

// request is one line that a client sends.
type request struct {
	Command string          `json:"command"`
	Name    string          `json:"name,omitempty"`  // of set
	Value   json.RawMessage `json:"value,omitempty"` // of set: a text as it would be typed, or any other JSON
}

// Setter sets a tunable of the running app.
type Setter func(ctx context.Context, name, value string) error

// Reply answers one request. It has no seq, because it is not an event.
type Reply struct {
	V       int            `json:"v"`
	Type    string         `json:"type"` // "reply"
	Command string         `json:"command"`
	OK      bool           `json:"ok"`
	Error   string         `json:"error,omitempty"`
	State   *session.State `json:"state,omitempty"` // of the command status
}

// Serve sends updates to the claim's clients, and passes on their commands, until the updates
// end. Then it lets the clients have their last lines and closes the socket.
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

// question is a request that the server itself answers.
type question struct {
	from    *client
	command string
}

// client is one connection.
type client struct {
	conn   net.Conn
	lines  *mailbox.Box[[]byte] // closed when no more events will come
	behind atomic.Int64         // bytes in lines and on their way
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
				continue // and output may come fast
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
		if err != nil {
			return // closed, when the session is over
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

// write sends the client its lines, to the last. When that fails it closes the
// connection, which the client's reader notices.
func (c *client) write() {
	defer c.conn.Close() // also ends read
	for range c.lines.Ready() {
		lines := net.Buffers(c.lines.Take())
		var size int64
		for _, line := range lines {
			size += int64(len(line))
		}
		if _, err := lines.WriteTo(c.conn); err != nil {
			c.conn.Close()
		}
		c.behind.Add(-size)
	}
}

// dismiss disconnects a client once it has the lines that wait for it, or after a while.
func (c *client) dismiss() {
	_ = c.conn.SetDeadline(time.Now().Add(farewell))
	c.lines.Close()
}

// read takes a client's requests until it hangs up.
func (s *server) read(c *client) {
	for lines := bufio.NewScanner(c.conn); lines.Scan(); {
		if !s.take(c, lines.Bytes()) {
			return
		}
	}
	select {
	case s.left <- c:
	case <-s.done:
	}
}

// take acts on one request; false when the session is over.
func (s *server) take(c *client, line []byte) bool {
	var r request
	if err := json.Unmarshal(line, &r); err != nil {
		c.reply(Reply{Error: fmt.Sprintf(`not a request: %v; send for example {"command":"rebuild"}`, err)})
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
		s.tune(c, r)
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

// tune sets a tunable. Only its client waits meanwhile.
func (s *server) tune(c *client, r request) {
	answer := Reply{Command: r.Command, OK: true}
	value := string(r.Value)
	var text string
	if json.Unmarshal(r.Value, &text) == nil {
		value = text
	}
	err := errors.New(`set takes a name and a value: {"command":"set","name":"limits.Rate","value":"25"}`)
	if r.Name != "" && r.Value != nil {
		err = s.set(s.ctx, r.Name, value)
	}
	if err != nil {
		answer.OK, answer.Error = false, err.Error()
	}
	c.reply(answer)
}

func (c *client) reply(r Reply) {
	r.V, r.Type = 1, "reply"
	line, err := json.Marshal(r)
	if err != nil {
		panic(err) // plain structs of strings and numbers
	}
	c.put(append(line, '\n'))
}

// put queues a line. A client that is too far behind is disconnected.
func (c *client) put(line []byte) {
	if c.behind.Add(int64(len(line))) > maxBehind {
		c.conn.Close()
		return
	}
	c.lines.Put(line)
}

// Send asks the session that runs for dir, or for a directory above it, to do a
// command, and returns its answer. After quit it returns when the session is over.
func Send(dir, command string) (Reply, error) { return ask(dir, request{Command: command}) }

// Set asks the session that runs for dir to set a tunable of its app.
func Set(dir, name, value string) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	_, err = ask(dir, request{Command: "set", Name: name, Value: text})
	return err
}

func ask(dir string, asked request) (Reply, error) {
	command := asked.Command
	conn, lock, err := find(dir)
	if err != nil {
		return Reply{}, err
	}
	defer conn.Close()
	line, err := json.Marshal(asked)
	if err != nil {
		return Reply{}, err
	}
	if _, err := conn.Write(append(line, '\n')); err != nil {
		return Reply{}, fmt.Errorf("ask the session to %s: %w", command, err)
	}
	in := json.NewDecoder(conn)
	reply, err := awaitReply(in)
	if err != nil {
		return Reply{}, fmt.Errorf("the session ended before it answered to %s", command)
	}
	if !reply.OK {
		return reply, errors.New(reply.Error)
	}
	if command == string(session.CommandQuit) {
		for err == nil {
			err = in.Decode(&struct{}{})
		}
		// The project is free a moment later, unless another session claims it at once.
		ctx, cancel := context.WithTimeout(context.Background(), release)
		defer cancel()
		_, _ = lock.TryRLockContext(ctx, 5*time.Millisecond)
		_ = lock.Unlock()
	}
	return reply, nil
}

// awaitReply skips events. Their fields may have the names of a reply's.
func awaitReply(in *json.Decoder) (Reply, error) {
	for {
		var line json.RawMessage
		if err := in.Decode(&line); err != nil {
			return Reply{}, err
		}
		var kind struct {
			Type string `json:"type"`
		}
		if err := json.Unmarshal(line, &kind); err != nil || kind.Type != "reply" {
			continue
		}
		var reply Reply
		err := json.Unmarshal(line, &reply)
		return reply, err
	}
}
