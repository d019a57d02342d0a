package session

import (
	"errors"
	"testing"

	"hotreload/runner"
)

func TestIdenticalBuild(t *testing.T) {
	const reason = "the build came out byte-identical to what runs"
	t.Run("of what runs", func(t *testing.T) {
		running(t).play(
			move{opened("main.go"), `> build . #2 over #1`},
			move{same(2, 1), ``},
			move{settled("main.go"), `
				2 change main.go
				2 plan build, restart: main.go is part of package example.com/app
				2 build.start
				2 build.ok same
				2 cycle none, none: ` + reason},
		)
	})
	t.Run("of what is being started", func(t *testing.T) {
		p := newPlayer(t)
		p.step(begun{})
		p.step(ready{graph: p.project.narrow})
		p.step(good(1))
		p.step(settled("main.go"))
		p.play(
			move{same(2, 1), `
				2 build.ok same
				2 cycle none, none: ` + reason},
			move{started(1), `
				1 app.start 100`},
			move{readied(1), `
				1 app.ready 100 via port localhost:8080
				1 cycle ok, restart: the first start`},
		)
	})
	t.Run("of what has ended", func(t *testing.T) {
		p := running(t)
		p.step(crashed(1, 1))
		p.step(settled("main.go"))
		p.play(
			move{same(2, 1), `
				2 build.ok same
				> run #1 as v2`},
			move{started(2), `2 app.start 200`}, // and nothing is forgotten
			move{readied(2), `
				2 app.ready 200 via port localhost:8080
				2 cycle ok, restart: main.go is part of package example.com/app`},
		)
	})
}

// What runs must see a change of what it reads at run time, whatever the build
// that came with it brings.
func TestIdenticalBuildWithARunTimeFile(t *testing.T) {
	t.Run("in one batch", func(t *testing.T) {
		p := running(t)
		p.play(
			move{opened("main.go"), `> build . #2 over #1`},
			move{settled("main.go", "page/page.html"), `
				2 change main.go page/page.html
				2 plan build, restart: main.go is part of package example.com/app
				2 build.start`},
			move{same(2, 1), `
				2 build.ok same
				> run #1 as v2`},
			move{exited(1), `1 app.exit 100 with 0, as asked`},
			move{started(2), `2 app.start 200`},
			move{readied(2), `
				2 app.ready 200 via port localhost:8080
				2 cycle ok, restart: the build came out byte-identical; page/page.html is read at run time (watch.include **/*.{html,tmpl,tpl,gohtml})`},
		)
		p.step(settled("main.go"))
		p.play(move{same(3, 1), `
			3 build.ok same
			3 cycle none, none: the build came out byte-identical to what runs`})
	})
	t.Run("when the first build fails and is fixed", func(t *testing.T) {
		p := running(t)
		p.step(settled(".env", "main.go"))
		p.step(bad(2))
		p.step(settled("main.go"))
		p.play(move{same(3, 1), `
			3 build.ok same
			> list .
			> run #1 as v3, it may listen`})
	})
}

// A build that fails changes nothing, and a save fixes it.
func TestFailedBuild(t *testing.T) {
	p := running(t)
	p.play(
		move{settled("main.go"), `
			2 change main.go
			> build . #2 over #1
			2 plan build, restart: main.go is part of package example.com/app
			2 build.start`},
		move{bad(2), `
			2 build.error main.go:3:4: oops
			2 cycle failed, restart: main.go is part of package example.com/app`},
	)
	if s := p.state; s.Phase != Broken || s.Serving.Gen != 1 || len(s.Diagnostics) != 1 {
		t.Errorf("phase %s, serving %+v, diagnostics %v; want version 1 to serve, and the one complaint", s.Phase, s.Serving, s.Diagnostics)
	}
	p.play(
		move{settled("README.md"), `
			3 change README.md
			3 plan none: README.md is not used to build the app
			3 cycle none, none: README.md is not used to build the app`},
		move{settled("page/page.html"), `
			4 change page/page.html
			4 plan restart: page/page.html is read at run time (watch.include **/*.{html,tmpl,tpl,gohtml})
			> run #1 as v4`},
		// It is in no graph, but what the build lacked may be in it.
		move{settled("other/other.go"), `
			5 change other/other.go
			> build . #3 over #1
			5 plan build, restart: other/other.go may fix the failed build
			5 build.start`},
		move{good(3), `
			5 build.ok
			> list .
			4 cycle none, none: replaced before it was ready: other/other.go may fix the failed build
			> run #3 as v5, it may listen`},
	)
	if s := p.state; s.Phase != Applying || len(s.Diagnostics) != 0 {
		t.Errorf("phase %s, diagnostics %v; want it fixed", s.Phase, s.Diagnostics)
	}
}

// A build for which nothing could be run is a failed build.
func TestBuildThatDidNotRun(t *testing.T) {
	p := running(t)
	p.step(settled("main.go"))
	p.play(move{built{id: 2, err: errors.New("no space left on device")}, `
		2 build.error no space left on device
		2 cycle failed, restart: main.go is part of package example.com/app`})
	if d := p.state.Diagnostics; len(d) != 1 || d[0].Message != "no space left on device" || d[0].Severity != "error" {
		t.Errorf("diagnostics %+v, want the error", d)
	}
}

