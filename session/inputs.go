package session

import (
	"time"

	"hotreload/build"
	"hotreload/internal/fleet"
	"hotreload/internal/proxy"
	"hotreload/internal/proxy/browser"
	"hotreload/runner"
	"hotreload/watch"
)

// input is what the loop tells a step: one of the types below, a watch.Batch, a
// runner.Event, a runner.Output, a browser.Event, a fleet.Event or a Command.
type input any

type (
	// begun is the first input.
	begun struct{ start SessionStart }
	// ready says that the watch is armed and the graph listed, nil if it cannot be.
	ready struct {
		watch WatchReady
		graph *build.Graph
	}
	// compiles says how many packages a build has compiled or is compiling, and how many of
	// them the user does not write.
	compiles struct{ id, count, others int }
	// built is the end of a build.
	built struct {
		id       int
		artifact build.Artifact
		err      error
		took     time.Duration
		wrote    []build.Written // what changed in the project meanwhile, if it was build.command
	}
	// generated is the end of a generator's run.
	generated struct {
		id, index int
		text      string       // what it printed
		before    build.Record // the project when it began
		wrote     []build.Written
		err       error
		took      time.Duration
	}
	// said is what a generator printed while it runs: lines, each with its end.
	said struct {
		id, index int
		text      string
	}
	// late is a generator that may never end.
	late struct {
		id, index int
		after     time.Duration
	}
	// learned is the end of learning how the app is built.
	learned struct{ err error }
	// libraryMade is the end of making a library for the app.
	libraryMade struct{ err error }
	// listed is the package graph after it may have changed.
	listed struct {
		id    int
		graph *build.Graph
		late  []string // what is new in it and was written after the build had begun
		out   []string // what constraints leave out of it and was written after that
		err   error
	}
	// reloaded is the config after its file changed.
	reloaded struct {
		id     int
		config Config
		err    error
	}
	// rewatched says that the watcher follows a changed [watch] table.
	rewatched struct{ ready WatchReady }
	// noted is a line for the user.
	noted struct{ text string }
	// quit asks for the end.
	quit struct{ reason string }
	// stopped says that nothing of the app is left.
	stopped struct{}
)

// effect is what a step wants done: one of the types below.
type effect any

type (
	emit          struct{ event Event }
	startBuild    struct{ request build.Request }
	startGenerate struct {
		id, index int // of the job, and of the generator in the config
		request   build.GenerateRequest
	}
	cancelBuild struct{} // or the generator that runs before it
	apply       struct{ request runner.Request }
	load        struct{ request runner.LoadRequest }
	showBroken  struct{ failure proxy.Failure }
	typeText    struct{ text []byte }
	typeHidden  struct{ typed TypedHidden }
	look        struct{ question Look }
	resize      struct{ size runner.Size }
	set         struct{ setting Setting }
	tellServes  struct{ version browser.Version } // pages of another one reload
	tellChanged struct{ change browser.Change }
	tellFailed  struct{ problem *browser.Problem } // nil: nothing is wrong any more
	forget      struct{ artifact build.Artifact }
	learn       struct {
		request  build.Request
		artifact build.Artifact
		graph    *build.Graph
	}
	share struct {
		request build.Request
		graph   *build.Graph
		anew    bool // make a library if there is none
	}
	listGraph struct {
		id     int
		config Config
		before []*build.Graph
		since  time.Time // when the build began; zero: there was none
		read   []string  // what it began for
	}
	readConfig struct{ id int }
	rewatch    struct{ config watch.Config }
	follow     struct{ scope watch.Scope }
	stop       struct{}
	release    struct{ made fleet.Made }
	setAll     struct{ name, value string }
)
