package session

import (
	"testing"

	"hotreload/runner"
)

// opensPorts starts with a session whose first version runs, and can open a port.
func opensPorts(t *testing.T) *player {
	t.Helper()
	p := newPlayer(t)
	graph := *p.project.narrow
	graph.Net = true
	for _, in := range []input{begun{}, ready{graph: &graph}, good(1), started(1), readied(1)} {
		p.step(in)
	}
	return p
}

const injects = "hotreload is built into its net and net/http"

// Another runner.handover brings another build where that is what it takes.
func TestInjectionByConfig(t *testing.T) {
	p := opensPorts(t)
	handover := func(way string) func(*Config) { return func(c *Config) { c.Runner.Handover = way } }
	p.play(
		move{settled(".hotreload.toml"), `
			2 change .hotreload.toml
			> read the config`},
		move{changed(p, 1, handover("inject")), `
			1 note: a new version takes over while the old one finishes its requests: ` + injects + `
			> follow [.env .hotreload.toml]
			> build . #2 over #1, injected
			2 plan build, restart: .hotreload.toml changed its [runner] table; the running process was not built to hand over, or listens on nothing that can be passed on, so two cannot overlap
			2 build.start`},
		move{good(2), `
			2 build.ok
			> run #2 as v2, it may listen, beside the other`},
	)
	for _, in := range []input{exited(1), started(2), shared(2)} {
		p.step(in)
	}
	p.play(
		move{settled("main.go"), `
			3 change main.go
			> build . #3 over #2, injected
			3 plan build, swap: main.go is part of package example.com/app; ` + injects + `
			3 build.start`},
	)
	for _, in := range []input{good(3), started(3), takenOver(3), exited(2), settled(".hotreload.toml")} {
		p.step(in)
	}
	p.play(
		move{changed(p, 2, handover("restart")), `
			> follow [.env .hotreload.toml]
			> build . #4 over #3
			4 plan build, restart: .hotreload.toml changed its [runner] table
			4 build.start`},
	)
}

// Where nothing could be injected it is said once, with what is done instead.
func TestUninjectedBuild(t *testing.T) {
	p := newPlayer(t)
	p.state.config.Runner.Handover = "inject"
	graph := *p.project.narrow
	graph.Net = true
	for _, in := range []input{begun{}, ready{graph: &graph}} {
		p.step(in)
	}
	result := good(1)
	result.artifact.Uninjected = "build.command builds the app"
	p.play(move{result, `
		1 build.ok
		1 note: a new version is started when the old one has stopped: nothing could be injected: build.command builds the app
		> run #1 as v1, it may listen`})
	for _, in := range []input{started(1), readied(1)} {
		p.step(in)
	}
	again := good(2)
	again.artifact.Uninjected = result.artifact.Uninjected
	p.play(
		move{settled("main.go"), `
			2 change main.go
			> build . #2 over #1, injected
			2 plan build, restart: main.go is part of package example.com/app
			2 build.start`},
		move{again, `
			2 build.ok
			> run #2 as v2, it may listen`},
	)
	if got := p.state.chooseHandover().strategy; got != runner.Restart {
		t.Errorf("the strategy is %s, want a restart", got)
	}
}
