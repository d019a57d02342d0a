//go:build unix

package runner

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"hotreload/internal/supervise"
)

// What cannot open a port need not be waited for.
func TestMayListen(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(script, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	client := filepath.Join(t.TempDir(), "client")
	const dials = "package main\n\nimport \"net\"\n\nfunc main() { _, err := net.Dial(\"tcp\", \":1\"); println(err) }\n"
	if err := os.WriteFile(client+".go", []byte(dials), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("go", "build", "-o", client, client+".go").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	files := map[string]bool{self: true, script: true, script + " that is gone": true, client: false}
	for file, want := range files {
		if got := mayListen(file); got != want {
			t.Errorf("%s may listen: %v, want %v", file, got, want)
		}
	}
}

// supervised starts an app without a target. When the test ends it is ended.
func supervised(t *testing.T, app string, args ...string) *supervise.Process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p, err := supervise.Start(supervise.Spec{
		Path: self, Args: append([]string{"app"}, args...), Env: []string{"RUNNER_TEST_APP=" + app},
	}, supervise.Streams{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.Kill()
		p.Reap()
	})
	return p
}

// The executable of an app that listened is not read again at each save.
func TestPortedIsNotLookedAt(t *testing.T) {
	script := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(script, []byte("\x00runtime.main\x00"), 0o700); err != nil {
		t.Fatal(err)
	}
	ended := supervised(t, "exit")
	ended.Wait()
	for _, ported := range []bool{false, true} {
		gone := &process{supervised: ended, started: time.Now().Add(-binaryAfter)}
		p := portless{of: &readiness{process: gone, executable: script, ported: ported}}
		if via := p.sign(t.Context()); p.looked == ported || (via == "start") == ported {
			t.Errorf("the version before listened: %v; it is looked at: %v, and ready via %q", ported, p.looked, via)
		}
	}
}

// An app that has only a unix socket is ready when it listens there.
func TestReadyByUnixSocket(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells which unix sockets a process listens on")
	}
	s := newStage(t).listen()
	s.shorten(func(p *patience) { p.otherPort = time.Millisecond })
	r := request(t, 1, "unix", filepath.Join(t.TempDir(), "s"))
	r.Listens, r.Config.ReadyTimeout = true, time.Hour
	s.run(r)
	s.printed(1, "up")
	s.write("listen")
	if e := next[Ready](s); e.Via != "unix" || e.Address != "" || e.Missed != "" {
		t.Errorf("%+v, want it ready by its unix socket", e)
	}
}

// Only the first version of an app without a port is waited for.
func TestReadyLikeTheVersionBefore(t *testing.T) {
	s := newStage(t).listen()
	for gen, want := range []string{1: "timeout", 2: "start", 3: "start"} {
		if gen == 0 {
			continue
		}
		r := request(t, gen, "block")
		r.Listens, r.Config.ReadyTimeout = true, time.Hour
		if want == "timeout" {
			r.Config.ReadyTimeout = time.Millisecond
		}
		s.target.Apply(r)
		if gen > 1 {
			next[Exited](s)
		}
		next[Started](s)
		if e := next[Ready](s); e.Gen != gen || e.Via != want || (e.Missed == "it opened no TCP port") != (want == "timeout") {
			t.Errorf("%+v, want version %d ready via %s", e, gen, want)
		}
	}
}

// What runner.ready waits for in vain is named, with what there was instead.
func TestMissed(t *testing.T) {
	asked := make(chan struct{}, 100)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.NotFound(w, r)
		asked <- struct{}{}
	}))
	defer server.Close()
	nothing, _ := reserve(t)
	address, _ := reserve(t)
	app := &process{supervised: supervised(t, "at its own", address, "name")}
	poll(t.Context(), func() bool { return len(listening(t.Context(), app.tree())) > 0 })
	for ready, want := range map[string]string{
		server.URL + "/healthz": server.URL + "/healthz has not answered with a status below 400: it answered 404 Not Found; the app listens on " + address,
		"http://" + nothing:     "http://" + nothing + " has not answered with a status below 400: dial tcp " + nothing + ": connect: connection refused; the app listens on " + address,
	} {
		r := &readiness{process: app, config: Config{Ready: ready}}
		ctx, cancel := context.WithCancel(t.Context())
		if strings.Contains(ready, nothing) {
			time.AfterFunc(time.Second, cancel)
		} else {
			go func() { <-asked; <-asked; cancel() }() // by then the first answer is known
		}
		if via := r.awaitAnswer(ctx); via != "" || !strings.HasPrefix(r.missed, want) {
			t.Errorf("%q, and what it missed is %q, want %q", via, r.missed, want)
		}
		cancel()
	}
	said, err := newLineWatch("^ready$")
	if err != nil {
		t.Fatal(err)
	}
	said.look([]string{"up", "almost ready", ""})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := &readiness{said: said, config: Config{Ready: "log:^ready$"}}
	const want = `no line that it printed matches log:^ready$; the last one was "almost ready"`
	if via := r.awaitLine(ctx); via != "" || r.missed != want {
		t.Errorf("%q, and what it missed is %q, want %q", via, r.missed, want)
	}
}

// A version that is killed for it says the same.
func TestMissedByTheNextVersion(t *testing.T) {
	s := newSwapStage(t)
	address, _ := reserve(t)
	s.first(swapped(t, 1, "serve", address, "one"))
	r := swapped(t, 2, "serve", address, "two")
	r.Config.Ready, r.Config.ReadyTimeout = "http://"+address+"/sick", time.Second
	s.run(r)
	want := "it was not ready within 1s and was killed (runner.ready_timeout): " + r.Config.Ready + " has not answered with a status below 400: "
	if e := next[Exited](s); !strings.HasPrefix(e.Hint, want) {
		t.Errorf("the hint is %q, want %q", e.Hint, want)
	}
}
