package session

import (
	"strings"
	"testing"
	"time"

	"hotreload/internal/proxy"
	"hotreload/runner"
)

// behindProxy starts with a session whose first version runs behind the proxy.
func behindProxy(t *testing.T, c proxy.Config) *player {
	t.Helper()
	p := newPlayer(t)
	p.state.config.Proxy, p.state.ProxyURL = c, "http://localhost:80"
	graph := *p.project.narrow
	graph.Net = true
	for _, in := range []input{begun{}, ready{graph: &graph}, good(1), started(1), behind(1, nil)} {
		p.step(in)
	}
	return p
}

// behind is the readiness of a process behind the proxy.
func behind(gen int, swap *runner.Swap) runner.Ready {
	r := readied(gen)
	r.Address, r.Swap = "localhost:20001", swap
	return r
}

var proxied = &runner.Swap{Strategy: runner.Proxy, Took: 13 * time.Millisecond}

const (
	portReason   = "main.go is part of package example.com/app; each version gets a PORT of its own behind the proxy"
	targetReason = "main.go is part of package example.com/app; the app always listens on localhost:3000 (proxy.target); requests wait at the proxy meanwhile"
)

// With a PORT of its own the new version runs beside the old one; what clients are told is
// where the proxy listens.
func TestSwapBehindTheProxy(t *testing.T) {
	p := behindProxy(t, proxy.Config{Listen: ":80"})
	p.play(
		move{settled("main.go"), `
			2 change main.go
			> build . #2 over #1
			2 plan build, swap: ` + portReason + `
			2 build.start`},
		move{good(2), `
			2 build.ok
			> run #2 as v2, it may listen, beside the other`},
		move{started(2), "2 app.start 200"},
		move{behind(2, proxied), `
			2 app.ready 200 via port localhost:80
			2 swap.done by proxy, with [] without map[]
			2 cycle ok, swap: ` + portReason},
		move{exited(1), "1 app.exit 100 with 0, as asked"},
		move{runner.Settled{Gen: 2}, "> forget #1"},
	)
}

// At a port that is always the same one version comes after the other. It is a swap all the
// same, and the former executable is kept until it is clear that it is not needed.
func TestSwapAtOnePort(t *testing.T) {
	p := behindProxy(t, proxy.Config{Listen: ":80", Target: "localhost:3000"})
	second := []move{
		{settled("main.go"), `
			2 change main.go
			> build . #2 over #1
			2 plan build, swap: ` + targetReason + `
			2 build.start`},
		{good(2), `
			2 build.ok
			> run #2 as v2, it may listen`},
		{exited(1), "1 app.exit 100 with 0, as asked"},
		{started(2), "2 app.start 200"},
	}
	p.play(second...)
	p.play(
		move{behind(2, proxied), `
			2 app.ready 200 via port localhost:80
			2 swap.done by proxy, with [] without map[]
			2 cycle ok, swap: ` + targetReason},
		move{runner.Settled{Gen: 2}, "> forget #1"},
	)

	p = behindProxy(t, proxy.Config{Listen: ":80", Target: "localhost:3000"})
	p.play(second...)
	crash := crashed(2, 0)
	crash.Rollback = true
	p.play(
		move{crash, `
			2 app.exit 200 with 0: oh no
			2 cycle failed, swap: ` + targetReason},
		move{runner.RolledBack{Gen: 2, Artifact: artifact(1), To: 1, Strategy: runner.Proxy, Reason: "it exited with status 0"},
			"2 swap.rollback to v1: it exited with status 0"},
		move{runner.Started{Gen: 1, PID: 150}, "1 app.start 150"},
		move{runner.Ready{Gen: 1, PID: 150, Via: "port", Address: "localhost:3000"}, "1 app.ready 150 via port localhost:80"},
	)
	if s := p.state; s.Serving.PID != 150 || s.Phase != Broken {
		t.Errorf("%+v serves in phase %s, want the first version again, and failed", s.Serving, s.Phase)
	}
}

