package session

import (
	"errors"
	"strings"
	"testing"

	"hotreload/build"
	"hotreload/watch"
)

// whileListing is a session whose second version runs while the graph is listed again.
func whileListing(t *testing.T) *player {
	t.Helper()
	p := running(t)
	for _, in := range []input{settled("go.mod"), good(2), exited(1), started(2), readied(2)} {
		p.step(in)
	}
	if !p.state.listing.underWay {
		t.Fatal("the graph is not being listed")
	}
	return p
}

// listedAs is a graph that was listed.
func listedAs(id int, g *build.Graph) listed { return listed{id: id, graph: g} }

// A change that may alter the graph lists it again, once the build has succeeded.
func TestRelist(t *testing.T) {
	p := running(t)
	p.play(
		move{settled("go.mod"), `
			2 change go.mod
			> build . #2 over #1
			2 plan build, restart: go.mod is what decides which modules the app is built from
			2 build.start`},
		move{bad(2), `
			2 build.error main.go:3:4: oops
			2 cycle failed, restart: go.mod is what decides which modules the app is built from
			> list .`},
		move{settled("main.go"), `
			3 change main.go
			> build . #3 over #1
			3 plan build, restart: main.go is part of package example.com/app
			3 build.start`},
		move{good(3), `
			3 build.ok
			> list .
			> run #3 as v3, it may listen`}, // that is not known
		move{listedAs(2, p.project.wide), `> follow [.env .hotreload.toml] and package other`},
		move{settled("other/other.go"), `
			4 change other/other.go
			> build . #4 over #3
			4 plan build, restart: other/other.go is part of package example.com/app/other
			4 build.start`},
		move{good(4), `
			4 build.ok
			3 cycle none, none: replaced before it was ready: other/other.go is part of package example.com/app/other
			> run #4 as v4, it may listen`}, // it is built from net
	)
}

// While the graph is being listed a change may mean more than it seems.
func TestDecisionWaitsForTheGraph(t *testing.T) {
	const none = `
		3 plan none: other/other.go is not in a package that the app is built from
		3 cycle none, none: other/other.go is not in a package that the app is built from`
	t.Run("which knows the file", func(t *testing.T) {
		p := whileListing(t)
		p.play(
			move{opened("other/other.go"), ``},
			move{settled("other/other.go"), `3 change other/other.go`},
			move{listedAs(1, p.project.wide), `
				> follow [.env .hotreload.toml] and package other
				> build . #3 over #2
				3 plan build, restart: other/other.go is part of package example.com/app/other
				3 build.start`},
		)
	})
	t.Run("which does not", func(t *testing.T) {
		p := whileListing(t)
		p.play(
			move{settled("other/other.go"), `3 change other/other.go`},
			move{listedAs(1, p.project.narrow), `> follow [.env .hotreload.toml]` + none},
		)
	})
	t.Run("which cannot be read", func(t *testing.T) {
		p := whileListing(t)
		p.play(
			move{settled("other/other.go"), `3 change other/other.go`},
			move{listed{id: 1, err: errors.New("no go command")}, `2 note: the package graph could not be read: no go command` + none},
			move{settled("main.go"), `
				4 change main.go
				> build . #3 over #2
				4 plan build, restart: main.go is part of package example.com/app
				4 build.start`},
		)
	})
	t.Run("which is the last one asked for", func(t *testing.T) {
		p := whileListing(t)
		p.step(settled("go.mod"))
		p.play(
			move{good(3), `
				3 build.ok
				> list .
				> run #3 as v3, it may listen`},
			move{settled("other/other.go"), `4 change other/other.go`},
			move{listedAs(1, p.project.narrow), ``}, // out of date
			move{listedAs(2, p.project.wide), `
				> follow [.env .hotreload.toml] and package other
				> build . #4 over #3
				4 plan build, restart: other/other.go is part of package example.com/app/other
				4 build.start`},
		)
	})
	t.Run("which leaves out what the build may have read", func(t *testing.T) {
		out := func(p *player) move {
			never := p.project.at("page/never.go")
			return move{listed{id: 1, graph: p.project.narrow, out: []string{never}}, `
				> follow [.env .hotreload.toml]
				> build . #3 over #2
				3 plan build, restart: page/never.go is left out by its build constraints (//go:build never), and the last build may have read it before
				3 build.start`}
		}
		t.Run("it has settled", func(t *testing.T) {
			p := whileListing(t)
			p.play(move{settled("page/never.go"), `3 change page/never.go`}, out(p))
		})
		t.Run("it has not settled", func(t *testing.T) {
			p := whileListing(t)
			p.step(opened("page/never.go"))
			m := out(p)
			m.want = `
				> follow [.env .hotreload.toml]`
			p.play(m, move{settled("page/never.go"), `
				3 change page/never.go
				> build . #3 over #2
				3 plan build, restart: page/never.go is left out by its build constraints (//go:build never), and the last build may have read it before
				3 build.start`})
		})
		t.Run("it was not seen yet", func(t *testing.T) {
			p := whileListing(t)
			m := out(p)
			m.want = strings.Replace(m.want, "> build", "3 change page/never.go\n> build", 1)
			p.play(m)
		})
	})
	t.Run("with the changes that came meanwhile", func(t *testing.T) {
		p := whileListing(t)
		p.play(
			move{settled("README.md"), `3 change README.md`},
			move{settled("page/page.html"), `3 change page/page.html`},
			move{listedAs(1, p.project.narrow), `
				> follow [.env .hotreload.toml]
				3 plan restart: page/page.html is read at run time (watch.include **/*.{html,tmpl,tpl,gohtml})
				> run #2 as v3`},
		)
	})
}

