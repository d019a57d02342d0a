package session

import (
	"testing"

	"hotreload/watch"
)

// The first version: built, started, ready.
func TestFirstStart(t *testing.T) {
	p := newPlayer(t)
	p.play(
		move{begun{SessionStart{Root: "/r", Package: "."}}, `0 session.start`},
		move{ready{graph: p.project.narrow}, `
			0 watch.ready
			> build . #1 over #0
			1 plan build, restart: the first start
			1 build.start`},
		move{good(1), `
			1 build.ok
			> run #1 as v1`},
		move{started(1), `
			1 app.start 100`},
		move{readied(1), `
			1 app.ready 100 via port localhost:8080
			1 cycle ok, restart: the first start`},
	)
	if s := p.state.Serving; s.Gen != 1 || s.PID != 100 || !s.Ready || s.Address != "localhost:8080" {
		t.Errorf("serving %+v, want version 1", s)
	}
}

// A build begins with the first change and is reported when the batch is complete.
func TestSave(t *testing.T) {
	for name, moves := range map[string][]move{
		"that settles before the build is done": {
			{opened("main.go"), `> build . #2 over #1`},
			{settled("main.go"), `
				2 change main.go
				2 plan build, restart: main.go is part of package example.com/app
				2 build.start`},
			{good(2), `
				2 build.ok
				> run #2 as v2`},
			{exited(1), `1 app.exit 100 with 0, as asked`},
			{started(2), `
				2 app.start 200
				> forget #1`},
			{readied(2), `
				2 app.ready 200 via port localhost:8080
				2 cycle ok, restart: main.go is part of package example.com/app`},
		},
		"that settles after the build is done": {
			{opened("main.go"), `> build . #2 over #1`},
			{good(2), ``},
			{settled("main.go"), `
				2 change main.go
				2 plan build, restart: main.go is part of package example.com/app
				2 build.start
				2 build.ok
				> run #2 as v2`},
		},
		"that settles after the build has failed": {
			{opened("main.go"), `> build . #2 over #1`},
			{bad(2), ``},
			{settled("main.go"), `
				2 change main.go
				2 plan build, restart: main.go is part of package example.com/app
				2 build.start
				2 build.error main.go:3:4: oops
				2 cycle failed, restart: main.go is part of package example.com/app`},
		},
		"that grows": {
			{opened("main.go"), `> build . #2 over #1`},
			{opened("main.go", "page/page.go"), `> cancel the build`},
			{opened("go.mod", "main.go", "page/page.go"), ``},
			{settled("go.mod", "main.go", "page/page.go"), `
				2 change go.mod main.go page/page.go
				> build . #3 over #1
				2 plan build, restart: go.mod is what decides which modules the app is built from (and 2 more changes)
				2 build.start`},
			{built{id: 2, err: errCancelled}, ``},
			{good(3), `
				2 build.ok
				> list .
				> run #3 as v2, it may listen`},
		},
		"that grows after the build is done": {
			{opened("main.go"), `> build . #2 over #1`},
			{good(2), ``},
			{opened("main.go"), `
				> cancel the build
				> forget #2`},
		},
		"that grows after the build came out identical": {
			{opened("main.go"), `> build . #2 over #1`},
			{same(2, 1), ``},
			{opened("main.go"), `> cancel the build`}, // and what runs is not forgotten
		},
		"that grows after the build has failed, which is not told": {
			{opened("main.go"), `> build . #2 over #1`},
			{bad(2), ``},
			{opened("main.go"), `> cancel the build`},
			{settled("main.go"), `
				2 change main.go
				> build . #3 over #1
				2 plan build, restart: main.go is part of package example.com/app
				2 build.start`},
			{bad(2), ``},
			{good(3), `
				2 build.ok
				> run #3 as v2`},
		},
		"that never was reported as open": {
			{settled("page/logo.svg"), `
				2 change page/logo.svg
				> build . #2 over #1
				2 plan build, restart: page/logo.svg is embedded in package example.com/app/page
				2 build.start`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := running(t)
			p.t = t
			p.play(moves...)
		})
	}
}

