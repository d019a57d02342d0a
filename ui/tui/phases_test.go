package tui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/golden"
	"github.com/muesli/termenv"

	"hotreload/build"
	"hotreload/runner"
	"hotreload/session"
	"hotreload/ui/internal/recorded"
)

const reason = "handlers/user.go is part of package example.com/web/handlers"

// phases are moments of a session, each with everything before it.
func phases() map[string][]session.Update {
	all := map[string][]session.Update{}
	r := &recorded.Recording{State: session.State{View: session.View{Root: "/home/ann/web", Package: "./cmd/web", Phase: session.Idle}}}
	keep := func(name string) { all[name] = r.Updates[:len(r.Updates):len(r.Updates)] }
	plan := func(gen int, why string) {
		r.Gen, r.State.Gen, r.State.Phase = gen, gen, session.Building
		r.State.Plan = recorded.Restart(why)
		r.Tell(r.State.Plan, session.BuildStart{Targets: []string{"./cmd/web"}})
	}
	serve := func(gen int, why string, ms int64) {
		r.State.Phase, r.State.Diagnostics = session.Applying, nil
		r.Tell(session.BuildOK{Targets: []string{"./cmd/web"}, MS: ms - 60})
		if gen > 1 {
			r.Tell(session.AppExit{PID: 100, Expected: true, MS: 60_000})
		}
		keep(fmt.Sprintf("starting %d", gen))
		r.State.Panic = nil
		r.Serve(gen, "localhost:8080")
		r.State.Phase = session.Running
		r.State.Serving.Since = testNow()
		r.State.Cycle = session.Cycle{Result: session.OK, Rung: session.Restart, Reason: why, WatchMS: 33, BuildMS: ms - 60, ApplyMS: 27, TotalMS: ms}
		r.Tell(r.State.Cycle)
	}
	r.Tell(session.SessionStart{Root: "/home/ann/web", Package: "./cmd/web", PID: 7, Socket: "/run/web.sock"})
	keep("0 begun")
	r.Tell(session.WatchReady{Backend: "inotify", Dirs: 5, Files: 42, MS: 3})
	plan(1, "the first start")
	keep("1 first build")
	serve(1, "the first start", 2412)
	r.Tell(recorded.Printed("stdout", "2026/11/23 09:19:24 listening on :8080\n"))
	for i := range 30 {
		r.Tell(recorded.Printed("stdout", fmt.Sprintf("09:19:24 \x1b[32mGET\x1b[0m /users/%d 200 1.2ms\n", i)))
	}
	keep("3 running")
	r.Gen = 2
	r.Tell(session.Change{Paths: []string{"handlers/user.go"}})
	plan(2, reason)
	keep("4 building")
	r.State.Phase = session.Broken
	r.State.Diagnostics = []build.Diagnostic{
		{File: "handlers/user.go", Line: 3, Column: 4, Severity: "error", Message: "undefined: x"},
		{File: "handlers/user.go", Line: 51, Column: 26, Severity: "error", Message: "cannot use name (variable of type string) as int value in argument to strconv.Itoa\n\thave (string)\n\twant (int)"},
		{File: "store/store.c", Line: 7, Severity: "warning", Message: "unused variable 'n'"},
	}
	r.State.Cycle = session.Cycle{Result: session.Failed, Rung: session.Restart, Reason: reason, WatchMS: 33, BuildMS: 205, TotalMS: 240}
	r.Tell(session.BuildError{Diagnostics: r.State.Diagnostics, Text: "# example.com/web/handlers\nhandlers/user.go:3:4: undefined: x\n", MS: 205}, r.State.Cycle)
	keep("5 failed")
	r.Gen = 3
	r.Tell(session.Change{Paths: []string{"handlers/user.go", "store/store.c"}})
	plan(3, reason)
	serve(3, reason, 412)
	r.Tell(recorded.Printed("stdout", "2026/11/23 09:19:25 listening on :8080\n"))
	keep("6 fixed")
	r.State.Panic = &runner.Panic{
		Message: "runtime error: invalid memory address or nil pointer dereference\n[signal SIGSEGV: segmentation violation]", Goroutine: "goroutine 1 [running]",
		File: "handlers/user.go", Line: 3, Trace: []string{"example.com/web/handlers.User(0x0)", "\t/home/ann/web/handlers/user.go:3 +0x1d", "main.main()", "\t/home/ann/web/cmd/web/main.go:12 +0x2f"},
	}
	r.State.Phase, r.State.Serving = session.Broken, session.Serving{}
	r.Tell(session.AppExit{PID: 300, Code: 2, MS: 4000, Last: "panic: ..."})
	keep("7 panicked")
	plan(4, reason)
	serve(4, reason, 398)
	r.State.Paused = true
	r.Gen = 5
	r.Tell(session.Paused{}, session.Change{Paths: []string{"a.go"}}, session.Change{Paths: []string{"b.go"}})
	keep("8 paused")
	return all
}

var sizes = []struct{ width, height int }{{80, 24}, {40, 12}, {160, 50}}

// Every pane in every phase, at three sizes.
func TestPanes(t *testing.T) {
	for name, updates := range phases() {
		for _, size := range sizes {
			t.Run(fmt.Sprintf("%s at %dx%d", name, size.width, size.height), func(t *testing.T) {
				s := newStage(t, size.width, size.height, termenv.Ascii)
				s.feed(updates...)
				var all strings.Builder
				all.WriteString(s.frame() + "\n")
				for _, pane := range []string{"1", "2", "3", "4"} {
					s.press(pane)
					fmt.Fprintf(&all, "\n%s\n", s.frame())
				}
				golden.RequireEqual(t, []byte(strings.ReplaceAll(trimmed(all.String()), "\x1b", "ESC")))
			})
		}
	}
}

// trimmed has no spaces at the ends of lines.
func trimmed(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// The recorded session of the other modes, on this screen.
func TestRecordedDay(t *testing.T) {
	s := newStage(t, 80, 50, termenv.Ascii)
	s.feed(recorded.ADay()...)
	var all strings.Builder
	for _, pane := range []string{"1", "2", "3", "4"} {
		s.press(pane)
		fmt.Fprintf(&all, "%s\n\n", s.frame())
	}
	all.WriteString(s.tally.summary(testNow()))
	golden.RequireEqual(t, []byte(trimmed(all.String())))
}

// Colours are the terminal's own sixteen, so they suit a light background, too.
func TestColours(t *testing.T) {
	s := newStage(t, 80, 24, termenv.ANSI)
	s.feed(phases()["5 failed"]...)
	golden.RequireEqual(t, []byte(strings.ReplaceAll(trimmed(s.frame()), "\x1b", "ESC")))
}

// A generator that runs is named, with a clock of its own: it may be the first thing that
// happens, and may never end.
func TestGeneratorRuns(t *testing.T) {
	began := testNow()
	s := status{}
	s.take(session.Update{
		Event: session.Event{Gen: 1, Time: began, Data: session.GenerateStart{Command: []string{"templ", "generate", "--watch"}}},
		State: session.State{View: session.View{Phase: session.Building, Gen: 1}},
	})
	for after, want := range map[time.Duration]string{
		time.Second: "◐ running templ generate --watch 1.0 s",
		holdsUp:     "◐ running templ generate --watch 5.0 s · saves wait for it",
	} {
		if got := s.phase(began.Add(after), roomy); got != want {
			t.Errorf("after %v: %q, want %q", after, got, want)
		}
	}
}
