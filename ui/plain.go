package ui

import (
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"hotreload/session"
)

// prefix marks our own lines among the app's.
const prefix = "hotreload: "

// plain passes the app's output through byte for byte and writes lines of its
// own to stderr:
//
//	hotreload: main.go is part of package web: build and restart
//	hotreload: built in 312 ms
//	hotreload: v2 listens on localhost:8080 after 371 ms
type plain struct {
	out, err io.Writer
	terminal bool

	midLine bool // stderr, or on a terminal either stream, is in mid-line
	passed  bool // the last change was of files of which nobody asks why they were passed over
}

func (p *plain) show(u session.Update) error {
	if out, ok := u.Event.Data.(session.AppOutput); ok {
		return p.pass(out)
	}
	text := p.describe(u)
	if text == "" {
		return nil
	}
	var b strings.Builder
	if p.midLine {
		b.WriteByte('\n')
		p.midLine = false
	}
	for line := range strings.Lines(text) {
		b.WriteString(prefix + strings.TrimSuffix(line, "\n") + "\n")
	}
	_, err := io.WriteString(p.err, b.String())
	return err
}

// pass writes what the app printed.
func (p *plain) pass(out session.AppOutput) error {
	if len(out.Bytes) == 0 {
		return nil
	}
	to := p.out
	if out.Stream == "stderr" {
		to = p.err
	}
	if p.terminal || out.Stream == "stderr" {
		p.midLine = out.Bytes[len(out.Bytes)-1] != '\n'
	}
	_, err := to.Write(out.Bytes)
	return err
}

// describe puts an event in words; empty for what is not worth a line.
func (p *plain) describe(u session.Update) string {
	switch d := u.Event.Data.(type) {
	case session.WatchReady:
		return fmt.Sprintf("watching %s, %s and %s (%s)", u.State.Root, plural(d.Dirs, "directory"), plural(d.Files, "file"), d.Backend)
	case session.Change:
		p.passed = !slices.ContainsFunc(d.Paths, isSource)
	case session.Plan:
		return p.plan(u, d)
	case session.BuildOK:
		return "built in " + duration(d.MS)
	case session.BuildError:
		return buildError(u, d)
	case session.BuildCancel:
		return "build overtaken: " + d.Reason
	case session.AppStart:
		return ""
	case session.AppExit:
		return exit(u, d)
	case session.SwapDone:
		return swapped(d)
	case session.SwapRollback:
		return fmt.Sprintf("v%d fell %s after it had taken over: %s; v%d is started again", u.Event.Gen, duration(d.MS), d.Reason, d.To)
	case session.Cycle:
		return cycle(u, d)
	case session.Paused:
		return "paused: changes are gathered until you resume"
	case session.Resumed:
		return "resumed"
	case session.SessionEnd:
		return "stopped: " + d.Reason
	case session.Note:
		return d.Text
	}
	return ""
}

// plan says what will be done.
func (p *plain) plan(u session.Update, d session.Plan) string {
	verb := string(d.Rung)
	if u.State.Serving.PID == 0 {
		verb = "start"
	}
	switch {
	case d.Rung == session.None && p.passed:
		return ""
	case d.Rung == session.None:
		return d.Reason + ": nothing to do"
	}
	if d.Build {
		return d.Reason + ": build and " + verb
	}
	return d.Reason + ": " + verb + " without a build"
}

// isSource recognises what somebody who saves it expects something of. Other
// files of the project, such as its database, the app itself may write all day.
func isSource(path string) bool {
	switch filepath.Ext(path) {
	case ".go", ".mod", ".sum", ".work", ".toml":
		return true
	}
	return false
}

// buildError shows what the compiler said, as it said it, and what serves.
func buildError(u session.Update, d session.BuildError) string {
	text := strings.TrimSpace(d.Text) + "\n" + fmt.Sprintf("v%d failed: %s", u.Event.Gen, plural(len(d.Diagnostics), "problem"))
	if s := u.State.Serving; s.PID != 0 {
		return text + fmt.Sprintf("; v%d keeps serving", s.Gen)
	}
	return text + "; waiting for a change"
}

// swapped says what the new version could not take over.
func swapped(d session.SwapDone) string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(d.Dropped)) {
		lines = append(lines, name+" was not carried over: "+d.Dropped[name])
	}
	return strings.Join(lines, "\n")
}

func exit(u session.Update, d session.AppExit) string {
	if d.Expected {
		return ""
	}
	var text string
	switch {
	case d.PID == 0:
		return "the app could not be started: " + d.Last
	case d.Signal != "":
		text = fmt.Sprintf("the app was ended by %s after %s", d.Signal, duration(d.MS))
	default:
		text = fmt.Sprintf("the app exited with status %d after %s", d.Code, duration(d.MS))
	}
	switch s := u.State.Serving; {
	case d.Rollback:
	case s.PID != 0:
		text += fmt.Sprintf("; v%d keeps serving", s.Gen)
	default:
		text += "; waiting for a change"
	}
	if d.Left > 0 {
		text += "\n" + plural(d.Left, "process") + " that it left behind ended with it"
	}
	if d.Hint != "" {
		text += "\n" + d.Hint
	}
	return text
}

// cycle says what came of it all.
func cycle(u session.Update, d session.Cycle) string {
	if d.Result == session.NoOp && d.BuildMS > 0 {
		return d.Reason
	}
	if d.Result != session.OK || u.State.Serving.PID == 0 {
		return ""
	}
	verb := "runs"
	if d.Rung == session.Swap {
		return fmt.Sprintf("v%d took over after %s", u.Event.Gen, duration(d.TotalMS))
	}
	if a := u.State.Serving.Address; a != "" {
		verb = "listens on " + a
	}
	return fmt.Sprintf("v%d %s after %s", u.Event.Gen, verb, duration(d.TotalMS))
}

func duration(ms int64) string {
	if ms < 10_000 {
		return fmt.Sprintf("%d ms", ms)
	}
	return (time.Duration(ms) * time.Millisecond).Round(time.Second).String()
}
