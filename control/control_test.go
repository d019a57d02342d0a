package control

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"hotreload/session"
)

// patience is how long a test waits for what is to come; it passes only when
// the test fails.
const patience = 20 * time.Second

// serving is a session as far as Serve can tell.
type serving struct {
	t        *testing.T
	claim    *Claim
	updates  chan session.Update
	commands chan session.Command
	served   chan struct{} // closed when Serve has returned
	over     sync.Once
}

// serve starts to serve a claim, until the test ends or calls end.
func serve(t *testing.T, c *Claim) *serving {
	s := &serving{
		t: t, claim: c,
		updates: make(chan session.Update), commands: make(chan session.Command), served: make(chan struct{}),
	}
	go func() {
		defer close(s.served)
		Serve(c, s.updates, s.commands)
	}()
	t.Cleanup(s.end)
	return s
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
		State: session.State{Root: "/project", Phase: session.Running, Gen: n},
	}
}

// output is an update of one line of n bytes.
func output(seq, n int) session.Update {
	u := update(seq)
	u.Event.Data = session.AppOutput{Stream: "stdout", Lines: []string{strings.Repeat("x", n)}}
	return u
}

// dialled is the other end of a client.
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

// connect connects, and returns when the session has answered: what it tells
// from then on must come.
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

// ask sends a line, and takes the next for the reply.
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
	for _, command := range session.Commands() {
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
	if r, err := Send(root, "dance"); err == nil || r.OK || !strings.Contains(err.Error(), `unknown command "dance"`) || !strings.HasSuffix(err.Error(), ", status") {
		t.Errorf("Send dance: %+v, %v", r, err)
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
		if err == nil || !strings.HasPrefix(err.Error(), "no session runs in "+root+";") {
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

func TestRequests(t *testing.T) {
	s, _ := start(t)
	d := connect(t, s.claim.Socket)
	for _, test := range []struct{ line, command, want string }{
		{`{"command":"dance"}`, "dance", `unknown command "dance"; it is one of rebuild, restart, pause, resume, quit, status`},
		{`{}`, "", `unknown command ""`},
		{`{"command":`, "", "not a request: "},
		{`rebuild`, "", `send for example {"command":"rebuild"}`},
		{`"rebuild"`, "", "not a request: "},
		{`{"command":7}`, "", "not a request: "},
		{``, "", "not a request: "},
	} {
		r := d.ask(test.line)
		if r.OK || r.Command != test.command || !strings.Contains(r.Error, test.want) {
			t.Errorf("the reply to %s is %+v, want %q in it", test.line, r, test.want)
		}
	}
	// The connection is as good as before.
	for _, command := range session.Commands() {
		if r := d.ask(fmt.Sprintf(`{"command":%q}`, command)); !r.OK || r.Command != string(command) || r.Error != "" {
			t.Errorf("the reply to %s is %+v", command, r)
		}
		if got := await(t, "command", s.commands); got != command {
			t.Errorf("%s led to %s", command, got)
		}
	}
	s.end()
	d.wantEOF()
}

// A client may ask and not wait for the answer.
func TestCommandOfClientThatIsGone(t *testing.T) {
	s, _ := start(t)
	d := connect(t, s.claim.Socket)
	if _, err := io.WriteString(d, `{"command":"pause"}`); err != nil { // not even the end of the line
		t.Fatal(err)
	}
	d.Close()
	if got := await(t, "command", s.commands); got != session.CommandPause {
		t.Errorf("pause led to %s", got)
	}
}

func TestUpdates(t *testing.T) {
	s, _ := start(t)
	s.tell(update(1)) // before anybody is there
	first := connect(t, s.claim.Socket)
	if got := first.status(); got.Gen != 1 || got.Phase != session.Running {
		t.Errorf("the state is %+v", got)
	}
	first.want(s.tell(update(2)))
	second := connect(t, s.claim.Socket)
	if got := second.status(); got.Gen != 2 {
		t.Errorf("the state is of %d, want 2", got.Gen)
	}

	lines := s.tell(session.Update{Event: session.Event{
		Seq: 3, Data: session.AppOutput{Stream: "stderr", Lines: []string{"a", "b"}},
	}})
	if strings.Count(lines, "\n") != 2 {
		t.Fatalf("%q are not two lines", lines)
	}
	// What is for screens alone is in the state and not in the stream.
	silent := update(5)
	silent.Event.Seq, silent.Event.Data = 0, session.Note{Text: "hush"}
	if got := s.tell(silent); got != "" {
		t.Fatalf("the line %q", got)
	}
	lines += s.tell(update(6))
	first.want(lines)
	second.want(lines)

	first.Close() // which is nothing to the second
	second.want(s.tell(update(7)))
	s.tell(silent)
	if got := second.status(); got.Gen != 5 {
		t.Errorf("the state is of %d, want the latest, 5", got.Gen)
	}

	lines = s.tell(update(8)) + s.tell(update(9))
	s.end()
	second.want(lines)
	second.wantEOF()
}

// A client that reads gets everything, however fast it comes.
func TestBurst(t *testing.T) {
	s, _ := start(t)
	d := connect(t, s.claim.Socket)
	const n = 20_000
	told := make(chan string, 1)
	go func() {
		var lines strings.Builder
		for i := range n {
			u := update(i + 1)
			s.updates <- u
			lines.Write(u.Event.AppendJSON(nil))
		}
		told <- lines.String()
	}()
	var got strings.Builder
	for i := range n {
		line, err := d.in.ReadString('\n')
		if err != nil {
			t.Errorf("%v, after %d lines of %d", err, i, n)
			break
		}
		got.WriteString(line)
	}
	if want := await(t, "end of the burst", told); got.String() != want {
		t.Error("the lines are not those of the updates")
	}
}

func TestManyClients(t *testing.T) {
	s, root := start(t)
	stop, told := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(told)
		for i := 1; ; i++ {
			select {
			case s.updates <- update(i):
			case <-stop:
				return
			case <-s.commands:
			}
		}
	}()
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			for i := range 10 {
				command := []string{"status", "pause", "status", "resume"}[i%4]
				if r, err := Send(root, command); err != nil || !r.OK {
					t.Errorf("Send %s: %+v, %v", command, r, err)
				}
			}
		})
	}
	clients.Wait()
	close(stop)
	<-told
}

