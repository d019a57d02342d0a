//go:build unix

package runner

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"hotreload/internal/proxy"
)

// newSwapStage runs a target whose apps can talk to it.
func newSwapStage(t *testing.T) *stage {
	t.Helper()
	return newSwapStageWith(t, nil)
}

// newSwapStageWith has a proxy in front of them, unless it is nil.
func newSwapStageWith(t *testing.T, p *proxy.Proxy) *stage {
	t.Helper()
	dir, err := os.MkdirTemp("", "hr") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return newStage(t, func(target *Target) { target.options.SocketDir, target.options.Proxy = dir, p }).listen()
}

// swapped requests an app that may run beside the one before it. It answers with its name.
func swapped(t *testing.T, gen int, app, address, name string, more ...string) Request {
	r := request(t, gen, app, append([]string{address, name}, more...)...)
	r.Listens, r.Strategy = true, Socket
	r.Config.ReadyTimeout = time.Hour
	return r
}

// ask sends the app a request over a new connection.
func ask(t *testing.T, address, path string) string {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get("http://" + address + path)
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("an incomplete answer: %v", err)
	}
	return string(body)
}

// first runs a first version until it serves.
func (s *stage) first(r Request) Ready {
	s.t.Helper()
	s.run(r)
	ready := next[Ready](s)
	if !ready.Shared || ready.Swap != nil {
		s.t.Errorf("%+v, want one that shares and took over from none", ready)
	}
	return ready
}

// succeed has a version take over from the one before.
func (s *stage) succeed(r Request) Ready {
	s.t.Helper()
	s.run(r)
	ready := next[Ready](s)
	if ready.Gen != r.Gen || !ready.Shared || ready.Swap == nil || ready.Swap.Strategy != "socket" {
		s.t.Fatalf("%+v, want that version %d took over", ready, r.Gen)
	}
	return ready
}

func TestSwap(t *testing.T) {
	s := newSwapStage(t)
	address, _ := reserve(t)
	if r := s.first(swapped(t, 1, "serve", address, "one")); r.Via != "accept" || r.Address != address {
		t.Errorf("%+v, want ready via accept at %s", r, address)
	}
	if got := ask(t, address, "/"); got != "one" {
		t.Errorf("%s answers, want one", got)
	}
	s.succeed(swapped(t, 2, "serve", address, "two"))
	e := next[Exited](s)
	if e.Gen != 1 || !e.Expected || e.Code != 0 || e.Signal != "" {
		t.Errorf("%+v, want the end of version 1 in good order", e)
	}
	s.printed(1, "ended in good order")
	if got := ask(t, address, "/"); got != "two" {
		t.Errorf("%s answers, want two", got)
	}
	s.endProbation(2)
}

// A request is answered by the version that it was sent to.
func TestSwapWaitsForARequest(t *testing.T) {
	s := newSwapStage(t)
	address, _ := reserve(t)
	s.first(swapped(t, 1, "serve", address, "one"))
	answer := make(chan string)
	go func() { answer <- ask(t, address, "/slow") }()
	s.printed(1, "slow")
	s.succeed(swapped(t, 2, "serve", address, "two"))
	if got := ask(t, address, "/"); got != "two" {
		t.Errorf("%s answers while the old version ends, want two", got)
	}
	s.write("now")
	if got := <-answer; got != "one" {
		t.Errorf("the slow answer is %q, want one", got)
	}
	next[Exited](s)
}

// A client that sends its next request on an idle connection gets an answer that closes it.
func TestSwapKeepsIdleConnections(t *testing.T) {
	s := newSwapStage(t)
	address, _ := reserve(t)
	s.first(swapped(t, 1, "serve", address, "one"))
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	for _, closes := range []bool{false, true} {
		if _, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: app\r\nContent-Length: 0\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		response, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(response.Body)
		if string(body) != "one" || response.Close != closes {
			t.Errorf("answer %q with close %t, want one with %t", body, response.Close, closes)
		}
		if !closes {
			s.succeed(swapped(t, 2, "serve", address, "two"))
		}
	}
	next[Exited](s)
}

