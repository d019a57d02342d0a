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
	"time"

	"hotreload/build/direct"
	"hotreload/build/gocmd"
)

// Why there is no library.
var (
	// ErrUnfit is why an app is always linked as a whole.
	ErrUnfit = errors.New("the app is linked as a whole")
	// ErrLater is why no library is made now.
	ErrLater = errors.New("there is no library yet")
)

// Subject is an app that is built without the go command.
type Subject struct {
	direct.Subject
	List     []string       // go list, with the flags and the package of go build
	Recipe   *direct.Recipe // by which it is built
	Options  gocmd.Options
	Compiled *direct.Store
	Make     bool // make a library if there is none; otherwise do what takes a moment
}

// Places are directories for what is kept.
type Places struct {
	Libraries string // of all projects
	Session   string // of this session alone; exists
	Tmp       string // until the end of the call
	Record    string // a file, of the project
}

// App is how to link an app's own packages alone. It may be used by one goroutine at a
// time.
type App struct {
	Recipe *direct.Recipe // of packages that can be linked against the library
	Made   int64          // bytes of the library, if it was made now
	Took   time.Duration  // to link the app's own packages

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
// link the app's own packages against it. It takes long, with one core and low priority;
// what has been compiled when the context ends is not compiled again.
// An error that is ErrUnfit holds until the graph changes.
func Prepare(ctx context.Context, run *gocmd.Runner, s Subject, at Places) (*App, error) {
	whole := s.Recipe.Parts()
	if why := unfit(run.Root, s, whole); why != "" {
		_ = Record{Why: why}.Write(at.Record) // for the doctor
		return nil, fmt.Errorf("%w: %s", ErrUnfit, why)
	}
	if strings.ContainsAny(at.Session, ":,;$") {
		return nil, fmt.Errorf("%w: executables could not name the directory %s; set XDG_CACHE_HOME to another one", ErrUnfit, at.Session)
	}
	from, err := libraryKey(whole, whole.Modinfo)
	if err != nil {
		return nil, err
	}
	if !ReadRecord(at.Record).has(from, at.Libraries) {
		end, err := mayMake(s, at)
		if err != nil {
			return nil, err
		}
		defer end()
	}
	a, err := prepare(ctx, run, s, at, whole)
	if err == nil {
		_ = Record{For: from, Library: a.library.name}.Write(at.Record) // else it is found later
	}
	return a, err
}

// mayMake finds out whether a library can be made now, and makes sure that no other session
// makes one until the end.
func mayMake(s Subject, at Places) (end func(), err error) {
	if !s.Make {
		return nil, fmt.Errorf("%w: it is made after the first save", ErrLater)
	}
	if why := scarce(at.Libraries, s.Settings["GOCACHE"]); why != "" {
		return nil, fmt.Errorf("%w: %s", ErrLater, why)
	}
	end, mine, err := takeTurn(at.Libraries)
	if err == nil && !mine {
		err = fmt.Errorf("%w: another session is making one of its own", ErrLater)
	}
	return end, err
}

// prepare does it, however long it takes.
func prepare(ctx context.Context, run *gocmd.Runner, s Subject, at Places, whole direct.Parts) (*App, error) {
	list := slices.Concat(s.List[:2], []string{"-export", "-deps", "-f="}, compilerFlags, s.List[2:])
	env := gentle(gocmd.Environ(run.Root, s.Env, "GOTMPDIR="+at.Tmp, "TMPDIR="+at.Tmp)) // for what a killed command leaves
	printed, err := run.Execute(ctx, gocmd.Call{Command: slices.Concat(nice(run), list), Dir: run.Root, Env: env, Leave: true})
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
	if err := a.Link(ctx, run, nil, filepath.Join(at.Tmp, "trial"), at.Tmp); err != nil {
		return nil, err
	}
	start := time.Now()
	err = a.Link(ctx, run, nil, filepath.Join(at.Tmp, "trial"), at.Tmp) // as the next build will be
	a.Took = time.Since(start)
	return a, err
}

// nice is the beginning of a command that is to run at low priority.
func nice(run *gocmd.Runner) (command []string) {
	for _, words := range [][]string{{"nice", "-n", "19"}, {"ionice", "-t", "-c", "3"}} {
		if _, err := gocmd.LookPath(words[0], run.Root); err == nil {
			command = append(command, words...)
		}
	}
	return command
}

// gentle is an environment with which Go's tools use one core.
func gentle(env []string) []string { return append(env, "GOMAXPROCS=1") }
