package doctor

import (
	"errors"
	"fmt"
	"strings"
)

// Config is the result of reading the config.
type Config struct {
	File string // empty if there is none
	Err  error
}

// Package is the result of looking for the main package.
type Package struct {
	Name    string
	Unknown string // why it is not known; empty: it is
	Err     error
}

// Command is the result of looking for a program that the config names.
type Command struct {
	Key  string // of the config
	Path string
	Err  error
}

// Session is the result of claiming the project.
type Session struct {
	Running bool // another session has it
	PID     int  // of that session; 0 if unknown
	Err     error
	Bus     Bus // by which it would reach instances elsewhere
}

// Port is one that the app is told to listen on.
type Port struct {
	Number int
	From   string // what tells the app so
	Holder string // what listens on it already; empty if nothing does
	Own    bool   // it is this project's running app
}

func config(c Config) Result {
	switch {
	case c.Err != nil:
		return Result{"config", Problem, oneLine(c.Err), ""}
	case c.File == "":
		return Result{"config", OK, "no config file; the defaults apply", ""}
	}
	return Result{"config", OK, c.File, ""}
}

func mainPackage(p Package) Result {
	if p.Err != nil {
		return Result{"package", Problem, oneLine(p.Err), ""}
	}
	if what, fix, _ := strings.Cut(p.Unknown, "; "); what != "" {
		return Result{"package", Warning, what, fix}
	}
	return Result{"package", OK, p.Name, ""}
}

func command(c Command) Result {
	if c.Err != nil {
		return Result{"command", Problem, oneLine(c.Err), "install it, or correct " + c.Key}
	}
	return Result{"command", OK, c.Path, ""}
}

func session(s Session) Result {
	switch {
	case s.Running:
		return Result{"session", Warning, fmt.Sprintf("a session is already running here, as process %d", s.PID), "a project has only one: talk to it with `hotreload send`, or end it with `hotreload send quit`"}
	case s.Err != nil:
		return Result{"session", Problem, oneLine(s.Err), ""}
	}
	return Result{"session", OK, "none is running here", ""}
}

func ports(all []Port) []Result {
	var results []Result
	for _, p := range all {
		name := fmt.Sprintf("port %d", p.Number)
		switch {
		case p.Own:
			results = append(results, Result{name, OK, fmt.Sprintf("this project's app listens on it (%s)", p.From), ""})
		case p.Holder != "":
			results = append(results, Result{name, Problem, fmt.Sprintf("%s names it, and %s", p.From, p.Holder), ""})
		default:
			results = append(results, Result{name, OK, "free (" + p.From + ")", ""})
		}
	}
	return results
}

// oneLine returns an error's text without its line breaks.
func oneLine(err error) string {
	if err == nil {
		err = errors.New("unknown")
	}
	return strings.Join(strings.Fields(err.Error()), " ")
}
