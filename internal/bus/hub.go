package bus

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"hotreload/internal/fleet"
	"hotreload/internal/mailbox"
)

const (
	// lookAgain is the pause before what could not be published is tried again.
	lookAgain = 500 * time.Millisecond
	// maxWaiting is how many messages may wait for the loop. NATS drops what comes beyond.
	maxWaiting = 4096
)

// HubOptions are what a session's end of the bus is made of.
type HubOptions struct {
	Config  fleet.Config
	Server  string
	Public  string // the server's address for agents, if that is another one
	Project string // a token
	Root    string // of the session, for others to be told
	Dir     string // where artifacts are kept, private
	Key     Secrets
	Access  Access
	// Cross builds the version that a release is of for another platform.
	Cross func(ctx context.Context, platform string) (file string, err error)
}

// Hub is a session's end of the bus.
type Hub struct {
	options HubOptions
	began   int64 // tells the processes of its session from those of others
	conn    *Conn
	stores  stores
	kept    kept
	rollout fleet.Rollout

	commands *mailbox.Box[func(*Hub)]
	events   *mailbox.Box[fleet.Event]
	out      chan fleet.Event
	requests chan Request
	messages chan *nats.Msg
	work     sync.WaitGroup

	crossing crossing
	sending  sending // the release that is on its way to the store
	state    publishing
}

// publishing is what has become of the desired state.
type publishing struct {
	due  bool      // it has changed since it was last published
	at   time.Time // when that was
	lost bool      // the server may have lost where it is kept
	said bool      // that it cannot be published
}

// Request is a command from a client of the bus.
type Request struct {
	Data  []byte
	Reply func([]byte)
}

// OpenHub connects to the bus, and makes sure that no other session has the project.
func OpenHub(ctx context.Context, o HubOptions) (*Hub, error) {
	h := &Hub{
		options: o, began: time.Now().UnixNano(), sending: sending{plugins: map[string]string{}}, commands: mailbox.New[func(*Hub)](), events: newEvents(), out: make(chan fleet.Event),
		requests: make(chan Request), messages: make(chan *nats.Msg, maxWaiting),
	}
	var err error
	if h.kept, err = openKept(filepath.Join(o.Dir, "versions")); err != nil {
		return nil, err
	}
	h.conn, err = Dial(o.Server, o.Project, o.Access, func(up bool, err error) {
		h.commands.Put(func(h *Hub) { h.connected(up, err) })
	})
	if err != nil {
		return nil, err
	}
	if err := h.open(ctx); err != nil {
		h.conn.Close()
		return nil, err
	}
	return h, nil
}

// open prepares what Run needs.
func (h *Hub) open(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, askTimeout, fmt.Errorf("no NATS server has answered at %s within %v", h.options.Server, askTimeout))
	defer cancel()
	if err := h.conn.Await(ctx); err != nil {
		return err
	}
	if err := h.alone(ctx); err != nil {
		return err
	}
	var err error
	if h.stores, err = h.conn.makeStores(ctx); err != nil {
		return err
	}
	before, err := h.before(ctx)
	if err != nil {
		return err
	}
	h.rollout = fleet.NewRollout(h.options.Config, before)
	h.notePlugins(before.Stable)
	for _, subject := range []string{h.conn.statuses(), h.conn.prints(), h.conn.loaded(), h.conn.commands()} {
		if _, err := h.conn.nats.ChanSubscribe(subject, h.messages); err != nil {
			return err
		}
	}
	return h.conn.nats.FlushWithContext(ctx)
}

// who is a session, for another one.
type who struct {
	Host string `json:"host"`
	Root string `json:"root"`
	PID  int    `json:"pid"`
}

// alone makes sure that no other session has the project.
func (h *Hub) alone(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	m, err := h.conn.nats.RequestWithContext(ctx, h.conn.commands(), []byte(`{"command":"who"}`))
	if errors.Is(err, nats.ErrNoResponders) || errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	if err != nil {
		return err
	}
	var other who
	_ = json.Unmarshal(m.Data, &other) // another version of hotreload may say less
	return fmt.Errorf("a session of the project %q has the bus already: in %s on %s, as process %d; end it, or give this one a name of its own, with bus.project", h.options.Project, other.Root, other.Host, other.PID)
}

// before is what a former session of ours has published last.
func (h *Hub) before(ctx context.Context) (fleet.Desired, error) {
	none := fleet.Desired{Project: h.options.Project, Serial: time.Now().UnixMilli()}
	entry, err := h.stores.states.Get(ctx, desiredKey)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return none, nil
	}
	if err != nil {
		return none, explain(err)
	}
	before, err := verify(publicOf(h.options.Key), h.options.Project, entry.Value())
	if err != nil { // by another key; agents that were joined with ours ignore it
		return none, nil
	}
	before.Serial = max(before.Serial, none.Serial)
	return before, nil
}

// Address is what agents are joined by.
func (h *Hub) Address() Address {
	return Address{cmp.Or(h.options.Public, h.options.Server), h.options.Project, publicOf(h.options.Key)}
}

// Events are what happens to the instances. They must be received from until Run has returned.
func (h *Hub) Events() <-chan fleet.Event { return h.out }

// Requests are commands from other clients of the bus.
func (h *Hub) Requests() <-chan Request { return h.requests }

