package session

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"hotreload/build"
)

// generating starts with a session whose first version runs, in a project with
// two generators: alpha reads *.one, beta *.two and *.three.
func generating(t *testing.T) *player {
	t.Helper()
	p := newPlayer(t)
	p.state.config.Build.Generate = []build.Generator{
		{Match: []string{"**/*.one"}, Command: []string{"alpha", "-q"}},
		{Match: []string{"*.two", "*.three"}, Command: []string{"beta"}},
	}
	p.state.config.Origins = map[string]string{"build.generate[1].command": "config:9"}
	p.play(
		move{begun{}, `0 session.start`},
		move{ready{graph: p.project.narrow}, `
			0 watch.ready
			1 plan build, restart: the first start
			1 generate.start alpha -q
			> generate by alpha -q`},
		move{ran(1, 0), `
			1 generate.ok alpha -q:
			1 generate.start beta
			> generate by beta of config:9`},
		move{ran(1, 1), `
			1 generate.ok beta:
			1 build.start
			> build . #1 over #0`},
		move{good(1), `
			1 build.ok
			> run #1 as v1`},
		move{started(1), "1 app.start 100"},
		move{readied(1), `
			1 app.ready 100 via port localhost:8080
			1 cycle ok, restart: the first start`},
	)
	return p
}

// ran is the success of a generator for a job.
func ran(id, index int, wrote ...build.Written) generated {
	return generated{id: id, index: index, wrote: wrote, took: 50 * time.Millisecond}
}

// scratch writes a file beside the project's, for this test alone.
func (p *player) scratch(name, text string) string {
	p.t.Helper()
	path := p.project.at(name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { os.Remove(path) })
	return path
}

// wrote is what a command made of a file that was was before.
func (p *player) wrote(name, text, was string) build.Written {
	path := p.scratch(name, text)
	return build.Written{Path: path, Print: build.Fingerprint(path), Was: was, Born: was == ""}
}

func TestGenerators(t *testing.T) {
	t.Run("run before the build, and what they wrote is no change", func(t *testing.T) {
		p := generating(t)
		p.play(
			move{opened("a.one"), ``}, // nothing begins before it has settled
			move{settled("a.one"), `
				2 change a.one
				2 plan build, restart: a.one is read by the generator alpha -q
				2 generate.start alpha -q
				> generate by alpha -q`},
			move{ran(2, 0, p.wrote("gen.go", "package main\n", "")), `
				2 generate.ok alpha -q: gen.go
				2 build.start
				> build . #2 over #1`},
			move{opened("gen.go"), ``},
			move{settled("gen.go"), ``},
			move{good(2), `
				2 build.ok
				> list .
				> run #2 as v2, it may listen`},
			move{settled("gen.go"), ``},
		)
		if c := p.state.service.applying.cycle; c.GenerateMS != 50 || c.BuildMS != 300 {
			t.Errorf("the cycle is %+v, want 50 ms of generating, 300 of building", c)
		}
		p.scratch("gen.go", "package main // edited\n")
		p.play(move{opened("gen.go"), `> build . #3 over #2`})
		p.scratch("gen.go", "package main\n")
		p.play(
			move{opened("gen.go"), `> cancel the build`}, // back to what it was, and not what is being built
			move{settled("gen.go"), `
				3 change gen.go
				> build . #4 over #2
				3 plan build, restart: gen.go is new in package example.com/app
				3 build.start`},
		)
	})
	t.Run("set each other off, forwards and backwards", func(t *testing.T) {
		p := generating(t)
		p.step(settled("a.one"))
		p.play(
			move{ran(2, 0, p.wrote("b.two", "1", "0")), `
				2 generate.ok alpha -q: b.two
				2 generate.start beta
				> generate by beta of config:9`},
			move{ran(2, 1, p.wrote("c.one", "1", "0")), `
				2 generate.ok beta: c.one
				2 generate.start alpha -q
				> generate by alpha -q`},
			move{ran(2, 0, p.wrote("b.two", "1", build.Fingerprint(p.project.at("b.two")))), `
				2 generate.ok alpha -q: b.two
				2 build.start
				> build . #2 over #1`},
		)
	})
	t.Run("do not set themselves off by what they write, but by what is edited", func(t *testing.T) {
		p := generating(t)
		p.step(settled("a.one"))
		mine := p.wrote("out.one", "1", "")
		p.play(move{ran(2, 0, mine), `
			2 generate.ok alpha -q: out.one
			2 build.start
			> build . #2 over #1`})
		p.step(settled("a.one"))
		p.play(
			move{ran(3, 0, p.wrote("out.one", "2", mine.Print), p.wrote("a.one", "2", "1")), `
				3 generate.ok alpha -q: out.one a.one
				3 generate.start alpha -q
				> generate by alpha -q`},
			move{ran(3, 0), `
				3 generate.ok alpha -q:
				3 build.start
				> build . #3 over #1`},
		)
	})
	t.Run("read what the app reads at run time, too", func(t *testing.T) {
		p := generating(t)
		p.state.config.Build.Generate = []build.Generator{
			p.state.config.Build.Generate[0], {Match: []string{"**/*.html"}, Command: []string{"beta"}},
		}
		p.step(settled("page/page.html"))
		p.step(ran(2, 1))
		p.play(move{same(2, 1), `
			2 build.ok same
			> run #1 as v2`})
	})
	t.Run("that never come to rest", func(t *testing.T) {
		p := generating(t)
		p.step(settled("a.one"))
		for i := range maxRounds - 1 {
			p.step(ran(2, 0, p.wrote("b.two", "x"+strings.Repeat("x", i), "0")))
			p.step(ran(2, 1, p.wrote("a.one", "y"+strings.Repeat("y", i), "0")))
		}
		p.step(ran(2, 0, p.wrote("b.two", "z", "0")))
		p.play(
			move{ran(2, 1, p.wrote("a.one", "z", "0")), `
				2 note: a.one has changed each time it had made alpha -q run, 5 times in a row: it seems that a generator writes it. From now on this is ignored; a change at any other time counts. To fix it, let no generator match what depends on what it writes
				2 generate.ok beta: a.one
				2 build.start
				> build . #2 over #1`},
			move{same(2, 1), `
				2 build.ok same
				2 cycle none, none: the build came out byte-identical to what runs`},
		)
		p.scratch("a.one", "edited")
		p.play(
			move{settled("a.one"), `
				3 change a.one
				3 plan build, restart: a.one is read by the generator alpha -q
				3 generate.start alpha -q
				> generate by alpha -q`},
		)
	})
}

