package session

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"hotreload/build"
	"hotreload/internal/proxy"
	"hotreload/runner"
)

// hotRunning starts with a session whose first version runs and uses package hot.
func hotRunning(t *testing.T) *player {
	t.Helper()
	p := newPlayer(t)
	p.state.config.Runner.Handover = "auto"
	graph := *p.project.narrow
	graph.Hot = "/app/internal/hot"
	p.play(
		move{begun{}, "0 session.start"},
		move{ready{graph: &graph}, `
			0 watch.ready
			0 note: a new version takes over while the old one finishes its requests: the app uses hot
			> build . #1 over #0
			1 plan build, restart: the first start
			1 build.start`},
		move{good(1), `
			1 build.ok
			> run #1 as v1, beside the other`},
		move{started(1), `
			1 app.start 100`},
		move{shared(1), `
			1 app.ready 100 via accept localhost:8080
			1 cycle ok, restart: the first start`},
	)
	return p
}

// shared is the readiness of a process whose listeners outlive it.
func shared(gen int) runner.Ready {
	r := readied(gen)
	r.Via, r.Shared = "accept", true
	return r
}

// takenOver is the readiness of a process that took another one's place.
func takenOver(gen int) runner.Ready {
	r := shared(gen)
	r.Swap = &runner.Swap{Strategy: "socket", Took: 13 * time.Millisecond, Carried: runner.Carried{
		Names: []string{"visits"}, Dropped: map[string]string{"cart": "no such"},
	}}
	return r
}

const becauseOfHot = "main.go is part of package example.com/app; the app uses hot"

// toSecond are the moves until a second version runs beside the first.
func toSecond() []move {
	return []move{
		{settled("main.go"), `
			2 change main.go
			> build . #2 over #1
			2 plan build, swap: ` + becauseOfHot + `
			2 build.start`},
		{good(2), `
			2 build.ok
			> run #2 as v2, beside the other`},
		{started(2), "2 app.start 200"},
	}
}

// The old version serves until the new one does, and is kept until that has proven itself.
func TestSwap(t *testing.T) {
	p := hotRunning(t)
	p.play(toSecond()...)
	if s := p.state.Serving; s.PID != pid(1) || !s.Ready {
		t.Errorf("%+v serves while the second version starts, want the first", s)
	}
	p.play(
		move{takenOver(2), `
			2 app.ready 200 via accept localhost:8080
			2 swap.done by socket, with [visits] without map[cart:no such]
			2 cycle ok, swap: ` + becauseOfHot},
		move{exited(1), "1 app.exit 100 with 0, as asked"},
	)
	if s := p.state.Serving; s.PID != pid(2) || p.state.Phase != Running {
		t.Errorf("%+v serves in phase %s, want the second version", s, p.state.Phase)
	}
	p.play(move{runner.Settled{Gen: 2}, "> forget #1"})
}

// A version that crashes before it is ready leaves the old one alone.
func TestSwapThatFails(t *testing.T) {
	p := hotRunning(t)
	p.play(toSecond()...)
	p.play(move{crashed(2, 1), `
		2 app.exit 200 with 1: oh no
		2 cycle failed, swap: ` + becauseOfHot})
	if s := p.state.Serving; s.PID != pid(1) || !s.Ready || p.state.Phase != Broken {
		t.Errorf("%+v serves in phase %s, want the first version and failed", s, p.state.Phase)
	}
	// The same executable again is started: it is not what runs.
	p.play(
		move{settled("main.go"), `
			3 change main.go
			> build . #3 over #2
			3 plan build, swap: ` + becauseOfHot + `
			3 build.start`},
		move{same(3, 2), `
			3 build.ok same
			> run #2 as v3, beside the other`},
		move{started(3), "3 app.start 300"},
		move{takenOver(3), `
			3 app.ready 300 via accept localhost:8080
			3 swap.done by socket, with [visits] without map[cart:no such]
			3 cycle ok, swap: the build came out byte-identical; the last build is not running; the app uses hot`},
		move{exited(1), "1 app.exit 100 with 0, as asked"},
		move{runner.Settled{Gen: 3}, "> forget #1"},
	)
}

// What cannot run beside the old version is run after it.
func TestImpossibleSwap(t *testing.T) {
	p := hotRunning(t)
	p.play(toSecond()...)
	crash := crashed(2, 1)
	crash.Again = true
	p.play(
		move{crash, "2 app.exit 200 with 1: oh no"},
		move{exited(1), "1 app.exit 100 with 0, as asked"},
		move{runner.Started{Gen: 2, PID: 250}, `
			2 app.start 250
			> forget #1`},
		move{runner.Ready{Gen: 2, PID: 250, Via: "port", Address: "localhost:8080"}, `
			2 app.ready 250 via port localhost:8080
			2 cycle ok, restart: ` + becauseOfHot},
	)
}

