//go:build unix

package runner

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"hotreload/build"
)

// buildInjected builds testdata/injected with package inject.
func buildInjected(t *testing.T) (path string) {
	t.Helper()
	root, err := filepath.Abs("testdata/injected")
	if err != nil {
		t.Fatal(err)
	}
	b := build.New(root, t.TempDir())
	b.Injections = t.TempDir()
	if err := b.Open(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	a, err := b.Build(context.Background(), build.Request{Package: ".", ID: 1, Inject: true})
	if err != nil || a.Uninjected != "" {
		t.Fatal(err, a.Uninjected)
	}
	return a.Path
}

// Apps that know nothing of hotreload swap as those do that use hot.
func TestInjected(t *testing.T) {
	path := buildInjected(t)
	for does, test := range map[string]func(*testing.T, *injection){
		"everything": testInjectedEverything,
		"shutdown":   testInjectedShutdown,
		"streams":    testInjectedStreams,
		"uploads":    testInjectedUpload,
		"reopens":    testInjectedReopens,
		"parent":     testInjectedParent,
		"packets":    testInjectedPackets,
		"prefork":    testInjectedPrefork,
		"lends":      testInjectedLends,
	} {
		t.Run(does, func(t *testing.T) {
			t.Parallel()
			test(t, &injection{newSwapStage(t), path, does})
		})
	}
}

// injection is a stage for one of the things that the app does.
type injection struct {
	*stage
	path, does string
}

func (s *injection) version(gen int, more ...string) Request {
	r := request(s.t, gen, "", append([]string{s.does, fmt.Sprintf("v%d", gen)}, more...)...)
	r.Artifact.Path = s.path
	r.Listens, r.Strategy = true, Inject
	return r
}

// swap has the second version take over from the first, which serves.
func (s *injection) swap(more ...string) {
	s.t.Helper()
	s.target.Apply(s.version(2, more...))
	if r := s.nextBut(isReady).(Ready); r.Gen != 2 || r.Via != "accept" || r.Swap == nil || r.Swap.Strategy != "inject" {
		s.t.Fatalf("%+v, want that version 2 took over", r)
	}
}

func isExit(e Event) bool { _, is := e.(Exited); return is }

func isReady(e Event) bool { _, is := e.(Ready); return is }

// read returns what a server that does not speak HTTP sends.
func read(t *testing.T, address string) string {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	text, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Every listener at an address is passed on; those on any port and on paths are each version's
// own.
func testInjectedEverything(t *testing.T, s *injection) {
	var at []string
	for range 4 {
		address, _ := reserve(t)
		at = append(at, address)
	}
	at = append(at, filepath.Join(s.target.options.SocketDir, "app"))
	s.first(s.version(1, at...))
	one := strings.TrimPrefix(strings.TrimSpace(s.printed(1, "any port: ")), "any port: ")

	secure := &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true,
	}}
	defer secure.CloseIdleConnections()
	local := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext:       func(context.Context, string, string) (net.Conn, error) { return net.Dial("unix", at[4]) },
	}}
	check := func(name string) {
		t.Helper()
		if got := ask(t, at[0], "/"); got != name {
			t.Errorf("Listen and Serve: %q answers, want %s", got, name)
		}
		response, err := secure.Get("https://" + at[1])
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if text, _ := io.ReadAll(response.Body); string(text) != name || response.ProtoMajor != 2 {
			t.Errorf("ListenAndServeTLS: %q answers by %s, want %s by HTTP/2", text, response.Proto, name)
		}
		if got := ask(t, at[2], "/"); got != name {
			t.Errorf("ListenConfig with Control: %q answers, want %s", got, name)
		}
		if got := read(t, at[3]); got != name {
			t.Errorf("ListenTCP: %q answers, want %s", got, name)
		}
		on, err := local.Get("http://app/")
		if err != nil {
			t.Fatal(err)
		}
		defer on.Body.Close()
		if text, _ := io.ReadAll(on.Body); string(text) != name {
			t.Errorf("unix socket: %q answers, want %s", text, name)
		}
	}
	check("v1")
	asking, enough := context.WithCancel(context.Background())
	var clients sync.WaitGroup
	for range 2 { // over the connection that they share
		clients.Go(func() {
			for asking.Err() == nil {
				response, err := secure.Get("https://" + at[1])
				if err != nil {
					t.Errorf("HTTP/2: %v", err)
					return
				}
				if _, err := io.Copy(io.Discard, response.Body); err != nil {
					t.Errorf("HTTP/2: %v", err)
				}
				response.Body.Close()
			}
		})
	}
	s.swap(at...)
	two := strings.TrimPrefix(strings.TrimSpace(s.printed(2, "any port: ")), "any port: ")
	if one == two {
		t.Errorf("both versions listen on %s", one)
	}
	if e := s.nextBut(isExit).(Exited); e.Gen != 1 || !e.Expected || e.Signal != "SIGTERM" {
		t.Errorf("%+v, want the end of version 1 by its stop signal", e)
	}
	enough()
	clients.Wait()
	check("v2")
}