// A version that crashes before it accepts, or never accepts, does not disturb the old one.
func TestSwapThatFails(t *testing.T) {
	for name, test := range map[string]struct {
		app, words, hint string
		code             int
	}{
		"crashes":     {"crashes", "I crash\n", "", 7},
		"never ready": {"never", "up\n", "it was not ready within 1s and was killed (runner.ready_timeout)", -1},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSwapStage(t)
			address, _ := reserve(t)
			s.first(swapped(t, 1, "serve", address, "one"))
			r := swapped(t, 2, test.app, address, "two")
			r.Config.ReadyTimeout = time.Second
			s.run(r)
			e := next[Exited](s)
			if e.Gen != 2 || e.Expected || e.Code != test.code || e.LastWords != test.words || e.Hint != test.hint || e.Rollback {
				t.Errorf("%+v, want its crash with %q and the hint %q", e, test.words, test.hint)
			}
			if got := ask(t, address, "/"); got != "one" {
				t.Errorf("%s answers, want one", got)
			}
			s.succeed(swapped(t, 3, "serve", address, "three"))
			next[Exited](s)
			if got := ask(t, address, "/"); got != "three" {
				t.Errorf("%s answers, want three", got)
			}
		})
	}
}

// A handler that never ends neither keeps the old version alive nor holds up the new one.
func TestHandlerThatNeverEnds(t *testing.T) {
	s := newSwapStage(t)
	const drain = 200 * time.Millisecond
	s.shorten(func(p *patience) { p.drain = drain })
	address, _ := reserve(t)
	s.first(swapped(t, 1, "serve", address, "one"))
	response, err := http.Get("http://" + address + "/hang")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	s.succeed(swapped(t, 2, "serve", address, "two"))
	if got := ask(t, address, "/"); got != "two" {
		t.Errorf("%s answers, want two", got)
	}
	exits := s.endProbation(2)
	if len(exits) == 0 {
		exits = []Exited{next[Exited](s)}
	}
	cut := fmt.Sprintf("1 of the requests under way had not ended after %v", drain)
	if e := exits[0]; e.Gen != 1 || !e.Expected || !strings.Contains(s.all(1), cut) {
		t.Errorf("%+v having printed %q, want that it says what it cut", e, s.all(1))
	}
}

// An app that expects systemd's protocol works as it is; it is ready when it
// accepts, not when it has the listener.
func TestActivation(t *testing.T) {
	s := newSwapStage(t)
	address, _ := reserve(t)
	activated := func(gen int, name string, more ...string) Request {
		r := swapped(t, gen, "activated", address, name, more...)
		r.Config.Listen = []string{"web=" + address}
		return r
	}
	if r := s.first(activated(1, "one")); r.Via != "accept" || r.Address != address {
		t.Errorf("%+v, want ready via accept at %s", r, address)
	}
	s.printed(1, "named web\n")
	s.run(activated(2, "two", "slow"))
	s.printed(2, "up")
	if got := ask(t, address, "/"); got != "one" {
		t.Errorf("%s answers before the new version accepts, want one", got)
	}
	s.write("now")
	if r := next[Ready](s); r.Gen != 2 || r.Swap == nil {
		t.Errorf("%+v, want that version 2 took over", r)
	}
	if e := next[Exited](s); e.Gen != 1 || !e.Expected || e.Code != 0 {
		t.Errorf("%+v, want the end of version 1 in good order", e)
	}
	s.printed(1, "ended in good order")
	if got := ask(t, address, "/"); got != "two" {
		t.Errorf("%s answers, want two", got)
	}
}

// An app that has a listener from hot but its own shutdown is asked to end by signal.
func TestOwnShutdown(t *testing.T) {
	s := newSwapStage(t)
	address, _ := reserve(t)
	s.first(swapped(t, 1, "own shutdown", address, "one"))
	s.succeed(swapped(t, 2, "own shutdown", address, "two"))
	next[Exited](s)
	s.printed(1, "ended in good order")
}

