package session

import (
	"strings"
	"testing"
	"time"

	"hotreload/build"
	"hotreload/runner"
)

// byCommand starts with a session whose first version runs, built by a command.
func byCommand(t *testing.T) *player {
	t.Helper()
	p := running(t)
	p.state.config.Build.Command = []string{"make"}
	p.state.config.Build.Output = "bin/app"
	return p
}

// left is the success of a build by a command that wrote files.
func left(id int, wrote ...build.Written) built {
	b := good(id)
	b.wrote = wrote
	return b
}

// written is what has been made of a file.
func (p *player) written(name string) build.Written {
	path := p.project.at(name)
	return build.Written{Path: path, Print: build.Fingerprint(path)}
}

// find returns the first line that contains text.
func find(lines []string, text string) string {
	for _, line := range lines {
		if strings.Contains(line, text) {
			return line
		}
	}
	return ""
}

func TestBuildCommandWrites(t *testing.T) {
	t.Run("its output, and what the app is not built from", func(t *testing.T) {
		p := byCommand(t)
		p.step(settled("main.go"))
		p.play(
			move{opened("bin/app"), ``},
			move{settled("bin/app"), ``},
			move{left(2, p.wrote("main.o", "object", "")), `
				2 build.ok
				> run #2 as v2`},
			move{settled("bin/app", "main.o"), ``},
		)
		p.scratch("main.o", "edited")
		p.play(move{settled("main.o"), `
			3 change main.o
			3 plan none: main.o is not used to build the app
			3 cycle none, none: main.o is not used to build the app`})
	})
	t.Run("what the app reads at run time, which the new process has seen", func(t *testing.T) {
		p := byCommand(t)
		p.step(settled("main.go"))
		b := same(2, 1)
		b.wrote = []build.Written{p.wrote("made.html", "a", "")}
		p.play(
			move{b, `
				2 build.ok same
				> run #1 as v2`},
			move{settled("made.html"), ``},
		)
	})
	t.Run("what it is built from, each time", func(t *testing.T) {
		p := byCommand(t)
		p.step(settled("main.go"))
		for range maxRounds - 1 {
			if lines := p.step(opened("stamp.go")); find(lines, "> cancel the build") == "" {
				t.Fatalf("a change while it builds does not overtake: %v", lines)
			}
			p.step(settled("stamp.go"))
		}
		for range 2 { // now the build may come to its end first
			p.play(
				move{opened("stamp.go"), ``},
				move{settled("stamp.go"), ``},
			)
			p.scratch("stamp.go", "package main // "+p.now.String()+"\n")
			lines := p.step(left(p.state.builds.last, p.written("stamp.go")))
			if find(lines, "build.ok") == "" || find(lines, "build, restart: stamp.go") == "" {
				t.Errorf("at its end a build leads to %v, want a success and the next build", lines)
			}
		}
		lines := p.step(opened("stamp.go"))
		if len(lines) != 0 {
			t.Errorf("it does not go on: %v", lines)
		}
		p.scratch("stamp.go", "package main // at last\n")
		lines = p.step(left(p.state.builds.last, p.written("stamp.go")))
		if find(lines, "note: stamp.go has changed during each of the last builds: it seems that build.command writes it") == "" ||
			find(lines, "build.ok") == "" || find(lines, "> build") != "" {
			t.Errorf("it is taken for a loop with %v, want a note and no more builds", lines)
		}
		if reason := p.state.service.applying.cycle.Reason; !strings.Contains(reason, "stamp.go has changed during each") {
			t.Errorf("the cycle's reason is %q, which does not name the file", reason)
		}
		p.play(move{settled("stamp.go"), ``})

		// Between builds its change counts, and edits of others count as ever.
		p.scratch("stamp.go", "package main // edited\n")
		if lines := p.step(settled("stamp.go")); find(lines, "build, restart: stamp.go is new") == "" {
			t.Errorf("an edit between builds leads to %v, want a build", lines)
		}
		if lines := p.step(opened("main.go")); find(lines, "build.cancel: main.go") == "" {
			t.Errorf("an edit during the build leads to %v, want it overtaken", lines)
		}
		if lines := p.step(opened("main.go", "stamp.go")); len(lines) == 0 {
			t.Error("what has changed in a batch that grows is not looked at")
		}
		p.step(settled("main.go", "stamp.go"))
		if lines := p.step(opened("stamp.go")); len(lines) != 0 {
			t.Errorf("the same loop is answered again: %v", lines)
		}
	})
	t.Run("what it is built from, right after a person's save", func(t *testing.T) {
		p := byCommand(t)
		p.state.writes.ignored = map[string]writer{p.project.at("main.go"): theBuild}
		p.play(
			move{opened("main.go"), `> build . #2 over #1`},
			move{opened("main.go"), `> cancel the build`}, // that build has written it, too
			move{left(2, p.written("main.go")), `> forget #2`},
			move{settled("main.go"), `
				2 change main.go
				> build . #3 over #1
				2 plan build, restart: main.go is part of package example.com/app
				2 build.start`},
			move{opened("main.go"), ``},
			move{left(3, p.written("main.go")), `
				2 build.ok
				> run #3 as v2`},
			move{settled("main.go"), ``},
		)
	})
	t.Run("what it is built from, and ends before a person's save has settled", func(t *testing.T) {
		p := byCommand(t)
		p.state.writes.ignored = map[string]writer{p.project.at("main.go"): theBuild}
		p.play(
			move{opened("main.go"), `> build . #2 over #1`},
			move{left(2, p.written("main.go")), ``},
			move{settled("main.go"), `
				2 change main.go
				2 plan build, restart: main.go is part of package example.com/app
				2 build.start
				2 build.ok
				> run #2 as v2`},
		)
	})
	t.Run("what it is built from, at its end", func(t *testing.T) {
		p := byCommand(t)
		p.step(settled("main.go"))
		for i := range 2*maxRounds - 1 {
			text := strings.Repeat("/", i+2)
			p.step(left(p.state.builds.last, p.wrote("stamp.go", text, "")))
			if lines := p.step(settled("stamp.go")); find(lines, "build, restart: stamp.go") == "" {
				t.Fatalf("round %d: it is not built again: %v", i+1, lines)
			}
		}
		lines := p.step(left(p.state.builds.last, p.wrote("stamp.go", "//", "")))
		if find(lines, "note: stamp.go has changed during each of the last builds") == "" {
			t.Errorf("it is not taken for a loop: %v", lines)
		}
		p.play(move{settled("stamp.go"), ``})
	})
	t.Run("nothing, and a person saves all the time", func(t *testing.T) {
		p := byCommand(t)
		p.step(settled("page/page.go"))
		for range 2*maxRounds - 1 {
			p.step(opened("page/page.go"))
			p.step(settled("page/page.go"))
		}
		lines := p.step(left(p.state.builds.last, p.written("page/page.go")))
		if find(lines, "build, restart: page/page.go") == "" {
			t.Errorf("the last save is lost: %v", lines)
		}
	})
	t.Run("what it is built from, but not each time", func(t *testing.T) {
		p := byCommand(t)
		p.step(settled("main.go"))
		for range 3 * maxRounds {
			p.step(opened("page/page.go"))
			p.step(settled("page/page.go"))
			if lines := p.step(left(p.state.builds.last)); find(lines, "build.ok") == "" {
				t.Fatalf("the build came to %v", lines)
			}
			p.step(CommandRebuild)
		}
		if len(p.state.writes.ignored) > 0 {
			t.Errorf("edits are passed over: %v", p.state.writes.ignored)
		}
	})
}