func TestGeneratorFails(t *testing.T) {
	bad := func(id int) generated {
		g := ran(id, 0)
		g.err = &build.Error{Diagnostics: []build.Diagnostic{{Severity: "error", Message: "no"}}, Text: "no"}
		return g
	}
	p := generating(t)
	p.step(settled("a.one"))
	p.play(
		move{bad(2), `
			2 generate.error alpha -q: no
			2 cycle failed, restart: a.one is read by the generator alpha -q`},
	)
	if p.state.Phase != Broken || len(p.state.Diagnostics) != 1 {
		t.Errorf("it is %s with %v, want failed with a diagnostic", p.state.Phase, p.state.Diagnostics)
	}
	p.play(
		move{settled("README.md"), `
			3 change README.md
			3 plan none: README.md is not used to build the app
			3 cycle none, none: README.md is not used to build the app`},
		move{opened("main.go"), ``}, // nothing is built before what it is built from
		move{settled("main.go"), `
			4 change main.go
			4 plan build, restart: main.go is part of package example.com/app
			4 generate.start alpha -q
			> generate by alpha -q`},
		move{generated{id: 3, err: errors.New("cannot run alpha")}, `
			4 generate.error alpha -q: cannot run alpha
			4 cycle failed, restart: main.go is part of package example.com/app`},
		move{CommandRebuild, `
			5 plan build, restart: asked to rebuild
			5 generate.start alpha -q
			> generate by alpha -q`},
		move{ran(4, 0), `
			5 generate.ok alpha -q:
			5 generate.start beta
			> generate by beta of config:9`},
		move{ran(4, 1), `
			5 generate.ok beta:
			5 build.start
			> build . #4 over #1`},
		move{same(4, 1), `
			5 build.ok same
			> list .
			5 cycle none, none: the build came out byte-identical to what runs`},
	)
}

