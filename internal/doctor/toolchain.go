package doctor

import (
	"fmt"
	"go/version"
	"strings"
)

// Go is the go command, and what the project requires of it.
type Go struct {
	Path    string
	Version string // of the one that is installed: "go1.26.1"
	Wanted  string // by go.mod or go.work: "1.26.0"; empty if there is none
	By      string // which of them
	Local   bool   // GOTOOLCHAIN forbids downloading a newer one
	Cache   Place
	Err     error // it is missing, or does not work
}

// Cgo is what the C compiler is needed for.
type Cgo struct {
	Packages []string // that have C code, other than the standard library's
	Race     bool     // the race detector needs it, too
	Enabled  bool
	Compiler string // CC
	Found    bool   // the compiler is there
	Library  Library
}

// Injection is what runner.handover = "inject" needs.
type Injection struct {
	Wanted bool
	Err    error // why nothing can be injected
}

// Library is what build.shared needs, and has.
type Library struct {
	Wanted bool
	Path   string // of the one that the app was last linked against; empty: there is none
	Size   int64
	Err    error // why apps are linked as a whole
}

func toolchain(g Go, broken bool) []Result {
	switch {
	case g.Err != nil:
		return []Result{{"go", Problem, oneLine(g.Err), ""}}
	case g.Wanted != "" && version.Compare(g.Version, "go"+g.Wanted) < 0:
		text := fmt.Sprintf("%s is installed, but %s wants go %s", g.Version, g.By, g.Wanted)
		switch {
		case g.Local:
			return []Result{{"go", Problem, text, "install it from https://go.dev/dl, or let the go command download it: go env -w GOTOOLCHAIN=auto"}}
		case broken:
			return []Result{{"go", Problem, text + ", which the go command may not be able to download", "install it from https://go.dev/dl"}}
		}
		return []Result{{"go", Warning, text + ", which the go command downloads when needed", "install it from https://go.dev/dl to work without a network"}}
	case g.Wanted != "":
		return []Result{{"go", OK, fmt.Sprintf("%s at %s; %s wants %s", g.Version, g.Path, g.By, g.Wanted), ""}}
	}
	return []Result{{"go", OK, fmt.Sprintf("%s at %s", g.Version, g.Path), ""}}
}

func cgo(c Cgo) []Result {
	why := strings.Join(shortList(c.Packages), ", ")
	if c.Race {
		why = strings.TrimPrefix(why+", build.race", ", ")
	}
	switch {
	case why == "":
		return nil
	case !c.Found:
		return []Result{{"cgo", Problem, fmt.Sprintf("the C compiler %s is not on PATH, and it is needed for %s", c.Compiler, why), "install gcc or clang, or name one in CC"}}
	case !c.Enabled:
		return []Result{{"cgo", Warning, "CGO_ENABLED is 0, but there is C code in " + why, "set CGO_ENABLED = \"1\" in build.env unless the app works without it"}}
	}
	return []Result{{"cgo", OK, fmt.Sprintf("%s, for %s", c.Compiler, why), ""}}
}

// shortList shortens a list to fit on a line.
func shortList(all []string) []string {
	const limit = 3
	if len(all) <= limit {
		return all
	}
	return append(append([]string{}, all[:limit]...), fmt.Sprintf("and %d more", len(all)-limit))
}

func git(path string) Result {
	if path == "" {
		return Result{"git", Warning, "not on PATH", "install it: the go command fetches some modules with it"}
	}
	return Result{"git", OK, path, ""}
}

func library(l Library) []Result {
	switch {
	case !l.Wanted:
		return nil
	case l.Err != nil:
		return []Result{{"shared", OK, "each build links the whole app: " + oneLine(l.Err), ""}}
	case l.Path != "":
		return []Result{{"shared", OK, fmt.Sprintf("builds link the project's own packages alone, against a library of the others: %s, %d MB", l.Path, (l.Size+1<<20-1)>>20), ""}}
	}
	return []Result{{"shared", OK, "each build links the whole app, until a session has made a library of the packages that are not the project's own", ""}}
}

func injection(i Injection) []Result {
	switch {
	case !i.Wanted:
		return nil
	case i.Err != nil:
		return []Result{{"inject", Warning, "nothing can be injected: " + oneLine(i.Err), "to lose no requests without it, use package hot in the app, or the proxy: set listen under [proxy]"}}
	}
	return []Result{{"inject", OK, "the toolchain's net and net/http can be modified for it", ""}}
}
