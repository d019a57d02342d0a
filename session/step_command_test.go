package session

import (
	"slices"
	"strings"
	"testing"
)

func TestPause(t *testing.T) {
	t.Run("gathers changes until it is resumed", func(t *testing.T) {
		p := running(t)
		p.play(
			move{CommandPause, `1 paused`},
			move{CommandPause, ``},
			move{opened("main.go"), ``},
			move{settled("main.go"), `2 change main.go`},
			move{settled("page/page.html"), `2 change page/page.html`},
			move{CommandResume, `
				1 resumed
				> build . #2 over #1
				2 plan build, restart: main.go is part of package example.com/app
				2 build.start`},
			move{CommandResume, ``},
		)
		if p.state.Paused {
			t.Error("it is still paused")
		}
		p.play(
			move{good(2), `
				2 build.ok
				> run #2 as v2`},
			move{CommandPause, `2 paused`},
			move{CommandResume, `2 resumed`}, // and nothing was gathered
		)
	})
	t.Run("ends a build that was not reported yet", func(t *testing.T) {
		running(t).play(
			move{opened("main.go"), `> build . #2 over #1`},
			move{good(2), ``},
			move{CommandPause, `
				1 paused
				> cancel the build
				> forget #2`},
			move{settled("main.go"), `2 change main.go`},
			move{CommandResume, `
				1 resumed
				> build . #3 over #1
				2 plan build, restart: main.go is part of package example.com/app
				2 build.start`},
			move{opened("page/page.go"), `
				> cancel the build
				2 build.cancel: page/page.go has changed
				> build . #4 over #1`},
		)
	})
	t.Run("leaves a build that was told of", func(t *testing.T) {
		p := running(t)
		p.step(settled("main.go"))
		p.play(
			move{CommandPause, `2 paused`},
			move{good(2), `
				2 build.ok
				> run #2 as v2`},
			move{exited(1), `1 app.exit 100 with 0, as asked`},
			move{started(2), `
				2 app.start 200
				> forget #1`},
		)
	})
	t.Run("does not lose what a change overtook", func(t *testing.T) {
		p := running(t)
		p.step(settled("main.go"))
		p.step(opened("new.go"))
		p.play(
			move{CommandPause, `
				2 paused
				> cancel the build`},
			move{settled(), ``},
			move{CommandResume, `
				2 resumed
				> build . #4 over #1
				3 plan build, restart: main.go is part of package example.com/app
				3 build.start`},
		)
	})
	t.Run("resumed with nothing that matters", func(t *testing.T) {
		running(t).play(
			move{CommandPause, `1 paused`},
			move{settled("README.md"), `2 change README.md`},
			move{CommandResume, `
				1 resumed
				2 plan none: README.md is not used to build the app
				2 cycle none, none: README.md is not used to build the app`},
			move{settled("main_test.go"), `
				3 change main_test.go
				3 plan none: main_test.go is a test
				3 cycle none, none: main_test.go is a test`},
		)
	})
}

func TestRestart(t *testing.T) {
	t.Run("what runs", func(t *testing.T) {
		running(t).play(
			move{CommandRestart, `
				2 plan restart: asked to restart
				> run #1 as v2`},
			move{exited(1), `1 app.exit 100 with 0, as asked`},
			move{started(2), `2 app.start 200`},
			move{readied(2), `
				2 app.ready 200 via port localhost:8080
				2 cycle ok, restart: asked to restart`},
		)
	})
	t.Run("what has ended", func(t *testing.T) {
		p := running(t)
		p.step(crashed(1, 2))
		p.play(move{CommandRestart, `
			2 plan restart: asked to restart
			> run #1 as v2`})
	})
	t.Run("what was never built", func(t *testing.T) {
		p := newPlayer(t)
		p.step(begun{})
		p.step(ready{graph: p.project.narrow})
		p.step(bad(1))
		p.play(move{CommandRestart, `
			> build . #2 over #0
			2 plan build, restart: asked to restart
			2 build.start`})
	})
	t.Run("while a batch is open", func(t *testing.T) {
		running(t).play(
			move{opened("main.go"), `> build . #2 over #1`},
			move{CommandRestart, `
				2 plan restart: asked to restart
				> run #1 as v2`},
			move{opened("main.go"), `> cancel the build`},
			move{settled("main.go"), `
				3 change main.go
				> build . #3 over #1
				3 plan build, restart: main.go is part of package example.com/app
				3 build.start`},
		)
	})
}

