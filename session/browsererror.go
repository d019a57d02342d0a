package session

import (
	"fmt"
	"reflect"
	"strings"

	"hotreload/build"
	"hotreload/internal/proxy/browser"
	"hotreload/runner"
)

// This file has what pages show of what is wrong.

// problem is what is wrong now. While something is being done about it that is not known, and
// what pages show stays.
func (s State) problem() *browser.Problem {
	phase := s.phase()
	switch {
	case phase == Building, phase == Applying, s.quitting != "":
		return s.browsing.shows
	case !s.config.Proxy.Overlay:
		return nil
	case s.builds.failing && len(s.Diagnostics) > 0:
		return &browser.Problem{Kind: browser.Build, Title: s.browsing.failed.what, Places: places(s.Diagnostics), Text: s.browsing.failed.text}
	case len(s.Rejected) > 0:
		r := s.Rejected[0]
		return &browser.Problem{Kind: browser.Build, Title: "Plugin " + r.Name + " was rejected", Places: places(s.Diagnostics), Text: r.Reason}
	case s.browsing.crash == nil && s.Panic != nil && s.Serving.PID != 0:
		return panicked("A request panicked", s.Panic)
	}
	return s.browsing.crash
}

// places are where something is wrong.
func places(all []build.Diagnostic) []browser.Place {
	var found []browser.Place
	for _, d := range all {
		found = append(found, browser.Place{File: d.File, Line: d.Line, Column: d.Column, Message: d.Message, Warning: d.Severity != "error"})
	}
	return found
}

// panicked is a panic.
func panicked(title string, p *runner.Panic) *browser.Problem {
	return &browser.Problem{
		Kind: browser.Crash, Title: title, Text: strings.Join(p.Trace, "\n"),
		Places: []browser.Place{{File: p.File, Line: p.Line, Message: p.Message}},
	}
}

// crashed notes a process that ended by itself, and not because its work was done.
func (t *step) crashed(r runner.Exited) {
	if r.Expected || r.Again || r.Code == 0 {
		return
	}
	p := &browser.Problem{Kind: browser.Crash, Title: fmt.Sprintf("The app exited with status %d", r.Code), Text: strings.TrimSpace(r.LastWords + "\n" + r.Hint)}
	switch {
	case t.Panic != nil:
		p = panicked("The app panicked", t.Panic)
	case r.PID == 0:
		p.Title = "The app could not be started"
	case r.Signal != "":
		p.Title = "The app was killed by " + r.Signal
	}
	t.browsing.crash = p
}

// showProblem has pages show what is wrong, or that nothing is.
func (t *step) showProblem() {
	p := t.problem()
	if t.browsing.there && !reflect.DeepEqual(p, t.browsing.shows) {
		t.browsing.shows = p
		t.do(tellFailed{p})
	}
}

// pagesShow reports that pages show what is wrong.
func (t *step) pagesShow(e browser.Shown) {
	p := t.browsing.shows
	if p == nil {
		return // it is fixed by now
	}
	shown := BrowserError{Clients: e.Clients, Kind: string(p.Kind), Title: p.Title}
	if len(p.Places) > 0 {
		at := p.Places[0]
		shown.Message, shown.File, shown.Line, shown.Column = at.Message, at.File, at.Line, at.Column
	}
	t.emit(t.Gen, shown)
}

// tellFailed has pages show a problem.
func (l *loop) tellFailed(p *browser.Problem) {
	if p == nil {
		l.options.Pages.Fixed()
		return
	}
	l.options.Pages.Fail(*p)
}