func TestChangesWhileGenerating(t *testing.T) {
	t.Run("of what it reads overtake it", func(t *testing.T) {
		p := generating(t)
		p.step(settled("a.one"))
		p.play(
			move{opened("b.one"), `
				> cancel the build
				2 build.cancel: b.one has changed`},
			move{generated{id: 2, err: errCancelled, wrote: []build.Written{p.wrote("half.go", "package", "")}}, ``},
			move{settled("b.one"), `
				3 change b.one
				3 plan build, restart: a.one is read by the generator alpha -q (and 1 more change)
				3 generate.start alpha -q
				> generate by alpha -q`},
			move{ran(3, 0), `
				3 generate.ok alpha -q:
				3 build.start
				> build . #3 over #1`},
		)
	})
	t.Run("of what it reads overtake it, and are told of though it ends first", func(t *testing.T) {
		p := generating(t)
		p.step(settled("a.one"))
		p.play(
			move{opened("a.one"), `
				> cancel the build
				2 build.cancel: a.one has changed`},
			move{generated{id: 2, err: errCancelled, wrote: []build.Written{p.wrote("a.one", "edited", "as it was")}}, ``},
			move{settled("a.one"), `
				3 change a.one
				3 plan build, restart: a.one is read by the generator alpha -q
				3 generate.start alpha -q
				> generate by alpha -q`},
		)
	})
	t.Run("of what it reads, by itself and each time, let it end", func(t *testing.T) {
		p := generating(t)
		p.step(settled("a.one"))
		var names []string
		for i := range maxRounds {
			names = append(names, fmt.Sprintf("new%d.one", i))
			if lines := p.step(opened(names[i])); find(lines, "> cancel the build") == "" {
				t.Fatalf("%s leads to %v, want it to overtake", names[i], lines)
			}
			p.step(settled(names[i]))
		}
		p.play(
			move{opened("last.one"), ``},
			move{ran(p.state.builds.last, 0, p.wrote("last.one", "1", "")), `
				7 generate.ok alpha -q: last.one
				7 build.start
				> build . #7 over #1`},
			move{settled("last.one"), ``},
		)
	})
	t.Run("of what it does not read are built with it", func(t *testing.T) {
		p := generating(t)
		p.step(settled("a.one"))
		main := p.project.at("main.go")
		edited := build.Written{Path: main, Print: build.Fingerprint(main)}
		p.play(
			move{opened("main.go"), ``},
			move{settled("main.go", ".env"), ``}, // it may be the generator's own
			move{ran(2, 0, edited), `
				2 change .env main.go
				2 generate.ok alpha -q: main.go
				2 build.start
				> build . #2 over #1`},
			move{same(2, 1), `
				2 build.ok same
				> run #1 as v2`}, // for the sake of .env
			move{started(2), `2 app.start 200`},
			move{readied(2), `
				2 app.ready 200 via port localhost:8080
				2 cycle ok, restart: the build came out byte-identical; .env sets the app's environment`},
		)
	})
	t.Run("of what the app reads at run time do not wait for it to be fixed", func(t *testing.T) {
		p := generating(t)
		p.step(settled("a.one"))
		failed := ran(2, 0)
		failed.err = errors.New("no")
		p.play(
			move{settled("page/page.html"), ``},
			move{failed, `
				2 change page/page.html
				2 generate.error alpha -q: no
				2 cycle failed, restart: a.one is read by the generator alpha -q
				3 plan restart: page/page.html is read at run time (watch.include **/*.{html,tmpl,tpl,gohtml})
				> run #1 as v3`},
		)
	})
	t.Run("are not told when they are files of its own that are gone again", func(t *testing.T) {
		p := generating(t)
		p.step(settled("a.one"))
		done := ran(2, 0, p.wrote("gen.go", "package main\n", ""))
		done.before = p.project.record()
		p.play(
			move{settled("gen.go", "main.go", "tmp1.go"), ``},
			move{done, `
				2 change main.go
				2 generate.ok alpha -q: gen.go
				2 build.start
				> build . #2 over #1`},
			move{settled("tmp1.go"), ``}, // its end
		)
		late := p.located(settled("tmp2.go"))
		late.First = p.state.generators.until.Add(-tick)
		if _, effects := p.state.apply(p.now, late, p.disk.look(p.state, late)); len(effects) > 0 {
			t.Errorf("one that was reported when it had gone leads to %v", p.tell(effects))
		}
		p.play(move{settled("never.go"), `
			3 change never.go
			> cancel the build
			2 build.cancel: never.go has changed
			> build . #3 over #1
			3 plan build, restart: never.go is gone from package example.com/app
			3 build.start`}) // it went later
	})
	t.Run("that are reported while the build runs", func(t *testing.T) {
		p := generating(t)
		p.step(settled("a.one"))
		main := p.project.at("main.go")
		p.play(
			move{opened("main.go"), ``},
			move{ran(2, 0, build.Written{Path: main, Print: build.Fingerprint(main)}), `
				2 generate.ok alpha -q: main.go
				2 build.start
				> build . #2 over #1`},
			move{settled("main.go"), ``},
			move{opened("page/page.go"), `
				> cancel the build
				2 build.cancel: page/page.go has changed
				> build . #3 over #1`},
			move{settled("page/page.go"), `
				3 change page/page.go
				3 plan build, restart: a.one is read by the generator alpha -q (and 2 more changes)
				3 build.start`}, // and no generator runs again
		)
	})
	t.Run("of the config are read", func(t *testing.T) {
		p := generating(t)
		p.step(settled("a.one"))
		changed := p.state.config
		changed.Build.Generate = changed.Build.Generate[1:]
		p.play(
			move{opened(".hotreload.toml"), ``},
			move{settled(".hotreload.toml"), `
				3 change .hotreload.toml
				> read the config`},
			move{reloaded{1, changed, nil}, `
				> watch again: include [**/*.{html,tmpl,tpl,gohtml} *.two *.three]
				> cancel the build
				2 build.cancel: .hotreload.toml changed its [build] table
				> build . #3 over #1
				3 plan build, restart: .hotreload.toml changed its [build] table
				3 build.start`},
			move{generated{id: 2, err: errCancelled}, ``},
		)
	})
	t.Run("end with the session", func(t *testing.T) {
		p := generating(t)
		p.step(settled("a.one"))
		p.play(
			move{quit{"interrupt"}, `
				> cancel the build
				2 build.cancel: the session ends
				> stop`},
			move{generated{id: 2, err: errCancelled}, ``},
		)
	})
	t.Run("while paused wait", func(t *testing.T) {
		p := generating(t)
		p.play(
			move{CommandPause, `1 paused`},
			move{settled("a.one"), `2 change a.one`},
			move{CommandResume, `
				1 resumed
				2 plan build, restart: a.one is read by the generator alpha -q
				2 generate.start alpha -q
				> generate by alpha -q`},
		)
	})
}