func TestRebuild(t *testing.T) {
	t.Run("brings what it brings", func(t *testing.T) {
		running(t).play(
			move{CommandRebuild, `
				> build . #2 over #1
				2 plan build, restart: asked to rebuild
				2 build.start`},
			move{same(2, 1), `
				2 build.ok same
				> list .
				2 cycle none, none: the build came out byte-identical to what runs`},
		)
	})
	t.Run("overtakes", func(t *testing.T) {
		p := running(t)
		p.step(settled("main.go"))
		p.play(move{CommandRebuild, `
			> cancel the build
			2 build.cancel: asked to rebuild
			> build . #3 over #1
			3 plan build, restart: asked to rebuild
			3 build.start`})
	})
	t.Run("takes over a build that was not reported yet", func(t *testing.T) {
		p := running(t)
		p.step(opened("main.go"))
		p.play(
			move{CommandRebuild, `
				2 plan build, restart: asked to rebuild
				2 build.start`},
			move{settled("main.go"), `
				3 change main.go
				> cancel the build
				2 build.cancel: main.go has changed
				> build . #3 over #1
				3 plan build, restart: main.go is part of package example.com/app
				3 build.start`},
		)
	})
	t.Run("acts on what was gathered", func(t *testing.T) {
		running(t).play(
			move{CommandPause, `1 paused`},
			move{settled("main.go", "page/page.html"), `2 change main.go page/page.html`},
			move{CommandRebuild, `
				> build . #2 over #1
				2 plan build, restart: asked to rebuild
				2 build.start`},
			move{same(2, 1), `
				2 build.ok same
				> list .
				> run #1 as v2, it may listen`},
			move{CommandResume, `2 resumed`},
		)
	})
	t.Run("leaves a gathered config to be read", func(t *testing.T) {
		running(t).play(
			move{CommandPause, `1 paused`},
			move{settled(".hotreload.toml"), `2 change .hotreload.toml`},
			move{CommandRebuild, `
				> build . #2 over #1
				2 plan build, restart: asked to rebuild
				2 build.start`},
			move{CommandResume, `
				2 resumed
				> read the config`},
		)
	})
}

// A command that comes before the first build has begun does not start one.
func TestCommandsBeforeTheFirstBuild(t *testing.T) {
	p := newPlayer(t)
	p.play(
		move{begun{}, `0 session.start`},
		move{CommandRebuild, ``},
		move{CommandRestart, ``},
		move{CommandPause, `0 paused`},
		move{ready{graph: p.project.narrow}, `
			0 watch.ready
			> build . #1 over #0
			1 plan build, restart: the first start
			1 build.start`},
		move{good(1), `
			1 build.ok
			> run #1 as v1`},
	)
}

// Whatever is going on, quit stops it, and nothing is begun any more.
func TestQuit(t *testing.T) {
	for name, test := range map[string]struct {
		before []input
		want   string
	}{
		"before the watch is armed": {nil, `> stop`},
		"while a batch is open":     {[]input{opened("main.go")}, "> cancel the build\n> stop"},
		"while building":            {[]input{settled("main.go")}, "> cancel the build\n2 build.cancel: the session ends\n> stop"},
		"while applying":            {[]input{settled("main.go"), good(2), exited(1)}, `> stop`},
		"while running":             {[]input{CommandRestart, exited(1), started(2), readied(2)}, `> stop`},
		"after a failure":           {[]input{settled("main.go"), bad(2)}, `> stop`},
		"after the app's end":       {[]input{crashed(1, 1)}, `> stop`},
		"while paused":              {[]input{CommandPause, settled("main.go")}, `> stop`},
		"while the graph is listed": {[]input{settled("go.mod"), good(2), settled("other/other.go")}, `> stop`},
		"while the config is read":  {[]input{settled(".hotreload.toml")}, `> stop`},
	} {
		t.Run(name, func(t *testing.T) {
			p := running(t)
			if test.before == nil {
				p = newPlayer(t)
				p.step(begun{})
			}
			for _, in := range test.before {
				p.step(in)
			}
			p.play(move{quit{"interrupt"}, test.want})
			changed := p.state.config
			changed.Runner.Args = []string{"-v"}
			for _, in := range []input{
				quit{"again"}, CommandQuit, CommandRebuild, CommandRestart, CommandPause, CommandResume,
				opened("main.go"), settled("main.go"), good(2), good(3), settled(".hotreload.toml"),
				reloaded{p.state.changes.reads, changed, nil}, listedAs(p.state.listing.last, p.project.wide),
				ready{}, rewatched{}, noted{"hello"},
			} {
				for _, line := range p.step(in) {
					if strings.HasPrefix(line, ">") && !slices.Contains([]string{"> forget #2", "> forget #3"}, line) &&
						!strings.HasPrefix(line, "> follow") {
						t.Errorf("after the end %T leads to %q", in, line)
					}
				}
			}
			if last := p.step(stopped{}); len(last) != 1 || !strings.HasSuffix(last[0], " session.end: interrupt") {
				t.Errorf("it ends with %q, want session.end: interrupt", last)
			}
		})
	}
	t.Run("by command", func(t *testing.T) {
		running(t).play(
			move{CommandQuit, `> stop`},
			move{exited(1), `1 app.exit 100 with 0, as asked`},
			move{stopped{}, `1 session.end: asked to quit`},
		)
	})
}

func TestParseOrder(t *testing.T) {
	for _, c := range Orders() {
		if got, err := ParseOrder(string(c)); got != c || err != nil {
			t.Errorf("ParseOrder(%q) = %q, %v", c, got, err)
		}
	}
	_, err := ParseOrder("rebild")
	if err == nil || !strings.Contains(err.Error(), `"rebild"; it is one of rebuild, restart, pause, resume, quit`) {
		t.Errorf("the error is %v, want one with the list", err)
	}
}