// What vanished before the batch was complete, such as an editor's probe, is not
// reported; but what it overtook is still done.
func TestChangesThatVanish(t *testing.T) {
	t.Run("nothing is told", func(t *testing.T) {
		running(t).play(
			move{opened("new.go"), `> build . #2 over #1`},
			move{opened(), `> cancel the build`},
			move{settled(), ``},
			move{good(2), `> forget #2`},
			move{opened("new.go"), `> build . #3 over #1`},
			move{settled(), `> cancel the build`},
		)
	})
	t.Run("what came with them counts", func(t *testing.T) {
		running(t).play(
			move{opened("new.go"), `> build . #2 over #1`},
			move{settled("README.md"), `
				2 change README.md
				> cancel the build
				2 plan none: README.md is not used to build the app
				2 cycle none, none: README.md is not used to build the app`},
		)
	})
	t.Run("they overtook a build", func(t *testing.T) {
		p := running(t)
		p.play(
			move{opened("main.go"), `> build . #2 over #1`},
			move{settled("main.go"), `
				2 change main.go
				2 plan build, restart: main.go is part of package example.com/app
				2 build.start`},
			move{opened("new.go"), `
				> cancel the build
				2 build.cancel: new.go has changed
				> build . #3 over #1`},
			move{opened(), `> cancel the build`},
			move{settled(), `
				> build . #4 over #1
				3 plan build, restart: main.go is part of package example.com/app
				3 build.start`},
			move{settled("README.md"), `4 change README.md`}, // new.go may have embedded it
			move{good(4), `
				3 build.ok
				> list .
				> run #4 as v3, it may listen`},
			move{listedAs(1, p.project.narrow), `
				> follow [.env .hotreload.toml]
				4 plan none: README.md is not used to build the app
				4 cycle none, none: README.md is not used to build the app`},
		)
	})
	t.Run("they overtook the first start", func(t *testing.T) {
		p := newPlayer(t)
		p.step(begun{})
		p.step(ready{graph: p.project.narrow})
		p.play(
			move{opened("new.go"), `
				> cancel the build
				1 build.cancel: new.go has changed
				> build . #2 over #0`},
			move{settled(), `
				> cancel the build
				> build . #3 over #0
				2 plan build, restart: the first start
				2 build.start`},
		)
	})
}

func TestResultOfAnOvertakenBuild(t *testing.T) {
	running(t).play(
		move{opened("main.go"), `> build . #2 over #1`},
		move{opened("main.go"), `> cancel the build`},
		move{settled("main.go"), `
			2 change main.go
			> build . #3 over #1
			2 plan build, restart: main.go is part of package example.com/app
			2 build.start`},
		move{good(2), `> forget #2`},
		move{same(2, 1), ``}, // it is what runs
		move{bad(2), ``},
		move{good(3), `
			2 build.ok
			> run #3 as v2`},
		move{good(3), ``}, // only in theory: it is what is about to run
	)
}

// A published build that is overtaken is cancelled before the eyes of all, and
// what it was for is a part of what comes next.
func TestOvertakenBuild(t *testing.T) {
	running(t).play(
		move{opened("page/page.go"), `> build . #2 over #1`},
		move{settled("page/page.go"), `
			2 change page/page.go
			2 plan build, restart: page/page.go is part of package example.com/app/page
			2 build.start`},
		move{opened("main.go"), `
			> cancel the build
			2 build.cancel: main.go has changed
			> build . #3 over #1`},
		move{settled("main.go"), `
			3 change main.go
			3 plan build, restart: main.go is part of package example.com/app (and 1 more change)
			3 build.start`},
		move{opened("go.mod"), `
			> cancel the build
			3 build.cancel: go.mod has changed
			> build . #4 over #1`},
		move{settled("go.mod"), `
			4 change go.mod
			4 plan build, restart: go.mod is what decides which modules the app is built from (and 2 more changes)
			4 build.start`},
		move{good(4), `
			4 build.ok
			> list .
			> run #4 as v4, it may listen`},
	)
}

// What changes nothing leaves a build in peace.
func TestBuildThatIsNotOvertaken(t *testing.T) {
	running(t).play(
		move{settled("main.go"), `
			2 change main.go
			> build . #2 over #1
			2 plan build, restart: main.go is part of package example.com/app
			2 build.start`},
		move{settled("main_test.go"), `
			3 change main_test.go
			3 plan none: main_test.go is a test
			3 cycle none, none: main_test.go is a test`},
		move{good(2), `
			2 build.ok
			> run #2 as v2`},
	)
}

