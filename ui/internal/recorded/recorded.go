// Package recorded makes sessions for the tests of all screens.
//
// In go events; out come the updates that a session would send with them. What always
// holds: sequence numbers have no gaps, and an update has the state at its time.
package recorded

import (
	"time"

	"hotreload/build"
	"hotreload/session"
)

// Recording collects updates as a session sends them.
type Recording struct {
	Updates []session.Update
	State   session.State
	Gen     int
	seq     int64
}

// Tell adds events, with the present version and state.
func (r *Recording) Tell(events ...session.Data) {
	for _, d := range events {
		e := session.Event{Time: time.Date(2026, 11, 23, 9, 19, 24, 0, time.UTC), Gen: r.Gen, Data: d}
		lines := int64(1)
		switch d := d.(type) {
		case session.AppOutput:
			lines = int64(len(d.Lines))
		case session.Note:
			lines = 0
		}
		if lines > 0 {
			e.Seq = r.seq + 1
			r.seq += lines
		}
		r.Updates = append(r.Updates, session.Update{Event: e, State: r.State})
	}
}

// Serve adds the start of a version.
func (r *Recording) Serve(gen int, address string) {
	r.State.Serving = session.Serving{Gen: gen, PID: 100 * gen}
	r.Tell(session.AppStart{PID: 100 * gen})
	r.State.Serving.Ready, r.State.Serving.Address = true, address
	via := "port"
	if address == "" {
		via = "start"
	}
	r.Tell(session.AppReady{PID: 100 * gen, MS: 40, Via: via, Address: address})
}

func Printed(stream, bytes string, lines ...string) session.AppOutput {
	return session.AppOutput{Stream: stream, Bytes: []byte(bytes), Lines: lines}
}

func Restart(reason string) session.Plan {
	return session.Plan{Rung: session.Restart, Reason: reason, Build: true}
}

func Done(reason string, ms int64) session.Cycle {
	return session.Cycle{Result: session.OK, Rung: session.Restart, Reason: reason, BuildMS: 300, TotalMS: ms}
}

// saved is why a save of main.go leads to a build.
const saved = "main.go is part of package app"

// ADay is a session with everything that can happen in one.
func ADay() []session.Update {
	r := &Recording{State: session.State{View: session.View{Root: "/home/ann/app", Package: ".", Phase: session.Idle}}}
	r.begin()
	r.failAndFix()
	r.withoutEffect()
	r.generate()
	r.browse()
	r.prompt()
	r.exit()
	r.end()
	return r.Updates
}

// begin starts the session and its first version.
func (r *Recording) begin() {
	r.Tell(
		session.SessionStart{Root: "/home/ann/app", Package: ".", PID: 7, Socket: "/run/app.sock"},
		session.WatchReady{Backend: "inotify", Dirs: 1, Files: 14, MS: 2},
	)

	r.Gen = 1
	r.Tell(Restart("the first start"), session.BuildStart{Targets: []string{"."}}, session.BuildOK{Targets: []string{"."}, MS: 312})
	r.Serve(1, "localhost:8080")
	r.Tell(Done("the first start", 371))
	r.Tell(
		Printed("stdout", "serving on :80"), // no line yet
		Printed("stdout", "80\n", "serving on :8080"),
		Printed("stderr", "a warning\n", "a warning"),
	)
}

// failAndFix breaks the build and fixes it.
func (r *Recording) failAndFix() {
	r.Gen = 2
	r.Tell(session.Change{Paths: []string{"main.go"}})
	r.Tell(Restart(saved), session.BuildStart{Targets: []string{"."}}, session.BuildError{
		Diagnostics: []build.Diagnostic{
			{File: "main.go", Line: 3, Column: 4, Severity: "error", Message: "undefined: x"},
			{File: "main.go", Line: 5, Column: 6, Severity: "error", Message: "undefined: y"},
		},
		Text: "# app\nmain.go:3:4: undefined: x\nmain.go:5:6: undefined: y\n", MS: 205,
	}, session.Cycle{Result: session.Failed, Rung: session.Restart, Reason: saved, BuildMS: 205, TotalMS: 240})
	r.Gen = 3
	r.Tell(session.Change{Paths: []string{"main.go"}})
	r.Tell(Restart(saved), session.BuildStart{Targets: []string{"."}}, session.BuildOK{Targets: []string{"."}, MS: 12_340})
	r.Gen = 1
	r.Tell(session.AppExit{PID: 100, Expected: true, MS: 60_000})
	r.Gen = 3
	r.Serve(3, "localhost:8080")
	r.Tell(Done(saved, 12_399))
}