// An app that ignores PORT is found out, and found to do so again.
func TestAppThatIgnoresPORT(t *testing.T) {
	p := behindProxy(t, proxy.Config{Listen: ":80"})
	elsewhere := runner.Ready{Gen: 2, PID: pid(2), Via: "port", Address: "localhost:3000", Elsewhere: true, Swap: proxied}
	for _, in := range []input{settled("main.go"), good(2), started(2)} {
		p.step(in)
	}
	const because = "the app listens on localhost:3000 whatever PORT says; requests wait at the proxy meanwhile"
	p.play(
		move{elsewhere, `
			2 app.ready 200 via port localhost:80
			2 swap.done by proxy, with [] without map[]
			2 note: the app listens on localhost:3000, and not on the port that it is given as PORT; requests are sent there. ` +
			`Have it listen on PORT, so that two versions can run side by side, or say so in [proxy]: target = "localhost:3000"
			2 note: a new version is started when the old one has stopped: ` + because + `
			2 cycle ok, swap: ` + portReason},
		move{exited(1), "1 app.exit 100 with 0, as asked"},
		move{settled("main.go"), `
			3 change main.go
			> build . #3 over #2
			3 plan build, swap: main.go is part of package example.com/app; ` + because + `
			3 build.start`},
		move{good(3), `
			3 build.ok
			> run #3 as v3, it may listen`},
		move{exited(2), "2 app.exit 200 with 0, as asked"},
		move{started(3), "3 app.start 300"},
		move{behind(3, proxied), `
			3 app.ready 300 via port localhost:80
			3 swap.done by proxy, with [] without map[]
			3 note: a new version takes over while the old one finishes its requests: each version gets a PORT of its own behind the proxy
			3 cycle ok, swap: main.go is part of package example.com/app; ` + because},
	)
}

// Two versions that want the same port besides come one after the other from then on.
func TestAppWithASecondPort(t *testing.T) {
	p := behindProxy(t, proxy.Config{Listen: ":80"})
	for _, in := range []input{settled("main.go"), good(2), started(2)} {
		p.step(in)
	}
	crash := crashed(2, 1)
	crash.Again = true
	p.play(
		move{crash, `
			2 app.exit 200 with 1: oh no
			2 note: a new version is started when the old one has stopped: two versions of the app want the same port; requests wait at the proxy meanwhile`},
		move{exited(1), "1 app.exit 100 with 0, as asked"},
		move{runner.Started{Gen: 2, PID: 250}, "2 app.start 250"},
		move{runner.Ready{Gen: 2, PID: 250, Via: "port", Address: "localhost:20002", Swap: proxied}, `
			2 app.ready 250 via port localhost:80
			2 swap.done by proxy, with [] without map[]
			2 cycle ok, swap: ` + portReason},
	)
}

// While nothing serves, the proxy shows why.
func TestFailureAtTheProxy(t *testing.T) {
	p := newPlayer(t)
	p.state.config.Proxy, p.state.ProxyURL = proxy.Config{Listen: ":80"}, "http://localhost:80"
	for _, in := range []input{begun{}, ready{graph: p.project.narrow}} {
		p.step(in)
	}
	p.play(move{bad(1), `
		1 build.error main.go:3:4: oops
		1 cycle failed, restart: the first start
		> show The build failed: main.go:3:4: oops`})

	p = behindProxy(t, proxy.Config{Listen: ":80"})
	p.step(settled("main.go"))
	p.play(move{bad(2), `
		2 build.error main.go:3:4: oops
		2 cycle failed, swap: ` + portReason})
}

// What can be changed takes effect; where the proxy listens stays until the next start.
func TestChangedProxy(t *testing.T) {
	const note = "1 note: changes to proxy.listen, browser, certificate and key take effect when hotreload is restarted\n"
	for name, test := range map[string]struct {
		changed proxy.Config
		want    string
	}{
		"target": {proxy.Config{Listen: ":80", Target: "localhost:3000"}, `
			1 note: a new version is started when the old one has stopped: the app always listens on localhost:3000 (proxy.target); requests wait at the proxy meanwhile
			> follow [.env .hotreload.toml]
			2 plan swap: .hotreload.toml changed its [proxy] table; the app always listens on localhost:3000 (proxy.target); requests wait at the proxy meanwhile
			> run #1 as v2, it may listen`},
		"listen": {proxy.Config{Listen: ":81"}, note + `
			> follow [.env .hotreload.toml]
			2 plan none: .hotreload.toml changed how the proxy is set up, which takes effect at the next start
			2 cycle none, none: .hotreload.toml changed how the proxy is set up, which takes effect at the next start`},
		"no proxy": {proxy.Config{}, note + `
			> follow [.env .hotreload.toml]
			2 plan none: .hotreload.toml changed how the proxy is set up, which takes effect at the next start
			2 cycle none, none: .hotreload.toml changed how the proxy is set up, which takes effect at the next start`},
	} {
		t.Run(name, func(t *testing.T) {
			p := behindProxy(t, proxy.Config{Listen: ":80"})
			p.play(
				move{settled(".hotreload.toml"), `
					2 change .hotreload.toml
					> read the config`},
				move{changed(p, 1, func(c *Config) { c.Proxy = test.changed }), test.want},
			)
		})
	}
}