// The app gets its stop signal once its requests have ended.
func testInjectedShutdown(t *testing.T, s *injection) {
	address, _ := reserve(t)
	s.first(s.version(1, address))
	response, err := http.Get("http://" + address + "/slow")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	s.swap(address)
	s.printed(1, "told")
	if text, err := io.ReadAll(response.Body); err != nil || string(text) != "v1" {
		t.Errorf("the slow request got %q, %v", text, err)
	}
	if e := s.nextBut(isExit).(Exited); e.Gen != 1 || e.Code != 0 || strings.Count(s.all(1), "told") != 1 || !strings.Contains(s.all(1), "ended in good order") {
		t.Errorf("%+v having printed %q, want an end in good order", e, s.all(1))
	}
}

// A stream that never ends is cut after a while, and holds up nothing.
func testInjectedStreams(t *testing.T, s *injection) {
	address, _ := reserve(t)
	s.first(s.version(1, address))
	events, err := http.Get("http://" + address + "/events")
	if err != nil {
		t.Fatal(err)
	}
	defer events.Body.Close()
	socket, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	io.WriteString(socket, "GET /socket HTTP/1.1\r\nHost: app\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n")
	echo := bufio.NewReader(socket)
	if upgraded, err := http.ReadResponse(echo, nil); err != nil || upgraded.StatusCode != http.StatusSwitchingProtocols {
		t.Fatal(err, upgraded)
	}
	s.swap(address)
	if got := ask(t, address, "/"); got != "v2" {
		t.Errorf("%q answers, want v2", got)
	}
	io.WriteString(socket, "still there\n")
	if line, err := echo.ReadString('\n'); line != "still there\n" {
		t.Errorf("the socket of the old version says %q, %v", line, err)
	}
	if _, err := io.ReadAll(events.Body); err == nil {
		t.Error("the stream has ended as if all of it had come")
	}
	s.printed(1, "events: cut")
	if e := s.nextBut(isExit).(Exited); e.Gen != 1 || !e.Expected {
		t.Errorf("%+v, want the end of version 1", e)
	}
	if _, err := echo.ReadByte(); err == nil {
		t.Error("the socket says more")
	}
}

// An upload that makes progress has more time than other requests, and a stream of events has not.
func testInjectedUpload(t *testing.T, s *injection) {
	const drain = 2 * time.Second
	s.does = "streams"
	s.shorten(func(p *patience) { p.drain, p.longestDrain = drain, time.Hour })
	address, _ := reserve(t)
	s.first(s.version(1, address))
	ticks, err := http.Get("http://" + address + "/ticks")
	if err != nil {
		t.Fatal(err)
	}
	defer ticks.Body.Close()
	go func() { _, _ = io.Copy(io.Discard, ticks.Body) }()
	body, client := io.Pipe()
	answer := make(chan string, 1)
	go func() {
		response, err := http.Post("http://"+address+"/upload", "", body)
		if err != nil {
			answer <- err.Error()
			return
		}
		defer response.Body.Close()
		text, _ := io.ReadAll(response.Body)
		answer <- string(text)
	}()
	_, _ = client.Write([]byte("a"))
	s.printed(1, "upload")
	s.swap(address)
	sent := 1
	every := time.NewTicker(drain / 100)
	defer every.Stop()
	for began := time.Now(); time.Since(began) < drain+drain/2; sent++ {
		<-every.C
		_, _ = client.Write([]byte("a"))
	}
	client.Close()
	if got, want := <-answer, fmt.Sprint(sent, " bytes, <nil>"); got != want {
		t.Errorf("the answer is %q, want %q", got, want)
	}
	if e := s.nextBut(isExit).(Exited); e.Gen != 1 || !e.Expected {
		t.Errorf("%+v, want the end of version 1", e)
	}
}

