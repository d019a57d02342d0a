//go:build unix

package runner

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
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
func newSwapStageWith(t *testing.T, front *proxy.Proxy) *stage {
	t.Helper()
	dir, err := os.MkdirTemp("", "hr") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return newStage(t, func(target *Target) { target.options.SocketDir, target.options.Proxy = dir, front }).listen()
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
	address, _ := free(t, "127.0.0.1")
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
	address, _ := free(t, "127.0.0.1")
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
	address, _ := free(t, "127.0.0.1")
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
			address, _ := free(t, "127.0.0.1")
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

// A crash right after a takeover brings back the version before.
func TestRollBack(t *testing.T) {
	s := newSwapStage(t)
	address, _ := free(t, "127.0.0.1")
	s.first(swapped(t, 1, "serve", address, "one"))
	s.succeed(swapped(t, 2, "serve", address, "two"))
	next[Exited](s)
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	if response, err := client.Get("http://" + address + "/crash"); err == nil {
		response.Body.Close()
		t.Error("the app answers as it crashes")
	}
	if e := next[Exited](s); e.Gen != 2 || e.Expected || e.Code != 2 || !e.Rollback {
		t.Errorf("%+v, want the crash of version 2", e)
	}
	if e := next[RolledBack](s); e.Gen != 2 || e.To != 1 || e.Reason != "it exited with status 2" || e.Strategy != "socket" {
		t.Errorf("%+v, want version 1 again", e)
	}
	if e := next[Started](s); e.Gen != 1 {
		t.Errorf("%+v, want the start of version 1", e)
	}
	if got := ask(t, address, "/"); got != "one" { // waits until it accepts
		t.Errorf("%s answers, want one", got)
	}
	if e := next[Ready](s); e.Gen != 1 || e.Swap != nil {
		t.Errorf("%+v, want version 1 ready", e)
	}
}

// A handler that never ends neither keeps the old version alive nor holds up the new one.
func TestHandlerThatNeverEnds(t *testing.T) {
	s := newSwapStage(t)
	const drain = 200 * time.Millisecond
	s.shorten(func(p *patience) { p.drain = drain })
	address, _ := free(t, "127.0.0.1")
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

// State goes from version to version, after the last request that changes it.
func TestKeep(t *testing.T) {
	s := newSwapStage(t)
	address, _ := free(t, "127.0.0.1")
	s.first(swapped(t, 1, "keep", address, "one"))
	ask(t, address, "/count")
	ready := s.succeed(swapped(t, 2, "keep", address, "two"))
	if !slices.Equal(ready.Swap.Names, []string{"count"}) || len(ready.Swap.Dropped) != 0 {
		t.Errorf("%+v was carried, want count", ready.Swap.Carried)
	}
	if got := ask(t, address, "/count"); got != "2" {
		t.Errorf("the count is %s, want 2", got)
	}
	next[Exited](s)

	// What does not fit is told, and the version runs.
	ready = s.succeed(swapped(t, 3, "keep text", address, "three"))
	if why := ready.Swap.Dropped["count"]; !strings.Contains(why, "cannot unmarshal object into Go value of type string") {
		t.Errorf("%+v was carried, want that count does not fit", ready.Swap.Carried)
	}
	if got := ask(t, address, "/"); got != "three" {
		t.Errorf("%s answers, want three", got)
	}
	next[Exited](s)
}

// The old version has handed over its state and ends, and the new one crashes on that state:
// the old one is started again, with its state.
func TestRollBackWithState(t *testing.T) {
	s := newSwapStage(t)
	address, _ := free(t, "127.0.0.1")
	s.first(swapped(t, 1, "keep", address, "one"))
	ask(t, address, "/count")
	s.run(swapped(t, 2, "crashes at Go", address, "two"))
	var ends []int
	for range 2 { // of the new one, and of the old one
		e := s.nextBut(func(e Event) bool { _, ok := e.(Exited); return ok }).(Exited)
		ends = append(ends, e.Gen)
	}
	slices.Sort(ends)
	if !slices.Equal(ends, []int{1, 2}) {
		t.Errorf("the ends of %v, want of 1 and 2", ends)
	}
	if got := ask(t, address, "/count"); got != "2" {
		t.Errorf("the count is %s, want 2", got)
	}
}

// An app that says that it is ready need not accept.
func TestReadyByCall(t *testing.T) {
	s := newSwapStage(t)
	address, _ := free(t, "127.0.0.1")
	if r := s.first(swapped(t, 1, "says so", address, "one")); r.Via != "app" {
		t.Errorf("%+v, want it ready because it said so", r)
	}
	s.succeed(swapped(t, 2, "serve", address, "two"))
	next[Exited](s)
	s.printed(1, "told to drain")
}

// An app is ready by its log, or by its own answer while the old version answers too.
func TestReadyAsConfigured(t *testing.T) {
	for via, ready := range map[string]func(address string) string{
		"log":  func(string) string { return "log:^u[a-z]$" },
		"http": func(address string) string { return "http://" + address + "/healthz" },
	} {
		t.Run(via, func(t *testing.T) {
			s := newSwapStage(t)
			address, _ := free(t, "127.0.0.1")
			one, two := swapped(t, 1, "serve", address, "one"), swapped(t, 2, "serve", address, "two")
			one.Config.Ready, two.Config.Ready = ready(address), ready(address)
			if r := s.first(one); r.Via != via || r.Address != address {
				t.Errorf("%+v, want ready via %s at %s", r, via, address)
			}
			if r := s.succeed(two); r.Via != via {
				t.Errorf("%+v, want ready via %s", r, via)
			}
			next[Exited](s)
		})
	}
}

// The answer of the old version does not make the new one ready.
func TestNeverReadyByHTTP(t *testing.T) {
	s := newSwapStage(t)
	address, _ := free(t, "127.0.0.1")
	s.first(swapped(t, 1, "serve", address, "one"))
	for gen, app := range []string{2: "never", 3: "serve"} {
		if app == "" {
			continue
		}
		r := swapped(t, gen, app, address, "two")
		r.Config.Ready, r.Config.ReadyTimeout = "http://"+address, 300*time.Millisecond
		if app == "serve" {
			r.Config.Ready += "/sick"
		}
		s.run(r)
		if e := next[Exited](s); e.Gen != gen || e.Expected || e.Hint == "" {
			t.Errorf("%+v, want that version %d was not ready in time", e, gen)
		}
	}
	if got := ask(t, address, "/"); got != "one" {
		t.Errorf("%s answers, want one", got)
	}
}

// An app that expects systemd's protocol works as it is; it is ready when it
// accepts, not when it has the listener.
func TestActivation(t *testing.T) {
	s := newSwapStage(t)
	address, _ := free(t, "127.0.0.1")
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
	address, _ := free(t, "127.0.0.1")
	s.first(swapped(t, 1, "own shutdown", address, "one"))
	s.succeed(swapped(t, 2, "own shutdown", address, "two"))
	next[Exited](s)
	s.printed(1, "ended in good order")
}

// Of several requests in a row the newest serves in the end, and no client is refused.
func TestSwapThatIsOvertaken(t *testing.T) {
	s := newSwapStage(t)
	address, _ := free(t, "127.0.0.1")
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
	address, _ := free(t, "127.0.0.1")
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
	address, _ := free(t, "127.0.0.1")
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
	s.succeed(swapped(t, 2, "serve", address, "two"))
	next[Exited](s)
}

// An app that opens the port itself that the old version was passed cannot run beside it, so
// it is started after that.
func TestSwapThatCannotBe(t *testing.T) {
	s := newSwapStage(t)
	address, _ := free(t, "127.0.0.1")
	s.first(swapped(t, 1, "serve", address, "one"))
	s.run(swapped(t, 2, "by itself", address, "two"))
	if e := next[Exited](s); e.Gen != 2 || e.Expected || !e.Again || !strings.HasPrefix(e.Hint, "it opens by itself a port that hotreload holds") {
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
			address, _ := free(t, "127.0.0.1")
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