// An app that uses package hot for something else than its listener is given a PORT like any
// other, until a version asks for its listener.
func TestSwapOfAnAppThatListensByItself(t *testing.T) {
	p := newPlayer(t)
	p.state.config.Proxy, p.state.ProxyURL = proxy.Config{Listen: ":80"}, "http://localhost:80"
	graph := *p.project.narrow
	graph.Net, graph.Hot = true, "/app/internal/hot"
	p.play(move{begun{}, "0 session.start"})
	p.step(ready{graph: &graph})
	p.step(good(1))
	p.step(started(1))
	p.play(
		move{behind(1, nil), `
			1 app.ready 100 via port localhost:80
			1 note: a new version takes over while the old one finishes its requests: each version gets a PORT of its own behind the proxy
			1 cycle ok, restart: the first start`},
		move{settled("main.go"), `
			2 change main.go
			> build . #2 over #1
			2 plan build, swap: ` + portReason + `
			2 build.start`},
		move{good(2), `
			2 build.ok
			> run #2 as v2, it may listen, beside the other`},
		move{started(2), "2 app.start 200"},
	)
	p.step(behind(2, proxied))
	p.play(move{runner.Shares{Gen: 2, PID: pid(2)}, `
		2 note: a new version takes over while the old one finishes its requests: the app uses hot`})
}

// What only one process can have is learned once a version serves that could not run beside
// the one before it, and said with what to set.
func TestExclusive(t *testing.T) {
	const because = "two versions of the app cannot run side by side (the lock on data/LOCK)"
	for name, test := range map[string]struct {
		player *player
		swap   runner.Swap
		then   string // how versions take over from now on
	}{
		"proxy": {
			behindProxy(t, proxy.Config{Listen: ":80"}), *proxied,
			because + "; requests wait at the proxy meanwhile",
		},
		"socket": {
			hotRunning(t), runner.Swap{Strategy: runner.Socket},
			"the app uses hot; " + because + "; connections wait meanwhile",
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := test.player
			for _, in := range []input{settled("main.go"), good(2), started(2)} {
				p.step(in)
			}
			crash := crashed(2, 1)
			crash.Again, crash.Exclusive = true, "the lock on data/LOCK"
			ready := behind(2, &test.swap)
			ready.PID, ready.Shared = 250, true
			p.play(
				move{crash, "2 app.exit 200 with 1: oh no"},
				move{exited(1), "1 app.exit 100 with 0, as asked"},
				move{runner.Started{Gen: 2, PID: 250}, "2 app.start 250"},
			)
			told := strings.Join(p.step(ready), "\n")
			for _, want := range []string{
				"a new version is started when the old one has stopped: " + test.then,
				`to have each version started only when the one before has stopped, in later sessions too, set handover = "restart" in [runner]`,
			} {
				if !strings.Contains(told, want) {
					t.Errorf("it tells\n%s\nwant %s", told, want)
				}
			}
			if s := p.state.Serving; s.PID != 250 || !s.Ready || p.state.Phase != Running {
				t.Errorf("%+v serves in phase %s, want the second version", s, p.state.Phase)
			}
			if told := strings.Join(p.step(settled("main.go")), "\n"); !strings.Contains(told, "3 plan build, swap: main.go is part of package example.com/app; "+test.then) {
				t.Errorf("the next plan is\n%s", told)
			}
		})
	}
}
