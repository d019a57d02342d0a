package control

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"hotreload/session"
)

func TestRequests(t *testing.T) {
	s, _ := start(t)
	d := connect(t, s.claim.Socket)
	for _, test := range []struct{ line, command, want string }{
		{`{"command":"dance"}`, "dance", `unknown command "dance"; it is one of rebuild, restart, pause, resume, quit, status, set`},
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
	for _, command := range session.Orders() {
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

// The client gets the answer to set. A set that is never answered ends with the session.
func TestSet(t *testing.T) {
	s, root := start(t)
	d := connect(t, s.claim.Socket)
	for _, test := range []struct{ line, name, value, want string }{
		{`{"command":"set","name":"a.b","value":"a text"}`, "a.b", "a text", ""},
		{`{"command":"set","name":"a","value":{"b": 1}}`, "a", `{"b": 1}`, ""},
		{`{"command":"set","name":"a","value":-1}`, "a", `-1`, ""},
		{`{"command":"set","name":"a","value":"wrong"}`, "a", "wrong", "it does not fit"},
		{`{"command":"set","name":"a"}`, "", "", `set takes a name and a value: {"command":"set","name":"limits.Rate","value":"25"}`},
	} {
		if r := d.ask(test.line); r.Error != test.want || r.OK != (test.want == "") || r.Command != "set" {
			t.Errorf("the reply to %s is %+v", test.line, r)
		}
		if test.name == "" {
			continue
		}
		if got := await(t, "set", s.sets); got[0] != test.name || got[1] != test.value {
			t.Errorf("%s set %q", test.line, got)
		}
	}
	long := strings.Repeat("x", maxRequest/2)
	if err := Set(root, "a", long); err != nil || (<-s.sets)[1] != long {
		t.Errorf("a long text: %v", err)
	}
	if err := Set(root, "a", long+long); err == nil || !strings.Contains(err.Error(), "it is longer than 1024 KB") {
		t.Errorf("a text that is too long: %v", err)
	}
	if err := Set(root, "a", `"quoted"`); err != nil || (<-s.sets)[1] != `"quoted"` {
		t.Errorf("a quoted text: %v", err)
	}
	if _, err := io.WriteString(d, `{"command":"set","name":"stuck","value":""}`+"\n"); err != nil {
		t.Fatal(err)
	}
	await(t, "set", s.sets)
	s.end()
}

// A client need not wait for the answer.
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

// Clients connect and ask while the session ends.
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

// pipes is a listener whose connections are net.Pipes, which follow the test's clock.
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

// mute is a connection whose other end sends nothing once hush is closed, but may still read.
type mute struct {
	net.Conn
	hush chan struct{}
}

func (m mute) Read([]byte) (int, error) {
	<-m.hush
	return 0, io.EOF
}

// Serve waits for clients that do not read their last lines, but not for long.
func TestFarewell(t *testing.T) {
	for name, halfClosed := range map[string]bool{"stalled": false, "stalled and says no more": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				listener := newPipes()
				updates := make(chan session.Update)
				served := make(chan struct{})
				go func() {
					defer close(served)
					Serve(&Claim{listener: listener}, updates, nil, nil)
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

// exhausted fails to accept once, as when too many files are open.
type exhausted struct {
	net.Listener
	failed bool
}

func (e *exhausted) Accept() (net.Conn, error) {
	if !e.failed {
		e.failed = true
		return nil, os.NewSyscallError("accept4", syscall.EMFILE)
	}
	return e.Listener.Accept()
}

func TestAcceptsAgain(t *testing.T) {
	runtimeDir(t)
	c := claim(t, t.TempDir())
	c.listener = &exhausted{Listener: c.listener}
	serve(t, c)
	connect(t, c.Socket)
}

// A session that hangs is not waited for.
func TestSendToOneThatHangs(t *testing.T) {
	runtimeDir(t)
	root := t.TempDir()
	claim(t, root) // and never served
	conn, lock, err := find(root, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, err = exchange(conn, lock, time.Millisecond, request{Command: "status"})
	if err == nil || !strings.HasPrefix(err.Error(), "the session did not answer status within 1ms") {
		t.Errorf("got %v", err)
	}
}