// Builds by the go command write nothing: whatever changes, a person does it.
func TestStormDuringBuilds(t *testing.T) {
	p := running(t)
	for range 10 * maxRounds {
		p.step(settled("main.go"))
		if lines := p.step(opened("main.go")); find(lines, "build.cancel") == "" {
			t.Fatalf("an edit during a build leads to %v, want it overtaken", lines)
		}
		p.step(settled("main.go"))
	}
}

// restart puts the version into service that was planned last.
func (p *player) restart() {
	p.step(exited(p.state.Gen - 1))
	p.step(started(p.state.Gen))
}

func TestAppWrites(t *testing.T) {
	t.Run("before it serves", func(t *testing.T) {
		p := running(t)
		p.step(settled("page/page.html"))
		for i := range maxRounds - 1 {
			p.restart()
			lines := p.step(settled("state.html"))
			if find(lines, "plan restart: state.html") == "" {
				t.Fatalf("round %d leads to %v, want a restart", i+1, lines)
			}
		}
		p.restart()
		finding := `state.html has changed at each of the last 5 starts of the app: it seems that the app writes it`
		p.play(move{settled("state.html", "page/page.html"), `
			7 change state.html
			6 note: ` + finding + `. From now on this is ignored; a change at any other time counts. To fix it, let it write elsewhere, or narrow watch.include
			7 plan none: ` + finding + `
			7 cycle none, none: ` + finding + `
			8 change page/page.html
			8 plan restart: page/page.html is read at run time (watch.include **/*.{html,tmpl,tpl,gohtml})
			6 cycle none, none: replaced before it was ready: page/page.html is read at run time (watch.include **/*.{html,tmpl,tpl,gohtml})
			> run #1 as v8`})
		p.restart()
		p.play(move{settled("state.html"), ``}) // at once, from now on
		p.step(readied(8))
		p.now = p.now.Add(time.Minute)
		if lines := p.step(settled("state.html")); find(lines, "plan restart: state.html") == "" {
			t.Errorf("a change later leads to %v, want a restart", lines)
		}
	})
	t.Run("when it ends by itself", func(t *testing.T) {
		p := running(t)
		p.step(settled("page/page.html"))
		for p.state.writes.ignored[p.project.at("state.html")] != theApp {
			if p.state.writes.launch.n > 5*maxRounds+2 {
				t.Fatal("it goes on for ever")
			}
			p.restart()
			p.step(runner.Exited{Gen: p.state.Gen, PID: pid(p.state.Gen)})
			p.step(settled("state.html"))
		}
	})
	t.Run("as soon as it runs, without a port", func(t *testing.T) {
		p := running(t)
		p.step(settled("page/page.html"))
		for n := 0; len(p.state.writes.ignored) == 0; n++ {
			if n > 2*maxRounds {
				t.Fatal("it goes on for ever")
			}
			p.restart()
			p.step(readied(p.state.Gen))
			p.step(noted{"a moment later"})
			p.step(settled("state.html"))
		}
	})
	t.Run("not: it is edited as soon as it serves", func(t *testing.T) {
		p := running(t)
		p.state.listing.graph = p.project.wide
		for _, name := range []string{"page/page.html", "wide/wide.go"} {
			for range 20 {
				p.step(settled(name))
				if p.state.builds.job != nil {
					p.step(good(p.state.builds.last))
				}
				p.restart()
				p.step(readied(p.state.Gen))
				p.step(noted{"some time later"})
			}
		}
		if len(p.state.writes.ignored) > 0 || p.state.Gen != 41 {
			t.Errorf("%d versions came of 40 edits; passed over is %v", p.state.Gen-1, p.state.writes.ignored)
		}
	})
}