// A new version may come while the one before is not ready yet.
func TestSaveWhileApplying(t *testing.T) {
	p := running(t)
	p.step(settled("main.go"))
	p.step(good(2))
	p.step(exited(1))
	p.play(
		move{settled("main.go"), `
			3 change main.go
			> build . #3 over #2
			3 plan build, restart: main.go is part of package example.com/app
			3 build.start`},
		move{started(2), `
			2 app.start 200
			> forget #1`},
		move{good(3), `
			3 build.ok
			2 cycle none, none: replaced before it was ready: main.go is part of package example.com/app
			> run #3 as v3`},
		move{readied(2), `2 app.ready 200 via port localhost:8080`},
		move{exited(2), `2 app.exit 200 with 0, as asked`},
		move{readied(2), ``}, // of a process that is gone
		move{started(3), `
			3 app.start 300
			> forget #2`},
		move{readied(3), `
			3 app.ready 300 via port localhost:8080
			3 cycle ok, restart: main.go is part of package example.com/app`},
	)
}

// A version that was replaced before its process was there is forgotten with
// the one that ran.
func TestSaveBeforeTheProcessIsThere(t *testing.T) {
	p := running(t)
	p.step(settled("main.go"))
	p.step(good(2))
	p.step(settled("main.go"))
	p.step(good(3))
	p.play(
		move{exited(1), `1 app.exit 100 with 0, as asked`},
		move{started(2), `2 app.start 200`}, // the runner began it before it knew
		move{exited(2), `2 app.exit 200 with 0, as asked`},
		move{started(3), `
			3 app.start 300
			> forget #1
			> forget #2`},
	)
}

// The cycle tells what took how long, from the first change on.
func TestDurations(t *testing.T) {
	p := running(t)
	first := p.now
	for _, in := range []input{
		watch.Batch{Paths: []string{p.project.at("main.go")}, First: first},
		watch.Batch{Paths: []string{p.project.at("main.go")}, First: first, Settled: true},
		good(2), started(2), readied(2),
	} {
		p.now = p.now.Add(tick)
		p.state, _ = p.state.apply(p.now, in, p.disk.look(p.state, in))
	}
	want := Cycle{
		Result: OK, Rung: Restart, Reason: "main.go is part of package example.com/app",
		WatchMS: 10, BuildMS: 300, ApplyMS: 20, TotalMS: 50,
	}
	if got := p.state.Cycle; got != want {
		t.Errorf("cycle %+v, want %+v", got, want)
	}
}

// A build tells how far it is, once anybody has heard of it.
func TestCompiling(t *testing.T) {
	p := running(t)
	p.step(opened("main.go"))
	p.play(move{compiles{2, 1, 0}, ``})
	p.step(settled("main.go"))
	p.play(
		move{compiles{1, 7, 0}, ``}, // of a former one
		move{compiles{2, 2, 0}, `2 compiling 2`},
		move{good(2), "2 build.ok\n> run #2 as v2"},
		move{compiles{2, 3, 0}, ``},
	)
}

// A build that compiles many packages of others says why, once.
func TestCompilingPackagesOfOthers(t *testing.T) {
	p := running(t)
	p.step(opened("main.go"))
	p.play(move{compiles{2, 11, 10}, ``}) // nobody has heard of it yet
	p.step(settled("main.go"))
	p.play(
		move{compiles{2, 12, 11}, `
			2 note: this build takes longer: the go command has not compiled the packages yet that the app uses; it keeps them for the next build
			2 compiling 12`},
		move{compiles{2, 13, 12}, `2 compiling 13`},
		move{good(2), "2 build.ok\n> run #2 as v2"},
	)
	p.state.config.Runner.Handover = "inject"
	p.state.service.canSwap = true
	graph := *p.state.listing.graph
	graph.Net = true
	p.state.listing.graph = &graph
	p.step(settled("main.go"))
	p.play(
		move{compiles{3, 30, 9}, `3 compiling 30`}, // its own
		move{compiles{3, 31, 10}, `
			3 note: this build takes longer: hotreload adds a few lines to net and net/http (runner.handover), so all packages that use them are compiled again; the go command keeps them for the next build
			3 compiling 31`},
	)
}
