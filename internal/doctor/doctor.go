// Package doctor judges whether hotreload can work in a project, here and now.
//
//	the machine, the project ─ Read… ─▶ Readings ─ Check ─▶ Results
//
// In go Readings of the machine and the project; out come Results, one for each
// check. What always holds: the checks are pure, so each can be tested with readings
// of any machine; a problem is something that would stop hotreload from working, and
// says how to fix it; what does not exist on a system is not checked there.
package doctor

import "fmt"

// Status is the outcome of a check.
type Status string

const (
	OK      Status = "ok"
	Warning Status = "warning" // it works, but not as well, or not always
	Problem Status = "problem" // it would stop hotreload, or the app
)

// Result is what one check found.
type Result struct {
	Check  string
	Status Status
	Text   string
	Fix    string // what to do about it; empty if there is nothing to do
}

// String returns the result as one line.
func (r Result) String() string {
	line := fmt.Sprintf("%-8s %-12s %s", r.Status, r.Check, r.Text)
	if r.Fix != "" {
		line += "; " + r.Fix
	}
	return line
}

// Readings is everything that the checks go by.
type Readings struct {
	GOOS     string
	Root     string
	Config   Config
	Go       Go
	Git      string // path of the command; empty if there is none
	Package  Package
	Commands []Command // that the config names
	Inject   Injection
	Cgo      Cgo
	Mount    Mount // that the project is on
	Watch    Watch
	Limits   Limits
	Cache    Place
	Session  Session
	Ports    []Port
}

// Check judges the readings, in the order in which things would go wrong.
func Check(r Readings) []Result {
	results := []Result{config(r.Config)}
	results = append(results, toolchain(r.Go, r.Package.Err != nil)...)
	if r.Go.Err == nil {
		results = append(results, mainPackage(r.Package))
	}
	for _, c := range r.Commands {
		results = append(results, command(c))
	}
	if r.Package.Err == nil {
		results = append(results, cgo(r.Cgo)...)
		results = append(results, library(r.Cgo.Library)...)
		results = append(results, injection(r.Inject)...)
	}
	results = append(results, git(r.Git), fileSystem(r.Mount), watching(r.Watch))
	results = append(results, limits(r.GOOS, r.Limits, r.Watch)...)
	results = append(results, cache(r.Cache))
	results = append(results, goCache(r.Go.Cache)...)
	results = append(results, session(r.Session))
	results = append(results, bus(r.Session.Bus)...)
	return append(results, ports(r.Ports)...)
}

// Problems returns how many of the results are problems.
func Problems(results []Result) int {
	n := 0
	for _, r := range results {
		if r.Status == Problem {
			n++
		}
	}
	return n
}