// Publish tells all who listen on the bus what happens in the session.
func (h *Hub) Publish(kind string, line []byte) {
	_ = h.conn.nats.Publish(h.conn.event(kind), line) // as long as the connection is down it is kept, up to a limit
}

// Set has all instances set a tunable, and those that come later.
func (h *Hub) Set(name, value string) {
	h.commands.Put(func(h *Hub) { h.follow(h.rollout.Set(fleet.Setting{Name: name, Value: value})) })
}

// Run serves the bus until the context ends.
func (h *Hub) Run(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	var passing sync.WaitGroup
	passing.Go(func() {
		for e := range h.events.All() {
			h.out <- e
		}
	})
	_ = h.conn.nats.Publish(h.conn.ask(), nil) // who is there?
	timer := time.NewTimer(signAgain)
	for running := true; running; {
		timer.Reset(h.wait(time.Now()))
		select {
		case <-ctx.Done():
			running = false
		case <-h.commands.Ready():
			for _, command := range h.commands.Take() {
				command(h)
			}
		case m := <-h.messages:
			h.take(ctx, m)
		case now := <-timer.C:
			h.follow(h.rollout.Tick(now))
			h.state.due = h.state.due || h.rollout.Desired.Stable != nil && now.Sub(h.state.at) >= signAgain
		}
		h.sendNext(ctx)
		h.cross(ctx)
		h.publishDesired(ctx)
	}
	timer.Stop()
	cancel()
	h.work.Wait()
	h.events.Close()
	passing.Wait()
	h.conn.Close()
}

// wait is for how long the loop has nothing to look at by itself.
func (h *Hub) wait(now time.Time) time.Duration {
	if h.state.due || h.sending.again {
		return lookAgain
	}
	if at := h.rollout.Deadline(); !at.IsZero() {
		return min(max(at.Sub(now), 0), signAgain)
	}
	return signAgain
}

// follow takes an outcome.
func (h *Hub) follow(r fleet.Rollout, o fleet.Outcome) {
	h.rollout = r
	h.state.due = h.state.due || o.Publish
	for _, e := range o.Events {
		h.events.Put(e)
	}
}

// connected takes the connection's ups and downs.
func (h *Hub) connected(up bool, err error) {
	if !up {
		text := "the connection to the bus is lost; it comes back by itself, and instances go on with what they have"
		if err != nil {
			text += ": " + err.Error()
		}
		h.events.Put(fleet.Noted{Text: text})
		return
	}
	h.state.lost, h.state.due = true, h.state.due || h.rollout.Desired.Stable != nil
	h.sending.again = h.rollout.Desired.Stable != nil
	_ = h.conn.nats.Publish(h.conn.ask(), nil)
}

// publishDesired publishes the desired state, if it has changed.
func (h *Hub) publishDesired(ctx context.Context) {
	if !h.state.due || !h.conn.nats.IsConnected() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	now := time.Now()
	text, err := sign(h.options.Key.Key, now, h.rollout.Desired)
	if err == nil && h.state.lost {
		_, err = h.conn.makeStores(ctx)
	}
	if err == nil {
		_, err = h.stores.states.Put(ctx, desiredKey, text)
	}
	if err != nil && ctx.Err() == nil && !h.state.said {
		h.state.said = true
		h.events.Put(fleet.Noted{Text: "the new state could not be published on the bus: " + explain(err).Error()})
	}
	if err == nil {
		h.state = publishing{at: now}
		_ = h.conn.nats.Publish(h.conn.told(), text)
	}
}

// take takes a message.
func (h *Hub) take(ctx context.Context, m *nats.Msg) {
	switch {
	case m.Subject == h.conn.commands():
		h.command(ctx, m)
	case m.Sub != nil && m.Sub.Subject == h.conn.prints():
		var p fleet.Printed
		if json.Unmarshal(m.Data, &p) == nil {
			h.events.Put(p)
		}
	case m.Sub != nil && m.Sub.Subject == h.conn.loaded():
		h.tellLoaded(m)
	default:
		var s fleet.Status
		if json.Unmarshal(m.Data, &s) == nil && Token(s.Name) == s.Name && s.Name != "" && isPlatform.MatchString(s.Platform) {
			h.follow(h.rollout.Hear(time.Now(), s))
		}
	}
}

// tellLoaded tells what an instance says of a plugin that its process has loaded.
func (h *Hub) tellLoaded(m *nats.Msg) {
	loaded := fleet.Loaded{Name: h.conn.nameIn(m.Subject)}
	if _, there := h.rollout.Instances[loaded.Name]; there && json.Unmarshal(m.Data, &loaded) == nil {
		h.events.Put(loaded)
	}
}

// command answers a command, or passes it on.
func (h *Hub) command(ctx context.Context, m *nats.Msg) {
	var asked struct {
		Command string `json:"command"`
	}
	_ = json.Unmarshal(m.Data, &asked) // what is wrong with it is told by whoever answers
	if asked.Command == "who" {
		host, _ := os.Hostname()
		text, err := json.Marshal(who{host, h.options.Root, os.Getpid()})
		if err == nil {
			_ = m.Respond(text)
		}
		return
	}
	h.work.Go(func() {
		select {
		case h.requests <- Request{m.Data, func(answer []byte) { _ = m.Respond(answer) }}:
		case <-ctx.Done():
		}
	})
}
