//go:build unix

package runner

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// A process is ready when it listens, however long that takes.
func TestReadyByPort(t *testing.T) {
	for _, host := range []string{"127.0.0.1", ""} {
		s := newStage(t).listen()
		address, port := reserve(t)
		want := "127.0.0.1:" + port
		if host == "" {
			address, want = ":"+port, "localhost:"+port
		}
		r := request(t, 1, "port", address)
		r.Listens, r.Config.ReadyTimeout = true, time.Hour
		started := s.run(r)
		s.printed(1, "up")
		s.write("listen")
		e := next[Ready](s)
		if e.Via != "port" || e.Address != want || e.PID != started.PID || e.Gen != 1 || e.Took <= 0 {
			t.Errorf("%+v, want version 1 to listen on %s", e, want)
		}
	}
}

// Several ports are listed, the lowest first.
func TestReadyBySeveralPorts(t *testing.T) {
	s := newStage(t).listen()
	first, portA := reserve(t)
	second, portB := reserve(t)
	want := first + " " + second
	if len(portB) < len(portA) || len(portB) == len(portA) && portB < portA {
		want = second + " " + first
	}
	r := request(t, 1, "port", first+","+second)
	started := s.run(r)
	next[Ready](s)
	s.printed(1, "up")
	s.write("listen")
	deadline := time.Now().Add(time.Minute)
	for got := ""; got != want; got = strings.Join(listening(t.Context(), []int{started.PID}), " ") {
		if time.Now().After(deadline) {
			t.Fatalf("it listens on %s, want %s", got, want)
		}
	}
}

// An app that cannot listen is ready when it runs; one that does not is after a while.
func TestReadyWithoutAPort(t *testing.T) {
	for via, change := range map[string]func(*Request){
		"start":   func(r *Request) { r.Listens = false },
		"timeout": func(r *Request) { r.Listens, r.Config.ReadyTimeout = true, time.Millisecond },
	} {
		s := newStage(t).listen()
		r := request(t, 1, "block")
		change(&r)
		s.run(r)
		if e := next[Ready](s); e.Via != via || e.Address != "" {
			t.Errorf("%+v, want it ready via %s", e, via)
		}
	}
}

// An app that ended or was replaced before it listened never gets ready.
func TestNeverReady(t *testing.T) {
	s := newStage(t).listen()
	r := request(t, 1, "exit")
	r.Listens, r.Config.ReadyTimeout = true, time.Hour
	s.run(r)
	next[Exited](s)
	r = request(t, 2, "block")
	r.Listens, r.Config.ReadyTimeout = true, time.Hour
	s.run(r)
	s.printed(2, "up")
	s.target.Apply(request(t, 3, "block"))
	if e := next[Exited](s); e.Gen != 2 {
		t.Errorf("%+v, want the end of version 2", e)
	}
	if e := next[Started](s); e.Gen != 3 {
		t.Errorf("%+v, want the start of version 3", e)
	}
}

func TestPortNear(t *testing.T) {
	for line, want := range map[string]int{
		"listen tcp :8080: bind: address already in use":                                                          8080,
		"listen tcp 127.0.0.1:8080: bind: address already in use":                                                 8080,
		"listen tcp4 0.0.0.0:80: bind: address already in use":                                                    80,
		"listen tcp [::1]:8080: bind: address already in use":                                                     8080,
		"2026/01/02 15:04:05 listen tcp :8080: bind: address already in use":                                      8080,
		"2026/01/02 15:04:05.123456 main.go:23: listen tcp :8080: bind: address already in use":                   8080,
		`time=2026-01-02T15:04:05.000+01:00 level=ERROR msg="listen tcp :8080: bind: address already in use"`:     8080,
		`{"level":50,"time":1530,"msg":"listen tcp :8080: bind: address already in use","code":1}`:                8080,
		"panic: listen tcp :8080: bind: address already in use [recovered] goroutine 1":                           8080,
		"listen udp :53: bind: address already in use":                                                            53,
		"listen tcp :8080: bind: Only one usage of each socket address (protocol/network address/port) is normal": 8080,
		"Error: listen EADDRINUSE: address already in use :::3000":                                                3000,
		"Error: listen EADDRINUSE: address already in use 127.0.0.1:3000":                                         3000,
		"12:00:01 Error: listen EADDRINUSE: address already in use :::3000":                                       3000,
		"[12:00:01.25] 1234 Error: listen EADDRINUSE: address already in use :::3000":                             3000,
		`{"line":12,"msg":"listen EADDRINUSE: address already in use :::3000"}`:                                   3000,
		"Error: listen EADDRINUSE :::3000":                                                                        3000,
		"Error: Port 5173 is already in use":                                                                      5173,
		"Web server failed to start. Port 8080 was already in use.":                                               8080,
		`Address already in use - bind(2) for "127.0.0.1" port 3000 (Errno::EADDRINUSE)`:                          3000,
		"bind() to 0.0.0.0:80 failed (98: Address already in use)":                                                80,
		"Failed to listen on localhost:8000 (reason: Address already in use)":                                     8000,
		"OSError: [Errno 98] Address already in use":                                                              0,
		"Address already in use (os error 98)":                                                                    0,
		"listen unix /run/app.sock: bind: address already in use":                                                 0,
		"listen tcp :99999: bind: address already in use":                                                         0,
		"12:00:01 address already in use":                                                                         0,
		"nothing of the kind :8080":                                                                               0,
	} {
		if got := portNear(line); got != want {
			t.Errorf("portNear(%s) = %d, want %d", line, got, want)
		}
	}
}

func TestPortHint(t *testing.T) {
	_, port := reserve(t)
	for name, test := range map[string]struct{ words, want string }{
		"nothing":        {"", ""},
		"something else": {"starting on :8080\npanic: at the disco\n", ""},
		"no port at all": {"this e-mail address is taken: the name is already in use\n", ""},
		"no number":      {"OSError: [Errno 98] Address already in use\n", "a port that it needs is in use"},
		"no holder": {
			"starting\nlisten tcp :" + port + ": bind: address already in use\nexit status 1\n",
			"port " + port + " is in use: it has been released in the meantime; save or restart to try again",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := portHint(test.words); got != test.want {
				t.Errorf("hint %q, want %q", got, test.want)
			}
		})
	}
}

// The hint names the holder of a port, and says how to end it.
func TestHolderOfAPort(t *testing.T) {
	s := newStage(t).listen()
	address, port := reserve(t)
	r := request(t, 1, "port", address)
	r.Listens, r.Config.ReadyTimeout = true, time.Hour
	started := s.run(r)
	s.write("listen")
	next[Ready](s)
	hint := portHint("listen tcp :" + port + ": bind: address already in use")
	for _, want := range []string{
		fmt.Sprintf("port %s is in use: process %d holds it (%s", port, started.PID, os.Args[0]),
		", since ", fmt.Sprintf("; end it with `kill %d`", started.PID),
	} {
		if !strings.Contains(hint, want) {
			t.Errorf("hint %q, want %q in it", hint, want)
		}
	}
}

// An app that exits because its port is in use gets a hint.
func TestExitedWithAHint(t *testing.T) {
	s := newStage(t).listen()
	s.run(request(t, 1, "in use"))
	next[Ready](s)
	e := next[Exited](s)
	if !strings.HasPrefix(e.Hint, "port ") || !strings.Contains(e.Hint, " is in use: ") || e.Code != 1 {
		t.Errorf("%+v, want a hint about the port", e)
	}
}