func TestRunTimeFiles(t *testing.T) {
	t.Run("bring a new process without a build", func(t *testing.T) {
		running(t).play(
			move{opened("page/page.html"), ``},
			move{settled("page/page.html"), `
				2 change page/page.html
				2 plan restart: page/page.html is read at run time (watch.include **/*.{html,tmpl,tpl,gohtml})
				> run #1 as v2`},
			move{exited(1), `1 app.exit 100 with 0, as asked`},
			move{started(2), `2 app.start 200`},
			move{readied(2), `
				2 app.ready 200 via port localhost:8080
				2 cycle ok, restart: page/page.html is read at run time (watch.include **/*.{html,tmpl,tpl,gohtml})`},
			move{settled(".env"), `
				3 change .env
				3 plan restart: .env sets the app's environment
				> run #1 as v3`},
		)
	})
	t.Run("have nothing to read them before the first build", func(t *testing.T) {
		p := newPlayer(t)
		p.step(begun{})
		p.step(ready{graph: p.project.narrow})
		p.step(bad(1))
		p.play(move{settled(".env"), `
			2 change .env
			2 plan none: .env sets the app's environment, and nothing has been built yet
			2 cycle none, none: .env sets the app's environment, and nothing has been built yet`})
	})
	t.Run("of another directory are matched from there", func(t *testing.T) {
		p := running(t)
		p.state.config.Watch.Include = []string{"*.html"}
		p.play(move{settled("page/page.html"), `
			2 change page/page.html
			2 plan none: page/page.html is not used to build the app
			2 cycle none, none: page/page.html is not used to build the app`})
		p.state.config.Watch.Extra = []string{"page"}
		p.play(move{settled("page/page.html"), `
			3 change page/page.html
			3 plan restart: page/page.html is read at run time (watch.include *.html)
			> run #1 as v3`})
	})
}

// The most disruptive rung that the changes need is taken, with the reason of the first that needs it.
func TestSeveralChanges(t *testing.T) {
	for name, test := range map[string]struct {
		paths []string
		want  string
	}{
		"one more": {
			[]string{"README.md", "main_test.go"},
			"none: README.md is not used to build the app (and 1 more change)",
		},
		"others that need less": {
			[]string{".env", "README.md", "page/page.html"},
			"restart: .env sets the app's environment (and 1 more change)",
		},
		"the harshest": {
			[]string{".env", "README.md", "main.go", "page/page.go", "page/page.html", "page/logo.svg"},
			"build, restart: main.go is part of package example.com/app (and 2 more changes)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := running(t)
			d := p.state.decide(p.observed(test.paths...))
			if got := tellData(d.Plan)[1:]; got != test.want {
				t.Errorf("plan %q, want %q", got, test.want)
			}
		})
	}
}

// An app that exits by itself is reported and not started again.
func TestAppThatEnds(t *testing.T) {
	for name, test := range map[string]struct {
		moves []move
		phase Phase
	}{
		"before it was ready": {[]move{
			{crashed(2, 1), `
				2 app.exit 200 with 1: oh no
				2 cycle failed, restart: main.go is part of package example.com/app`},
		}, Broken},
		"before it was ready, its work done": {[]move{
			{crashed(2, 0), `
				2 app.exit 200 with 0: oh no
				2 cycle ok, restart: main.go is part of package example.com/app`},
		}, Idle},
		"later": {[]move{
			{readied(2), `
				2 app.ready 200 via port localhost:8080
				2 cycle ok, restart: main.go is part of package example.com/app`},
			{runner.Exited{Gen: 2, PID: 200, Code: -1, Signal: "SIGSEGV", Hint: "a hint"}, `
				2 app.exit 200 with -1SIGSEGV: a hint`},
		}, Broken},
		"while the next is built": {[]move{
			{settled("main.go"), `
				3 change main.go
				> build . #3 over #2
				3 plan build, restart: main.go is part of package example.com/app
				3 build.start`},
			{crashed(2, 1), `
				2 app.exit 200 with 1: oh no
				2 cycle failed, restart: main.go is part of package example.com/app`},
			{good(3), `
				3 build.ok
				> run #3 as v3`},
		}, Applying},
	} {
		t.Run(name, func(t *testing.T) {
			p := running(t)
			for _, in := range []input{settled("main.go"), good(2), exited(1), started(2)} {
				p.step(in)
			}
			p.play(test.moves...)
			if s := p.state; s.Phase != test.phase || s.Serving.PID != 0 {
				t.Errorf("phase %s, serving %+v; want %s and no process", s.Phase, s.Serving, test.phase)
			}
		})
	}
}

// What could not be started is reported as the exit of an app without a PID.
func TestAppThatCannotBeStarted(t *testing.T) {
	p := running(t)
	p.step(settled(".env"))
	p.step(exited(1))
	p.play(
		move{runner.Failed{Gen: 2, Err: errors.New("read the env file .env: line 1")}, `
			2 app.exit 0 with -1: read the env file .env: line 1
			2 cycle failed, restart: .env sets the app's environment`},
		move{settled(".env"), `
			3 change .env
			3 plan restart: .env sets the app's environment
			> run #1 as v3`},
	)
}

// Paths are reported as users see them.
func TestPaths(t *testing.T) {
	s := View{Root: "/home/ann/app"}
	for path, want := range map[string]string{
		"/home/ann/app/a b/世界.go":  "a b/世界.go",
		"/home/ann/app":            ".",
		"/home/ann/app/..dots/a":   "..dots/a",
		"/home/ann/application.go": "/home/ann/application.go",
		"/home/ann":                "/home/ann",
		"/etc/app.env":             "/etc/app.env",
	} {
		if got := s.relative(path); got != want {
			t.Errorf("relative(%s) = %s, want %s", path, got, want)
		}
	}
}