// Of several requests in a row the newest serves in the end, and no client is refused.
func TestSwapThatIsOvertaken(t *testing.T) {
	s := newSwapStage(t)
	address, _ := reserve(t)
	s.first(swapped(t, 1, "serve", address, "one"))
	s.run(swapped(t, 2, "never", address, "two"))
	s.printed(2, "up")
	s.target.Apply(swapped(t, 3, "serve", address, "three"))
	if e := next[Exited](s); e.Gen != 2 || !e.Expected {
		t.Errorf("%+v, want the end of version 2, as asked", e)
	}
	if e := next[Started](s); e.Gen != 3 {
		t.Errorf("%+v, want the start of version 3", e)
	}
	next[Ready](s)
	next[Exited](s)
	if got := ask(t, address, "/"); got != "three" {
		t.Errorf("%s answers, want three", got)
	}
}

// An app that may no longer swap opens its port by itself.
func TestRestartAfterASwap(t *testing.T) {
	s := newSwapStage(t)
	address, _ := reserve(t)
	s.first(swapped(t, 1, "serve", address, "one"))
	r := request(t, 2, "port", address)
	r.Listens, r.Config.ReadyTimeout = true, time.Hour
	s.target.Apply(r)
	if e := next[Exited](s); e.Gen != 1 || e.Code != 0 {
		t.Errorf("%+v, want the end of version 1 in good order", e)
	}
	next[Started](s)
	s.write("listen")
	if e := next[Ready](s); e.Via != "port" || e.Shared {
		t.Errorf("%+v, want a port of its own", e)
	}
}

// An app that opens another port first can be swapped all the same.
func TestSwapOfAnAppWithADebugPort(t *testing.T) {
	s := newSwapStage(t)
	address, _ := reserve(t)
	s.run(swapped(t, 1, "debug port", address, "one"))
	if e := next[Ready](s); e.Via != "port" || e.Shared {
		t.Errorf("%+v, want a port of its own", e)
	}
	s.write("now the other")
	if e := next[Shares](s); e.Gen != 1 {
		t.Errorf("%+v, want that version 1 shares", e)
	}
	if got := ask(t, address, "/"); got != "one" {
		t.Errorf("%s answers, want one", got)
	}
	s.target.Apply(swapped(t, 2, "serve", address, "two"))
	for { // where version 1 listens may be told again
		if ready, ok := (<-s.events).(Ready); ok {
			if ready.Gen != 2 || !ready.Shared || ready.Swap == nil {
				t.Errorf("%+v, want that version 2 took over", ready)
			}
			break
		}
	}
	s.nextBut(isExit)
}

// An app that opens the port itself that the old version was passed cannot run beside it, so
// it is started after that.
func TestImpossibleSwap(t *testing.T) {
	s := newSwapStage(t)
	address, _ := reserve(t)
	s.first(swapped(t, 1, "serve", address, "one"))
	s.run(swapped(t, 2, "by itself", address, "two"))
	if e := next[Exited](s); e.Gen != 2 || e.Expected || !e.Again || !strings.HasPrefix(e.Hint, "it opened a port that hotreload holds") {
		t.Errorf("%+v, want that it is started again", e)
	}
	if e := next[Exited](s); e.Gen != 1 || !e.Expected {
		t.Errorf("%+v, want the end of version 1, as asked", e)
	}
	if e := next[Started](s); e.Gen != 2 {
		t.Errorf("%+v, want the start of version 2", e)
	}
	if e := next[Ready](s); e.Gen != 2 || e.Via != "port" || e.Swap != nil {
		t.Errorf("%+v, want a port of its own", e)
	}
}

// Quitting works at each step of a swap.
func TestQuitDuringASwap(t *testing.T) {
	for name, app := range map[string]string{"before it is ready": "never", "while the old one ends": "serve"} {
		t.Run(name, func(t *testing.T) {
			s := newSwapStage(t)
			address, _ := reserve(t)
			s.first(swapped(t, 1, "serve", address, "one"))
			response, err := http.Get("http://" + address + "/hang")
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			s.run(swapped(t, 2, app, address, "two"))
			if app == "serve" {
				next[Ready](s)
			}
			s.quit()
			s.target.Kill()
			for range 2 {
				if e := next[Exited](s); !e.Expected {
					t.Errorf("%+v, want an end as asked", e)
				}
			}
			<-s.ended
			if l, err := net.Listen("tcp", address); err != nil {
				t.Errorf("the port is not free: %v", err)
			} else {
				l.Close()
			}
		})
	}
}