// A config that says something else of a generator makes it run.
func TestGeneratorsInAChangedConfig(t *testing.T) {
	p := generating(t)
	changed := p.state.config
	changed.Build.Generate = []build.Generator{
		changed.Build.Generate[1],
		{Match: []string{"**/*.one"}, Command: []string{"alpha", "-v"}},
	}
	p.step(settled(".hotreload.toml"))
	p.step(reloaded{1, changed, nil})
	if got := p.state.generators.due; len(got) != 1 || got[0] != 1 {
		t.Errorf("due are %v, want the second alone", got)
	}
}

// What a generator prints that runs for long is reported a line at a time, and if it may never
// end, what to do about it. That of one that was overtaken is not.
func TestGeneratorThatRunsForLong(t *testing.T) {
	p := generating(t)
	p.step(settled("a.one"))
	p.play(
		move{said{2, 0, "one\r\ntwo"}, `
			2 generate.output alpha -q: one
			2 generate.output alpha -q: two`},
		move{late{2, 0, endless}, `
			2 note: alpha -q still runs after 5s, and saves wait for its end. If it never ends, correct build.generate.command: a generator writes its files and exits, and hotreload runs it again when a file changes that match names`},
		move{said{1, 0, "former\n"}, ``},
		move{late{1, 0, endless}, ``},
	)
	p.state.config.Build.Generate = []build.Generator{{Command: []string{"alpha"}}, {Command: []string{"beta", "--watch"}}}
	p.play(
		move{late{2, 1, endless}, `
			2 note: beta --watch still runs after 5s, and saves wait for its end. It does not end, because it watches files itself: remove --watch in build.generate.command (config:9). hotreload runs it when a file changes that match names`},
	)
}

func TestWatches(t *testing.T) {
	for command, want := range map[string]string{
		"templ generate --watch":                       "--watch",
		"sh -c 'sass --watch=true a:b'":                "--watch=true",
		"npm run css:watch":                            "css:watch",
		"tailwindcss -i a.css -o watch.css --minify":   "",
		"templ generate --watch=false":                 "",
		"templ generate --watch-pattern=(.+\\.templ$)": "",
	} {
		if got := watches(strings.Fields(command)); got != want {
			t.Errorf("%s: %q, want %q", command, got, want)
		}
	}
}