// A version that crashes right after it took over is rolled back to the one before, whose
// executable is still there.
func TestSwapThatIsRolledBack(t *testing.T) {
	p := hotRunning(t)
	p.play(toSecond()...)
	crash := crashed(2, 2)
	crash.Rollback = true
	p.play(
		move{takenOver(2), `
			2 app.ready 200 via accept localhost:8080
			2 swap.done by socket, with [visits] without map[cart:no such]
			2 cycle ok, swap: ` + becauseOfHot},
		move{exited(1), "1 app.exit 100 with 0, as asked"},
		move{crash, "2 app.exit 200 with 2: oh no"},
		move{runner.RolledBack{Gen: 2, Artifact: artifact(1), To: 1, Strategy: "socket", Reason: "it exited with status 2"},
			"2 swap.rollback to v1: it exited with status 2"},
		move{runner.Started{Gen: 1, PID: 150}, "1 app.start 150"},
		move{runner.Ready{Gen: 1, PID: 150, Via: "accept", Address: "localhost:8080", Shared: true}, "1 app.ready 150 via accept localhost:8080"},
		move{runner.Settled{Gen: 1}, ""},
		move{settled("main.go"), `
			3 change main.go
			> build . #3 over #2
			3 plan build, swap: ` + becauseOfHot + `
			3 build.start`},
	)
	if p.state.Serving.PID != 150 {
		t.Errorf("%+v serves, want the first version again", p.state.Serving)
	}
}

// Without a build it is a swap, too.
func TestSwapWithoutABuild(t *testing.T) {
	p := hotRunning(t)
	p.play(move{settled("page.html"), `
		2 change page.html
		2 plan swap: page.html is read at run time (watch.include **/*.{html,tmpl,tpl,gohtml}); the app uses hot
		> run #1 as v2, beside the other`})
}

// Two versions print at once, and their lines are not mixed.
func TestLinesOfTwoVersions(t *testing.T) {
	p := hotRunning(t)
	p.play(toSecond()...)
	p.play(
		move{runner.Output{Gen: 1, Stream: "stdout", Data: []byte("from the ")}, `1 app.output stdout "from the " []`},
		move{runner.Output{Gen: 2, Stream: "stdout", Data: []byte("new\n")}, `2 app.output stdout "new\n" ["new"]`},
		move{runner.Output{Gen: 1, Stream: "stdout", Data: []byte("old\n")}, `1 app.output stdout "old\n" ["from the old"]`},
	)
}

// Where two versions cannot overlap, the plan says why.
func TestNoSwap(t *testing.T) {
	p := hotRunning(t)
	p.state.Serving.Shared = false
	p.play(move{settled("main.go"), `
		2 change main.go
		> build . #2 over #1
		2 plan build, restart: main.go is part of package example.com/app; the running process listens by itself, without hot.Listen, so two cannot overlap
		2 build.start`})
}

func TestChooseHandover(t *testing.T) {
	address := []string{":8080"}
	behind := proxy.Config{Listen: ":8080"}
	at := func(target string) proxy.Config { return proxy.Config{Listen: ":8080", Target: target} }
	const usesHot = "hot"
	const wait = "; requests wait at the proxy meanwhile"
	for name, test := range map[string]struct {
		handover string
		listen   []string
		uses     string
		proxy    proxy.Config
		want     handover
	}{
		"nothing known":             {"auto", nil, "", proxy.Config{}, handover{runner.Restart, false, ""}},
		"hot":                       {"auto", nil, usesHot, proxy.Config{}, handover{runner.Socket, false, "the app uses hot"}},
		"hot, but restart":          {"restart", address, usesHot, proxy.Config{}, handover{runner.Restart, false, ""}},
		"listen":                    {"auto", address, "", proxy.Config{}, handover{runner.Socket, false, "the app gets the listeners that runner.listen names"}},
		"listen and activation":     {"auto", address, ActivationPackage, proxy.Config{}, handover{runner.Socket, false, "the app takes its listeners from " + ActivationPackage}},
		"activation by others":      {"auto", nil, ActivationPackage, proxy.Config{}, handover{runner.Restart, false, ""}},
		"socket without anything":   {"socket", nil, "", proxy.Config{}, handover{runner.Restart, false, "runner.handover is socket, but the app does not use hot and runner.listen is empty"}},
		"socket with what it takes": {"socket", address, "", proxy.Config{}, handover{runner.Socket, false, "the app gets the listeners that runner.listen names"}},
		"a proxy":                   {"auto", nil, "", behind, handover{runner.Proxy, false, "each version gets a PORT of its own behind the proxy"}},
		"a proxy and a target":      {"auto", nil, "", at("localhost:3000"), handover{runner.Proxy, true, "the app always listens on localhost:3000 (proxy.target)" + wait}},
		"hot behind a proxy":        {"auto", nil, usesHot, behind, handover{runner.Socket, false, "the app uses hot"}},
		"hot, but proxy":            {"proxy", nil, usesHot, behind, handover{runner.Proxy, false, "each version gets a PORT of its own behind the proxy"}},
		"a proxy, but restart":      {"restart", nil, "", behind, handover{runner.Restart, false, ""}},
		"proxy since this moment":   {"proxy", nil, "", proxy.Config{}, handover{runner.Restart, false, "runner.handover is proxy, but there was no proxy.listen when hotreload started"}},
		"inject":                    {"inject", nil, "", proxy.Config{}, handover{runner.Inject, false, "hotreload is built into its net and net/http"}},
		"inject behind a proxy":     {"inject", nil, "", behind, handover{runner.Inject, false, "hotreload is built into its net and net/http"}},
		"inject, with hot":          {"inject", nil, usesHot, proxy.Config{}, handover{runner.Socket, false, "the app uses hot, so nothing is injected"}},
	} {
		s := State{config: Config{Runner: runner.Config{Handover: test.handover, Listen: test.listen}, Proxy: test.proxy}, service: service{canSwap: true}}
		s.listing.graph = &build.Graph{Net: true, Packages: map[string]bool{test.uses: true}}
		if test.uses == usesHot {
			s.listing.graph.Hot = "/app/internal/hot"
		}
		if got := s.chooseHandover(); got != test.want {
			t.Errorf("%s: %+v, want %+v", name, got, test.want)
		}
	}
}

