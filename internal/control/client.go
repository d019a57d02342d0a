package control

import (
	"encoding/json"
	"net"
	"sync/atomic"
	"time"

	"hotreload/internal/mailbox"
)

const (
	// maxBehind is how much may wait for a client before it is disconnected.
	maxBehind = 16 << 20
	// farewell bounds the wait for clients to take the last lines.
	farewell = 2 * time.Second
)

// client is one connection.
type client struct {
	conn   net.Conn
	lines  *mailbox.Box[[]byte] // closed when no more events will come
	behind atomic.Int64         // bytes in lines and on their way
}

// write sends the client its lines, including the last. If that fails it closes the
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

func (c *client) reply(r Reply) {
	c.put(append(r.line(), '\n'))
}

// line is the reply as JSON, without a newline.
func (r Reply) line() []byte {
	r.V, r.Type = 1, "reply"
	line, err := json.Marshal(r)
	if err != nil {
		panic(err) // plain structs of strings and numbers
	}
	return line
}

// put queues a line. A client that is too far behind is disconnected.
func (c *client) put(line []byte) {
	if c.behind.Add(int64(len(line))) > maxBehind {
		c.conn.Close()
		return
	}
	c.lines.Put(line)
}