// The app is not yet built from what the build under way brings in. An edit of that while it
// runs comes too late for the build, and counts once it is known what the app is built from.
func TestEditOfWhatTheBuildBringsIn(t *testing.T) {
	begins := move{settled("go.mod"), `
		2 change go.mod
		> build . #2 over #1
		2 plan build, restart: go.mod is what decides which modules the app is built from
		2 build.start`}
	ends := move{good(2), `
		2 build.ok
		> list .
		> run #2 as v2, it may listen`}
	t.Run("a source", func(t *testing.T) {
		p := running(t)
		p.play(begins,
			move{opened("other/other.go"), ``},
			move{settled("other/other.go"), `3 change other/other.go`},
			ends,
			move{listedAs(1, p.project.wide), `
				> follow [.env .hotreload.toml] and package other
				> build . #3 over #2
				3 plan build, restart: other/other.go is part of package example.com/app/other
				3 build.start`},
		)
	})
	t.Run("a source, and the build fails", func(t *testing.T) {
		p := running(t)
		p.play(begins,
			move{settled("other/other.go"), `3 change other/other.go`},
			move{bad(2), `
				2 build.error main.go:3:4: oops
				2 cycle failed, restart: go.mod is what decides which modules the app is built from
				> list .
				> build . #3 over #1
				3 plan build, restart: other/other.go may fix the failed build
				3 build.start`},
		)
	})
	t.Run("an embedded file, and the build fails", func(t *testing.T) {
		p := running(t)
		p.play(begins)
		p.step(settled("other/tip.html"))
		p.step(bad(2))
		p.play(
			move{listedAs(1, p.project.wide), `
				> follow [.env .hotreload.toml] and package other
				> build . #3 over #1
				5 plan build, restart: other/tip.html is embedded in package example.com/app/other
				5 build.start`},
			move{bad(3), `
				5 build.error main.go:3:4: oops
				5 cycle failed, restart: other/tip.html is embedded in package example.com/app/other`},
			move{settled("other/tip.html"), `
				6 change other/tip.html
				> build . #4 over #1
				6 plan build, restart: other/tip.html is embedded in package example.com/app/other
				6 build.start`},
		)
	})
	t.Run("where nothing was watched", func(t *testing.T) {
		p := running(t)
		p.play(begins, ends,
			move{listed{id: 1, graph: p.project.wide, late: []string{p.project.at("other/other.go")}}, `
				> follow [.env .hotreload.toml] and package other
				3 change other/other.go
				> build . #3 over #2
				3 plan build, restart: other/other.go is part of package example.com/app/other
				3 build.start`},
		)
	})
	t.Run("a file that may do more", func(t *testing.T) {
		p := running(t)
		p.play(begins,
			move{settled("other/tip.html"), `
				3 change other/tip.html
				3 plan none: other/tip.html is read at run time (watch.include **/*.{html,tmpl,tpl,gohtml}); the build in progress starts a new process
				3 cycle none, none: other/tip.html is read at run time (watch.include **/*.{html,tmpl,tpl,gohtml}); the build in progress starts a new process`},
			ends,
			move{listedAs(1, p.project.wide), `
				> follow [.env .hotreload.toml] and package other
				> build . #3 over #2
				4 plan build, restart: other/tip.html is embedded in package example.com/app/other
				4 build.start`},
		)
	})
	t.Run("a file that may do more, read by a newer build", func(t *testing.T) {
		p := running(t)
		p.play(begins)
		p.step(settled("other/tip.html"))
		p.step(settled("main.go"))
		p.step(good(3))
		p.play(move{listedAs(1, p.project.wide), `> follow [.env .hotreload.toml] and package other`})
	})
}