// withoutEffect has changes and builds that lead to nothing.
func (r *Recording) withoutEffect() {
	// The app writes its log into the project; the user does not ask why that has no effect.
	none := session.Plan{Rung: session.None, Reason: "app.log is not used to build the app"}
	r.Tell(session.Change{Paths: []string{"app.log"}}, none, session.Change{Paths: []string{"app.log"}}, none)
	r.Tell(session.Change{Paths: []string{"main_test.go"}}, session.Plan{Rung: session.None, Reason: "main_test.go is a test"})
	r.Tell(session.Change{Paths: []string{"app.log", "main_test.go"}},
		session.Plan{Rung: session.None, Reason: "app.log is not used to build the app (and 1 more change)"})
	invalid := session.Plan{Rung: session.None, Reason: `.hotreload.toml:2:1: unknown key "x"; the old settings stay`}
	r.Tell(session.Change{Paths: []string{".hotreload.toml"}}, invalid, session.Change{Paths: []string{".hotreload.toml"}}, invalid)
	r.Gen = 4
	r.Tell(Restart(saved), session.BuildStart{Targets: []string{"."}}, session.BuildOK{Targets: []string{"."}, MS: 290, Same: true},
		session.Cycle{Result: session.NoOp, Rung: session.None, Reason: "the build came out byte-identical to what runs", BuildMS: 290, TotalMS: 320})
	r.Gen = 5
	r.Tell(Restart(saved), session.BuildStart{Targets: []string{"."}}, session.BuildCancel{Reason: "page.go has changed"})
}

// generate runs a generator.
func (r *Recording) generate() {
	const read = "page.templ is read by the generator templ generate"
	templ := []string{"templ", "generate"}
	r.Tell(Restart(read), session.GenerateStart{Command: templ},
		session.GenerateOK{Command: templ, MS: 120, Text: "(✓) Complete\n", Paths: []string{"page_templ.go"}},
		session.BuildStart{Targets: []string{"."}}, session.BuildCancel{Reason: "page.templ has changed"})
	r.Tell(Restart(read), session.GenerateStart{Command: templ}, session.GenerateError{
		Command: templ, Text: "page.templ:3:4: oops\n", MS: 80,
		Diagnostics: []build.Diagnostic{{File: "page.templ", Line: 3, Column: 4, Severity: "error", Message: "oops"}},
	}, session.Cycle{Result: session.Failed, Rung: session.Restart, Reason: read, GenerateMS: 80, TotalMS: 110})
}

// browse has a page open, which follows what changes.
func (r *Recording) browse() {
	r.State.Browsers.Connected = 1
	r.Tell(session.BrowserConnected{Name: "Firefox", Clients: 1})
	r.Gen = 6
	r.State.Plan = session.Plan{Rung: session.Browser, Reason: "a.css is served from disk as it is (watch.browser **/*.css); stylesheets are swapped in 1 browser"}
	r.Tell(session.Change{Paths: []string{"a.css"}}, r.State.Plan,
		session.Cycle{Result: session.OK, Rung: session.Browser, Reason: r.State.Plan.Reason, WatchMS: 31, TotalMS: 31})
	swapped := session.BrowserReload{Kind: session.Stylesheets, Clients: 1, MS: 36, Paths: []string{"a.css"}, Reason: "a.css changed"}
	r.State.Browsers.Reload = &swapped
	r.Tell(swapped)
	r.Tell(session.BrowserError{Clients: 1, Kind: "build", Title: "The build failed", Message: "undefined: x", File: "main.go", Line: 3, Column: 4})
	r.State.Browsers.Connected = 0
	r.Tell(session.BrowserGone{Name: "Firefox"})
	r.Gen = 5
}

// prompt mixes unfinished lines of the app with our own.
func (r *Recording) prompt() {
	r.Tell(Printed("stdout", "a prompt: "), Printed("stderr", "a prompt on stderr: "))
	r.Tell(session.Paused{}, session.Resumed{})
	r.Tell(Printed("stderr", "again: "), session.Note{Text: "ignored a.log: .gitignore:1 *.log\nand so on"})
	r.Tell(Printed("stdout", "42\n", "a prompt: 42"))
}

// exit has a change of a run-time file, and exits of every kind.
func (r *Recording) exit() {
	r.Gen = 6
	r.Tell(session.Plan{Rung: session.Restart, Reason: "page.html is read at run time (watch.include **/*.html)"})
	r.Serve(6, "")
	r.Tell(Done("page.html is read at run time (watch.include **/*.html)", 48))

	r.State.Serving = session.Serving{}
	r.Tell(
		session.AppExit{PID: 600, Code: 1, MS: 1234, Left: 2, Last: "listen tcp :8080: bind: address already in use\n",
			Hint: "port 8080 is in use: process 9 holds it (nginx), since 08:00:00; end it with `kill 9`"},
		session.AppExit{PID: 601, Code: -1, Signal: "SIGSEGV", MS: 90_000, Left: 1, Last: "no newline"},
		session.AppExit{Code: -1, Last: "read the env file .env: line 3"},
	)
}

// end has the last builds.
func (r *Recording) end() {
	r.Gen = 7
	r.Tell(Restart(saved), session.BuildStart{Targets: []string{"."}}, session.BuildError{
		Diagnostics: []build.Diagnostic{{Severity: "error", Message: "no space left on device"}},
		Text:        "no space left on device", MS: 5,
	}, session.Cycle{Result: session.Failed, Rung: session.Restart, Reason: saved, BuildMS: 5, TotalMS: 40})
	r.Gen = 8
	r.Tell(Restart(saved), Done("it did its work and ended", 30)) // and nothing serves
	r.Tell(session.SessionEnd{Reason: "interrupt"})
}