// A listener may be closed and opened again; meanwhile connections wait.
func testInjectedReopens(t *testing.T, s *injection) {
	address, _ := reserve(t)
	s.first(s.version(1, address))
	for range 3 {
		if got := read(t, address); got != "v1" {
			t.Errorf("%q answers, want v1", got)
		}
	}
	s.swap(address)
	for range 3 {
		if got := read(t, address); got != "v2" {
			t.Errorf("%q answers, want v2", got)
		}
	}
}

// A child that inherits the environment does not get its parent's listeners, and its own are
// passed on as well.
func testInjectedParent(t *testing.T, s *injection) {
	address, _ := reserve(t)
	ofChild, _ := reserve(t)
	s.first(s.version(1, address, ofChild))
	if text := s.printed(1, "the parent's address: "); !strings.Contains(text, "address already in use") {
		t.Errorf("the child is told %q", text)
	}
	if got := ask(t, ofChild, "/"); got != "child of v1" {
		t.Errorf("%q answers, want the child of v1", got)
	}
	s.swap(address, ofChild)
	if e := s.nextBut(isExit).(Exited); e.Gen != 1 || !e.Expected {
		t.Errorf("%+v, want the end of version 1", e)
	}
	if got := ask(t, address, "/"); got != "v2" {
		t.Errorf("%q answers, want v2", got)
	}
	if got := ask(t, ofChild, "/"); got != "child of v2" {
		t.Errorf("%q answers, want the child of v2", got)
	}
}

// An app that opens something else that only one process can have is started once the
// version before it has stopped.
func testInjectedPackets(t *testing.T, s *injection) {
	address, _ := reserve(t)
	ofPackets, port := reserve(t)
	s.first(s.version(1, address, ofPackets))
	s.target.Apply(s.version(2, address, ofPackets))
	want := "it opened port " + port + ", which the previous version uses; it is started again when that has stopped"
	if e := s.nextBut(isExit).(Exited); e.Gen != 2 || !e.Again || e.Hint != want {
		t.Errorf("%+v, want %s", e, want)
	}
	if e := s.nextBut(isExit).(Exited); e.Gen != 1 || !e.Expected {
		t.Errorf("%+v, want the end of version 1", e)
	}
	s.nextBut(isReady)
	if got := ask(t, address, "/"); got != "v2" {
		t.Errorf("%q answers, want v2", got)
	}
}

// An app whose child accepts in its place, at the listener that the child gets from it, is
// ready once it passes that on. The child ends with the app.
func testInjectedLends(t *testing.T, s *injection) {
	address, _ := reserve(t)
	s.first(s.version(1, address))
	if got := ask(t, address, "/"); got != "v1" {
		t.Errorf("%q answers, want v1", got)
	}
	s.swap(address)
	if e := s.nextBut(isExit).(Exited); e.Gen != 1 || !e.Expected {
		t.Errorf("%+v, want the end of version 1", e)
	}
	for range 20 {
		if got := ask(t, address, "/"); got != "v2" {
			t.Errorf("%q answers, want v2", got)
		}
	}
}

// Several processes of an app, and several listeners of one, that share an address share the
// one that is passed on: after a swap none of them is the old version's.
func testInjectedPrefork(t *testing.T, s *injection) {
	address, _ := reserve(t)
	const listeners = 4 // as testdata/injected has it
	all := func(gen int) { s.printed(gen, strings.Repeat("listening\n", listeners)) }
	s.first(s.version(1, address))
	all(1)
	s.swap(address)
	for range 20 {
		if got := ask(t, address, "/"); got != "v2" {
			t.Errorf("%q answers, want v2", got)
		}
	}
	if e := s.nextBut(isExit).(Exited); e.Gen != 1 || !e.Expected {
		t.Errorf("%+v, want the end of version 1", e)
	}
	all(2)
	if got := ask(t, address, "/"); got != "v2" {
		t.Errorf("%q answers, want v2", got)
	}
}