// Clients come and ask while the session ends.
func TestEndUnderClients(t *testing.T) {
	s, _ := start(t)
	var clients sync.WaitGroup
	asked := make(chan struct{}, 100)
	for range 8 {
		clients.Go(func() {
			for {
				conn, err := net.Dial("unix", s.claim.Socket)
				if err != nil {
					return // it is over
				}
				_, _ = io.WriteString(conn, `{"command":"status"}`+"\n"+`{"command":"pause"}`+"\n")
				_, _ = bufio.NewReader(conn).ReadString('\n')
				conn.Close()
				select {
				case asked <- struct{}{}:
				default:
				}
			}
		})
	}
	for i := range 50 {
		await(t, "client", asked)
		s.tell(update(i + 1))
	}
	s.end()
	clients.Wait()
}

func TestClientThatNeverReads(t *testing.T) {
	s, _ := start(t)
	stalled := connect(t, s.claim.Socket)
	reader := connect(t, s.claim.Socket)
	const line = 1 << 20
	n := 0
	for ; n <= maxBehind/line+4; n++ { // more than the system's buffers and ours take
		reader.want(s.tell(output(n+1, line)))
	}
	got, err := io.Copy(io.Discard, stalled.in) // until it is hung up on
	if errors.Is(err, os.ErrDeadlineExceeded) || got >= int64(n)*line {
		t.Errorf("the client that did not read got %d bytes of %d, %v", got, n*line, err)
	}
	reader.want(s.tell(update(n + 1)))
	fresh := connect(t, s.claim.Socket)
	last := s.tell(update(n + 2))
	reader.want(last)
	fresh.want(last)
}

// pipes is a listener of connections that are made here, whose time is the test's.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return nil }

// mute is a connection whose other end says no more once hush is closed, but may
// read on.
type mute struct {
	net.Conn
	hush chan struct{}
}

func (m mute) Read([]byte) (int, error) {
	<-m.hush
	return 0, io.EOF
}

// Serve waits for clients that do not take their last lines, but not for long.
func TestFarewell(t *testing.T) {
	for name, halfClosed := range map[string]bool{"stalled": false, "stalled and says no more": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				listener := newPipes()
				updates := make(chan session.Update)
				served := make(chan struct{})
				go func() {
					defer close(served)
					Serve(&Claim{listener: listener}, updates, nil)
				}()
				here, there := net.Pipe()
				defer there.Close()
				hush := make(chan struct{})
				if halfClosed {
					here = mute{here, hush}
				}
				listener.conns <- here
				synctest.Wait()
				updates <- update(1)
				close(hush)
				synctest.Wait()
				begin := time.Now()
				close(updates)
				<-served
				if took := time.Since(begin); took > farewell {
					t.Errorf("Serve returned after %v, want at most %v", took, farewell)
				}
			})
		})
	}
}
