package control

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hotreload/session"
)

// patience is how long a test waits for something to happen. It elapses only if the test
// fails.
const patience = 20 * time.Second

// serving stands for a session.
type serving struct {
	t        *testing.T
	claim    *Claim
	updates  chan session.Update
	commands chan session.Command
	sets     chan []string // the name and the value of each request to set a tunable
	served   chan struct{} // closed when Serve has returned
	over     sync.Once
}

// serve starts to serve a claim, until the test ends or calls end.
func serve(t *testing.T, c *Claim) *serving {
	s := &serving{
		t: t, claim: c,
		updates: make(chan session.Update), commands: make(chan session.Command), sets: make(chan []string, 1), served: make(chan struct{}),
	}
	go func() {
		defer close(s.served)
		Serve(c, s.updates, s.commands, s.set)
	}()
	t.Cleanup(s.end)
	return s
}

// set records what it is asked to set; the tunable "stuck" never answers.
func (s *serving) set(ctx context.Context, name, value string) error {
	s.sets <- []string{name, value}
	if name == "stuck" {
		<-ctx.Done()
		return context.Cause(ctx)
	}
	if value == "wrong" {
		return errors.New("it does not fit")
	}
	return nil
}

// start serves a new project.
func start(t *testing.T) (s *serving, root string) {
	t.Helper()
	runtimeDir(t)
	root = t.TempDir()
	return serve(t, claim(t, root)), root
}

// end ends the updates and waits until Serve has returned.
func (s *serving) end() {
	s.t.Helper()
	s.over.Do(func() { close(s.updates) })
	await(s.t, "Serve's return", s.served)
}

// tell sends an update, and returns the lines that clients should be sent.
func (s *serving) tell(u session.Update) string {
	s.t.Helper()
	select {
	case s.updates <- u:
	case <-time.After(patience):
		s.t.Fatal("Serve takes no updates any more")
	}
	return string(u.Event.AppendJSON(nil))
}

// await receives from a channel.
func await[T any](t *testing.T, what string, from <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-from:
	case <-time.After(patience):
		t.Fatalf("no %s", what)
	}
	return v
}

// update is the n'th of a session.
func update(n int) session.Update {
	return session.Update{
		Event: session.Event{
			Seq: int64(n), Gen: n, Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Data: session.AppStart{PID: n},
		},
		State: session.State{View: session.View{Root: "/project", Phase: session.Running, Gen: n}},
	}
}

// output is an update of one line of n bytes.
func output(seq, n int) session.Update {
	u := update(seq)
	u.Event.Data = session.AppOutput{Stream: "stdout", Lines: []string{strings.Repeat("x", n)}}
	return u
}

// dialled is a client's end of a connection.
type dialled struct {
	t *testing.T
	net.Conn
	in *bufio.Reader
}

func wrap(t *testing.T, conn net.Conn) *dialled {
	t.Helper()
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return &dialled{t, conn, bufio.NewReader(conn)}
}

// connect connects, and returns when the session has answered: all later events must come.
func connect(t *testing.T, socket string) *dialled {
	t.Helper()
	conn, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	d := wrap(t, conn)
	d.status()
	return d
}

func (d *dialled) status() *session.State {
	d.t.Helper()
	r := d.ask(`{"command":"status"}`)
	if !r.OK || r.Command != "status" || r.State == nil {
		d.t.Fatalf("the reply to status is %+v", r)
	}
	return r.State
}

// ask sends a line, and takes the next line as the reply.
func (d *dialled) ask(line string) Reply {
	d.t.Helper()
	if _, err := io.WriteString(d, line+"\n"); err != nil {
		d.t.Fatal(err)
	}
	var r Reply
	text := d.line()
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		d.t.Fatal(err)
	}
	if r.Type != "reply" || r.V != 1 {
		d.t.Fatalf("%s is no reply", text)
	}
	return r
}

func (d *dialled) line() string {
	d.t.Helper()
	line, err := d.in.ReadString('\n')
	if err != nil {
		d.t.Fatalf("after %q: %v", line, err)
	}
	return line
}

func (d *dialled) want(lines string) {
	d.t.Helper()
	var got strings.Builder
	for range strings.Count(lines, "\n") {
		got.WriteString(d.line())
	}
	if diff := cmp.Diff(lines, got.String()); diff != "" {
		d.t.Fatalf("-want +got:\n%s", diff)
	}
}

