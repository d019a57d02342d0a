package session

import (
	"fmt"
	"strings"
)

// This file makes the plan for what has changed.

// decision is a plan, with what else follows from the changes.
type decision struct {
	Plan
	relist bool   // the package graph may be another
	rerun  string // the reason for a new process, of the first file that the app reads at run time
	config bool   // the config file is among them
	due    []int  // generators that read one of them
}

// ruling is what one change leads to, taken alone.
type ruling struct {
	plan   Plan   // its reason continues a sentence that begins with the file's name
	app    Plan   // the same, generators aside
	relist bool   // the package graph may be another
	rerun  string // the reason for a new process, if the app reads the file at run time
	due    []int  // generators that read it
}

// observed are the changes of some paths, as the disk says.
func (t *step) observed(paths []string) []change {
	changes := make([]change, len(paths))
	for i, path := range paths {
		changes[i] = change{path: path, verdict: t.disk[path].verdict}
	}
	return t.ruled(changes)
}

// ruled are changes with what they lead to as things stand now.
func (s State) ruled(changes []change) []change {
	ruled := make([]change, len(changes))
	for i, c := range changes {
		c.ruling = s.rule(c)
		ruled[i] = c
	}
	return ruled
}

// decide makes the plan for changes: the harshest of what each needs, with the
// reason of the first that needs it.
func (s State) decide(changes []change) decision {
	d := decision{Plan: Plan{Rung: None}}
	rank, more, built := -1, 0, false
	for _, c := range changes {
		one := c.ruling
		d.relist = d.relist || one.relist
		if d.rerun == "" && one.rerun != "" {
			d.rerun = s.named(c.path) + " " + one.rerun
		}
		d.config = d.config || c.path == s.configFile
		d.due = merge(d.due, one.due)
		switch r := one.plan.rank(); {
		case r > rank:
			d.Plan, rank, more = one.plan, r, 0
			d.saved = s.named(c.path)
			d.Reason = d.saved + " " + d.Reason
		case r == rank:
			more++
		}
		d.Build = d.Build || one.plan.Build
		built = built || one.app.Build
	}
	d.generated = d.Build && !built
	switch {
	case more == 1:
		d.Reason += " (and 1 more change)"
	case more > 1:
		d.Reason += fmt.Sprintf(" (and %d more changes)", more)
	}
	return d
}

// rank orders plans from the gentlest to the most disruptive.
func (p Plan) rank() int {
	switch {
	case p.Build && p.Rung != Plugin:
		return 4
	case p.Rung == Restart:
		return 3
	case p.Rung == Plugin:
		return 2
	case p.Rung == Browser:
		return 1
	}
	return 0
}

// rule judges one change. A file that a generator reads leads to a build whatever
// else it is, and the app may read it at run time, too.
func (s State) rule(c change) ruling {
	plan, relist := s.ruleOfApp(c)
	r := ruling{plan: plan, app: plan, relist: relist, due: s.generatorsOf(c.path)}
	if plan.Rung == Restart && !plan.Build {
		r.rerun = plan.Reason
	}
	if len(r.due) > 0 {
		r.plan = s.generatePlan(r.due[0])
	}
	return r
}

// ruleOfApp makes the plan for one change, generators aside.
func (s State) ruleOfApp(c change) (plan Plan, relist bool) {
	verdict := c.verdict
	switch {
	case verdict.Built && len(verdict.Plugins) > 0:
		return Plan{Rung: Plugin, Build: true, Reason: "is " + verdict.Reason}, verdict.Relist
	case verdict.Built:
		return Plan{Rung: Restart, Build: true, Reason: "is " + verdict.Reason}, verdict.Relist
	case s.mayBeIn(c):
		return Plan{Rung: Restart, Build: true, Reason: "is " + verdict.Reason + ", and the last build may have read it before"}, true
	case s.builds.failing && mayFix(c.path):
		return Plan{Rung: Restart, Build: true, Reason: "may fix the failed build"}, true
	case s.isEnvFile(c.path):
		return Plan{Rung: Restart, Reason: "sets the app's environment"}, false
	}
	if glob := s.config.Watch.Includes(s.Root, c.path); glob != "" {
		return Plan{Rung: Restart, Reason: "is read at run time (watch.include " + glob + ")"}, false
	}
	if glob := s.config.Watch.Browses(s.Root, c.path); glob != "" {
		return Plan{Rung: Browser, Reason: "is served from disk as it is (watch.browser " + glob + ")"}, false
	}
	return Plan{Rung: None, Reason: "is " + verdict.Reason}, false
}

// mayFix reports whether a file could be what a failed build lacked: a new
// package, for one, is in no graph before something that imports it has been built.
func mayFix(path string) bool {
	return strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go")
}
