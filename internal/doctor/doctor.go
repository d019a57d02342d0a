// Package doctor judges whether hotreload can work in a project, here and now.
//
// In go Readings of the machine and the project; out come Results, one for each
// check. What always holds: the checks are pure, so that each can be tested with
// readings of any machine; a problem is something that would stop hotreload from
// working, and says what mends it; what does not exist on a system is not
// checked there.
package doctor

import "fmt"

// Status is how a check came out.
type Status string

const (
	OK      Status = "ok"
	Warning Status = "warning" // it works, but not as well, or perhaps not always
	Problem Status = "problem" // it would stop hotreload, or the app
)

// Result is what one check found.
type Result struct {
	Check  string
	Status Status
	Text   string
	Mend   string // what to do about it; empty when there is nothing to do
}

// String is the result as one line.
func (r Result) String() string {
	line := fmt.Sprintf("%-8s %-12s %s", r.Status, r.Check, r.Text)
	if r.Mend != "" {
		line += "; " + r.Mend
	}
	return line
}

// Readings are all that the checks go by.
type Readings struct {
	GOOS    string
	Root    string
	Config  Config
	Go      Go
	Git     string // path of the command; empty: there is none
	Package Package
	Command Command // build.command, if there is one
	Inject  Injection
	Cgo     Cgo
	Mount   Mount // that the project lies on
	Watch   Watch
	Limits  Limits
	Cache   Place
	Session Session
	Ports   []Port
}

// Check judges the readings, in the order in which things would go wrong.
func Check(r Readings) []Result {
	results := []Result{config(r.Config)}
	results = append(results, toolchain(r.Go, r.Package.Err != nil)...)
	if r.Go.Err == nil {
		results = append(results, mainPackage(r.Package))
	}
	if r.Command.Name != "" {
		results = append(results, buildCommand(r.Command))
	}
	if r.Package.Err == nil {
		results = append(results, cgo(r.Cgo)...)
		results = append(results, injection(r.Inject)...)
	}
	results = append(results, git(r.Git), fileSystem(r.Mount), watching(r.Watch))
	results = append(results, limits(r.GOOS, r.Limits, r.Watch)...)
	results = append(results, cache(r.Cache), session(r.Session))
	return append(results, ports(r.Ports)...)
}

// Problems counts them.
func Problems(results []Result) int {
	n := 0
	for _, r := range results {
		if r.Status == Problem {
			n++
		}
	}
	return n
}