// What waited for the graph and was acted on for another reason is done with.
func TestDecisionThatNeedNotWait(t *testing.T) {
	t.Run("a build comes before", func(t *testing.T) {
		p := whileListing(t)
		p.play(
			move{settled("other/other.go"), `3 change other/other.go`},
			move{settled("main.go"), `
				3 change main.go
				> build . #3 over #2
				3 plan build, restart: main.go is part of package example.com/app
				3 build.start`},
			move{listedAs(1, p.project.narrow), `> follow [.env .hotreload.toml]`},
		)
	})
	t.Run("a rebuild is asked for", func(t *testing.T) {
		p := whileListing(t)
		p.play(
			move{settled("README.md"), `3 change README.md`},
			move{CommandRebuild, `
				> build . #3 over #2
				3 plan build, restart: asked to rebuild
				3 build.start`},
			move{listedAs(1, p.project.narrow), `> follow [.env .hotreload.toml]`},
		)
	})
	t.Run("a restart is asked for, which settles nothing", func(t *testing.T) {
		p := whileListing(t)
		p.play(
			move{settled("other/other.go"), `3 change other/other.go`},
			move{CommandRestart, `
				3 plan restart: asked to restart
				> run #2 as v3, it may listen`},
			move{listedAs(1, p.project.wide), `
				> follow [.env .hotreload.toml] and package other
				> build . #3 over #2
				4 plan build, restart: other/other.go is part of package example.com/app/other
				4 build.start`},
		)
	})
	t.Run("a pause and its end come before", func(t *testing.T) {
		p := whileListing(t)
		p.play(
			move{settled("page/page.html"), `3 change page/page.html`},
			move{CommandPause, `2 paused`},
			move{listedAs(1, p.project.narrow), `> follow [.env .hotreload.toml]`},
			move{CommandResume, `
				2 resumed
				3 plan restart: page/page.html is read at run time (watch.include **/*.{html,tmpl,tpl,gohtml})
				> run #2 as v3`},
			move{settled("go.mod"), `
				4 change go.mod
				> build . #3 over #2
				4 plan build, restart: go.mod is what decides which modules the app is built from
				4 build.start`},
			move{good(3), `
				4 build.ok
				> list .
				3 cycle none, none: replaced before it was ready: go.mod is what decides which modules the app is built from
				> run #3 as v4, it may listen`},
			move{listedAs(2, p.project.narrow), `> follow [.env .hotreload.toml]`},
		)
	})
}

// A project whose graph cannot be listed at the start is built from every Go file.
func TestNoGraph(t *testing.T) {
	p := newPlayer(t)
	p.step(begun{})
	p.play(
		move{ready{}, `
			0 watch.ready
			> build . #1 over #0
			1 plan build, restart: the first start
			1 build.start`},
		move{bad(1), `
			1 build.error main.go:3:4: oops
			1 cycle failed, restart: the first start`},
		move{opened("other/other.go"), `> build . #2 over #0`},
		move{settled("other/other.go"), `
			2 change other/other.go
			2 plan build, restart: other/other.go is possibly part of the app, whose package graph is not known
			2 build.start`},
		move{good(2), `
			2 build.ok
			> list .
			> run #2 as v2, it may listen`},
	)
}

// The watcher is told which changes are worth a look at once.
func TestWhatMatters(t *testing.T) {
	p := running(t)
	p.state.config.Watch = watch.DefaultConfig()
	matters := p.state.scope().Matters
	for name, want := range map[string]bool{
		"main.go":         true,
		"go.mod":          true,
		"page/page.html":  true,
		".env":            true,
		".hotreload.toml": true,
		"other/other.go":  true, // it may fix a build that is about to fail
		"main_test.go":    false,
		"README.md":       false,
	} {
		if got := matters(p.project.at(name)); got != want {
			t.Errorf("Matters(%s) = %v, want %v", name, got, want)
		}
	}
}
