// Package shared links an app's own packages alone.
//
// In go a recipe by which the app is built without the go command; out come
// executables that use all other packages, those of the standard library and of other
// modules, from a shared library. What always holds: an executable does what that of
// go build does, or there is an error with the reason, and the app is linked as a whole.
//
// Go's own shared mode (-buildmode=shared, -linkshared) does the work; it was made to
// save space. What makes it fast:
//
//   - The library is linked once, in the background. Its name is a hash of all that is
//     in it, so that all versions of an app find it, and all sessions.
//   - The linkers do not read the library, with all its symbols and relocations, but a
//     stub: a file with those symbols that the app's own packages refer to.
//   - Go's linker asks the C compiler what it can do, and calls it to link. Neither is
//     needed once we know how the C compiler calls ld.
//
// What makes it right:
//
//   - Whatever both the library and an own package define, such as the description of a
//     type, exists once in a process: the dynamic linker makes the library use the
//     executable's, and so does the runtime (typelinksinit). The exceptions are types whose
//     methods only the library has, and variables that //go:linkname takes from it; there
//     the executable uses the library's (object.cede).
//   - The function that comes first in an executable has no name for the runtime, so one
//     of no use is put there (first.go).
//   - Packages are initialized in the order of go build, not the library's first: C code
//     in the executable gives the runtime the list (order.go).
//   - The library has the app's own build info, variables set by -X, and settings of
//     GODEBUG: so each of them belongs to one app, or to those that agree in all of that.
//
// The parts: fit.go says what cannot be done this way; library.go makes the library and
// keeps it; symbols.go reads it; stub.go, object.go, first.go, order.go make what is linked; link.go
// links.
package shared

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"hotreload/build/direct"
	"hotreload/build/gocmd"
)

// ErrUnfit is why an app is always linked as a whole.
var ErrUnfit = errors.New("the app is linked as a whole")

// Subject is an app that is built without the go command.
type Subject struct {
	direct.Subject
	List     []string       // go list, with the flags and the package of go build
	Recipe   *direct.Recipe // by which it is built
	Options  gocmd.Options
	Compiled *direct.Store
}

// Places are directories for what is kept.
type Places struct {
	Libraries string // of all projects
	Session   string // of this session alone; exists
	Tmp       string // until the end of the call
}

// App is how to link an app's own packages alone. It may be used by one goroutine at a
// time.
type App struct {
	Recipe *direct.Recipe // of packages that can be linked against the library
	Made   int64          // bytes of the library, if it was made now

	library *library
	parts   direct.Parts
	modinfo string
	version string
	start   start
	first   string // the package for which the first function was assembled
}

// compilerFlags make packages that can be linked against a library.
var compilerFlags = []string{"-gcflags=all=-linkshared -dynlink", "-asmflags=all=-dynlink -D=GOBUILDMODE_shared=1"}

// Prepare makes the library of an app, if there is none yet, and all that is needed to
// link the app's own packages against it. It takes long, with one core and low priority.
// An error that is ErrUnfit holds until the graph changes.
func Prepare(ctx context.Context, run *gocmd.Runner, s Subject, at Places) (*App, error) {
	whole := s.Recipe.Parts()
	if why := unfit(run.Root, s, whole); why != "" {
		return nil, fmt.Errorf("%w: %s", ErrUnfit, why)
	}
	if strings.ContainsAny(at.Session, ":,;$") {
		return nil, fmt.Errorf("%w: executables could not name the directory %s; set XDG_CACHE_HOME to another one", ErrUnfit, at.Session)
	}
	list := slices.Concat(s.List[:2], []string{"-export", "-deps", "-f="}, compilerFlags, s.List[2:])
	env := gentle(gocmd.Environ(run.Root, s.Env))
	printed, err := run.Execute(ctx, gocmd.Call{Command: slices.Concat(nice(run), list), Dir: run.Root, Env: env})
	if err := gocmd.Explain(ctx, printed, err); err != nil {
		return nil, err
	}
	subject := s.Subject
	subject.Command = slices.Concat(s.Command[:2], compilerFlags, s.Command[2:])
	subject.Artifact = ""
	recipe, err := direct.Learn(ctx, run, subject, s.Compiled)
	if err != nil {
		return nil, err
	}
	a := &App{Recipe: recipe, parts: recipe.Parts(), modinfo: whole.Modinfo, version: s.Settings["GOVERSION"]}
	a.library, a.Made, err = obtain(ctx, run, a.parts, a.modinfo, at)
	if err != nil {
		return nil, err
	}
	if !s.Recipe.Unchanged(s.Compiled) || !recipe.Unchanged(s.Compiled) {
		return nil, direct.ErrOutdated
	}
	// What cannot be linked this way is found out now.
	return a, a.Link(ctx, run, nil, filepath.Join(at.Tmp, "trial"), at.Tmp)
}

// nice is the beginning of a command that is to run at low priority.
func nice(run *gocmd.Runner) []string {
	if _, err := gocmd.LookPath("nice", run.Root); err != nil {
		return nil
	}
	return []string{"nice", "-n", "19"}
}

// gentle is an environment with which Go's tools use one core.
func gentle(env []string) []string { return append(env, "GOMAXPROCS=1") }