func (d *dialled) wantEOF() {
	d.t.Helper()
	if rest, err := io.ReadAll(d.in); err != nil || len(rest) > 0 {
		d.t.Errorf("%q, %v; want the end", rest, err)
	}
}

// sent is what Send returned.
type sent struct {
	reply Reply
	err   error
}

func send(dir, command string) <-chan sent {
	done := make(chan sent, 1)
	go func() {
		reply, err := Send(dir, command)
		done <- sent{reply, err}
	}()
	return done
}

func TestSendCommands(t *testing.T) {
	s, root := start(t)
	for _, command := range session.Orders() {
		if command == session.CommandQuit {
			continue // see TestSendQuit
		}
		done := send(root, string(command))
		if got := await(t, "command", s.commands); got != command {
			t.Errorf("Send %s led to %s", command, got)
		}
		want := sent{Reply{V: 1, Type: "reply", Command: string(command), OK: true}, nil}
		if got := await(t, "reply", done); got != want {
			t.Errorf("Send %s: %+v, want %+v", command, got, want)
		}
	}
	if r, err := Send(root, "dance"); err == nil || r.OK || !strings.Contains(err.Error(), `unknown command "dance"`) || !strings.HasSuffix(err.Error(), ", status, set") {
		t.Errorf("Send dance: %+v, %v", r, err)
	}
}

// Events that come before the reply may have fields of the same names but other types.
func TestAwaitReply(t *testing.T) {
	in := json.NewDecoder(strings.NewReader(`{"v":1,"type":"generate.start","command":["templ","generate"]}
{"v":1,"type":"reply","command":"pause","ok":true}
`))
	want := Reply{V: 1, Type: "reply", Command: "pause", OK: true}
	if got, err := awaitReply(in); got != want || err != nil {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
}

func TestSendFromBelow(t *testing.T) {
	s, root := start(t)
	s.tell(update(7))
	below := filepath.Join(root, "a", "b")
	if err := os.MkdirAll(below, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{root, below, filepath.Join(root, "not", "there")} {
		r, err := Send(dir, "status")
		if err != nil || r.State == nil || r.State.Gen != 7 {
			t.Errorf("Send from %s: %+v, %v", dir, r, err)
		}
	}
}

func TestSendToTheNearest(t *testing.T) {
	_, outer := start(t)
	inner := filepath.Join(outer, "inner")
	if err := os.Mkdir(inner, 0o755); err != nil {
		t.Fatal(err)
	}
	s := serve(t, claim(t, inner))
	s.tell(update(3))
	if r, err := Send(inner, "status"); err != nil || r.State.Gen != 3 {
		t.Errorf("%+v, %v; want the state of the inner session", r, err)
	}
}

func TestSendWithoutSession(t *testing.T) {
	runtimeDir(t)
	root := t.TempDir()
	check := func(when string) {
		t.Helper()
		_, err := Send(root, "rebuild")
		if err == nil || !strings.HasPrefix(err.Error(), "no session is running in "+root+";") {
			t.Errorf("Send %s a session: %v", when, err)
		}
	}
	check("before")
	c := claim(t, root)
	s := serve(t, c)
	s.end()
	c.Close()
	check("after")
}

func TestSendQuit(t *testing.T) {
	s, root := start(t)
	done := send(root, "quit")
	if got := await(t, "command", s.commands); got != session.CommandQuit {
		t.Fatalf("Send quit led to %s", got)
	}
	early := func(when string) {
		t.Helper()
		select {
		case got := <-done:
			t.Fatalf("Send returned %+v %s", got, when)
		default:
		}
	}
	early("before the session was over")
	s.tell(update(1))
	early("before the session was over")
	s.end()
	early("before the project was free")
	s.claim.Close()
	if got := await(t, "return of Send", done); got.err != nil || !got.reply.OK {
		t.Errorf("Send quit: %+v", got)
	}
	claim(t, root) // at once
}

func TestSessionEndsUnderSend(t *testing.T) {
	s, root := start(t)
	done := send(root, "rebuild") // which the session does not take
	conn := connect(t, s.claim.Socket)
	s.end()
	conn.wantEOF()
	// Whether it was answered is a matter of timing; that it returns is not.
	if got := await(t, "return of Send", done); got.err == nil && !got.reply.OK {
		t.Errorf("Send: %+v", got)
	}
}
