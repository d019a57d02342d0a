package session

import (
	"errors"
	"fmt"
	"testing"

	"hotreload/build"
)

// long is the success of a build that the go command made.
func long(id int) built {
	b := good(id)
	b.artifact.Direct = false
	return b
}

// The builder learns when the app runs and nothing is waited for.
func TestLearnWhenIdle(t *testing.T) {
	p := newPlayer(t)
	for _, in := range []input{begun{}, ready{graph: p.project.narrow}, long(1), started(1)} {
		p.step(in)
	}
	p.play(
		move{readied(1), `
			1 app.ready 100 via port localhost:8080
			1 cycle ok, restart: the first start
			> learn #1
		`},
		move{learned{}, `> share`},
		move{libraryMade{}, ``},
	)
	p.toReady(2, good, "main.go")
	p.toReady(3, long, "main.go")
	if p.state.builds.learning != underWay {
		t.Error("the go command's next build is not learnt")
	}
}

// A build stops it, and it is done after the next that the go command makes.
func TestLearnOvertaken(t *testing.T) {
	p := newPlayer(t)
	for _, in := range []input{begun{}, ready{graph: p.project.narrow}, long(1), started(1), readied(1)} {
		p.step(in)
	}
	p.toReady(2, long, "main.go")
	if p.state.builds.learning != underWay {
		t.Error("it is not learnt again")
	}
	p.step(learned{errors.New("context canceled")})
	p.toReady(3, long, "main.go")
	p.step(learned{build.ErrCannotLearn})
	p.toReady(4, long, "main.go")
	if p.state.builds.learning != impossible {
		t.Error("what cannot be learnt is tried again")
	}
}

// A library is made once the app can be built without the go command, however often a build
// comes in between, and again when one does not fit any more.
func TestShareWhenIdle(t *testing.T) {
	p := newPlayer(t)
	for _, in := range []input{begun{}, ready{graph: p.project.narrow}, long(1), started(1), readied(1), learned{}} {
		p.step(in)
	}
	p.toReady(2, good, "main.go")
	if p.state.builds.sharing != underWay {
		t.Error("a build puts an end to it")
	}
	p.step(libraryMade{})
	p.toReady(3, linked, "main.go")
	if p.state.builds.sharing != needless {
		t.Error("it is made again though it serves")
	}
	p.toReady(4, good, "main.go")
	if p.state.builds.sharing != underWay {
		t.Error("it is not made again though it does not fit")
	}
	p.step(libraryMade{errors.New("the linker gets -x")})
	p.toReady(5, good, "main.go")
	if p.state.builds.sharing != impossible {
		t.Error("what cannot be linked alone is tried again")
	}
	p.toReady(6, long, "go.mod")
	p.step(listedAs(p.state.listing.last, p.project.wide))
	p.step(learned{})
	if p.state.builds.sharing != underWay {
		t.Error("it is not tried with another package graph")
	}
}

// A session makes no library before a change has been built, and tries again after each of
// the next ones what cannot be done now.
func TestShareAfterASave(t *testing.T) {
	p := newPlayer(t)
	for _, in := range []input{begun{}, ready{graph: p.project.narrow}, long(1), started(1), readied(1)} {
		p.step(in)
	}
	p.play(
		move{learned{}, `> share`},
		move{libraryMade{fmt.Errorf("%w: it is made after the first save", build.ErrLater)}, ``},
	)
	for gen := 2; gen < 4; gen++ {
		if p.state.builds.sharing != later {
			t.Fatalf("%d: a library is made though nothing was saved", gen)
		}
		p.toReady(gen, good, "main.go")
		if p.state.builds.sharing != underWay || !p.state.builds.saved {
			t.Fatalf("%d: no library is made though a change was built", gen)
		}
		p.step(libraryMade{fmt.Errorf("%w: another session is making one", build.ErrLater)})
	}
}

// linked is the success of a build that linked a part of the app.
func linked(id int) built {
	b := good(id)
	b.artifact.Shared = true
	return b
}

// toReady takes an edit until the new version is ready, built as told.
func (p *player) toReady(gen int, how func(id int) built, path string) {
	p.t.Helper()
	for _, in := range []input{opened(path), settled(path), how(gen), exited(gen - 1), started(gen), readied(gen)} {
		p.step(in)
	}
	if p.state.Phase != Running || p.state.Serving.Gen != gen {
		p.t.Fatalf("version %d does not run: %s, %d", gen, p.state.Phase, p.state.Serving.Gen)
	}
}

// A graph that is not the one by which the app was built is listed again, once.
func TestLearnFromOutdatedGraph(t *testing.T) {
	p := newPlayer(t)
	for _, in := range []input{begun{}, ready{graph: p.project.narrow}, long(1), started(1), readied(1)} {
		p.step(in)
	}
	p.play(
		move{learned{build.ErrOutdated}, `> list .`},
		move{listedAs(1, p.project.wide), `
			> follow [.env .hotreload.toml] and package other
			> learn #1`},
		move{learned{build.ErrOutdated}, ``},
	)
}

// A rebuild trusts nothing that is known, and so do the builds after it until one succeeds.
func TestRebuildIsFull(t *testing.T) {
	p := running(t)
	p.step(CommandRebuild)
	p.step(bad(2))
	p.step(opened("main.go"))
	if !p.state.builds.full {
		t.Error("the build that fixes a rebuild trusts what is known")
	}
	p.step(settled("main.go"))
	p.step(good(3))
	if p.state.builds.full {
		t.Error("all later builds are full builds")
	}
}