// An app that imports activation itself is told what it takes to be passed listeners.
func TestActivationWithoutListen(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":                           "module example.com/app\n\ngo 1.26\n\nrequire github.com/coreos/go-systemd/v22 v22.0.0\n\nreplace github.com/coreos/go-systemd/v22 => ./systemd\n",
		"main.go":                          "package main\n\nimport _ \"" + ActivationPackage + "\"\n\nfunc main() {}\n",
		"systemd/go.mod":                   "module github.com/coreos/go-systemd/v22\n\ngo 1.26\n",
		"systemd/activation/activation.go": "package activation\n",
	} {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	graph, err := build.New(root, "").Graph(t.Context(), build.DefaultConfig(), ".")
	if err != nil {
		t.Fatal(err)
	}
	s := State{config: Config{Runner: runner.Config{Handover: "auto"}}, listing: listing{graph: graph}, service: service{canSwap: true}}
	want := handover{runner.Restart, false, "the app uses " + ActivationPackage + ", but runner.listen names no listeners to pass to it"}
	if got := s.chooseHandover(); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// What cannot be injected is said with its reason, and the next best taken.
func TestNothingInjected(t *testing.T) {
	s := State{config: Config{Runner: runner.Config{Handover: "inject"}}, listing: listing{graph: &build.Graph{Net: true}}, service: service{canSwap: true}}
	s.builds.artifact.Uninjected = "build.command builds the app"
	if got, want := s.chooseHandover(), (handover{runner.Restart, false, "nothing could be injected: build.command builds the app"}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	s.config.Runner.Listen = []string{":8080"}
	want := handover{runner.Socket, false, "nothing could be injected: build.command builds the app; the app gets the listeners that runner.listen names"}
	if got := s.chooseHandover(); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if s.listing.graph.Net = false; s.injects() {
		t.Error("it is injected into an app that opens no port")
	}
}

// Where listeners cannot be passed on, there is a restart and a reason for it, whatever
// system this test runs on.
func TestHandoverWithoutPassing(t *testing.T) {
	const why = "sockets cannot be passed to another process on this system"
	for _, handover := range []string{"auto", "socket", "inject"} {
		s := State{config: Config{Runner: runner.Config{Handover: handover, Listen: []string{":8080"}}}}
		if got := s.chooseHandover(); got.strategy != runner.Restart || got.reason != why {
			t.Errorf("%s: %+v, want a restart because %s", handover, got, why)
		}
		if s.injects() {
			t.Errorf("%s: it injects", handover)
		}
	}
}

// Requests that hold up what is kept are told.
func TestSwapWithBusyRequests(t *testing.T) {
	p := hotRunning(t)
	p.play(toSecond()...)
	ready := takenOver(2)
	ready.Swap.Busy = true
	p.play(move{ready, `
		2 app.ready 200 via accept localhost:8080
		2 swap.done by socket, with [visits] without map[cart:no such]
		2 note: requests of the version before did not end in time: new connections waited for them, and what they change from now on is lost (hot.Keep); a handler that waits for something can return when hot.Draining is closed
		2 cycle ok, swap: ` + becauseOfHot})
}
