// Package words says what happened in plain English, for all screens alike.
//
// In go updates in their order; out come lines without prefix or newline at the
// end, none for what is not worth one.
package words

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"hotreload/session"
)

// Teller puts a session's events in words. The zero value is ready.
type Teller struct {
	waited time.Time // since when nothing was said of the build under way
	passed bool      // the last change was of files of which nobody asks why they were passed over
}

// Tell puts an event in words; empty for what is not worth a line.
func (t *Teller) Tell(u session.Update) string {
	switch d := u.Event.Data.(type) {
	case session.WatchReady:
		return fmt.Sprintf("watching %s, %s and %s (%s)", u.State.Root, Plural(d.Dirs, "directory"), Plural(d.Files, "file"), d.Backend)
	case session.Change:
		t.passed = !slices.ContainsFunc(d.Paths, isSource)
	case session.Plan:
		return t.plan(u, d)
	case session.GenerateOK:
		return fmt.Sprintf("ran %s in %s", strings.Join(d.Command, " "), Duration(d.MS))
	case session.GenerateError:
		return generateError(u, d)
	case session.BuildStart:
		t.waited = u.Event.Time
	case session.Compiling:
		return t.compiling(u, d)
	case session.BuildOK:
		return "built in " + Duration(d.MS)
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
		return rolledBack(u, d)
	case session.PluginLoaded:
		return plugged(d)
	case session.PluginRejected:
		return fmt.Sprintf("plugin %s was rejected, v%d keeps serving: %s", d.Name, u.State.Serving.Gen, d.Reason)
	case session.Cycle:
		return cycle(u, d)
	case session.TunableSet:
		return d.Name + " is set to " + d.Value
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
func (t *Teller) plan(u session.Update, d session.Plan) string {
	verb := string(d.Rung)
	switch {
	case u.State.Serving.PID == 0:
		verb = "start"
	case d.Rung == session.Plugin:
		verb = "load it"
	}
	switch {
	case d.Rung == session.None && t.passed:
		return ""
	case d.Rung == session.None:
		return d.Reason + ": nothing to do"
	}
	if d.Build {
		return d.Reason + ": build and " + verb
	}
	return d.Reason + ": " + verb + " without a build"
}

// patience is how long a build takes before something is said of it on the way.
const patience = 5 * time.Second

// compiling says how far a long build is.
func (t *Teller) compiling(u session.Update, d session.Compiling) string {
	if u.Event.Time.Sub(t.waited) < patience {
		return ""
	}
	t.waited = u.Event.Time
	return fmt.Sprintf("still building: %d of up to %s", d.Packages, Plural(d.Of, "package"))
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
	errors := 0
	for _, one := range d.Diagnostics {
		if one.Severity == "error" {
			errors++
		}
	}
	return strings.TrimSpace(d.Text) + "\n" + fmt.Sprintf("v%d failed: %s; ", u.Event.Gen, Plural(errors, "error")) + whatServes(u)
}

// generateError shows what a generator said, and what serves.
func generateError(u session.Update, d session.GenerateError) string {
	return strings.TrimSpace(d.Text) + "\n" + fmt.Sprintf("v%d failed at %s; ", u.Event.Gen, strings.Join(d.Command, " ")) + whatServes(u)
}

// whatServes says what there is while the newest version does not build.
func whatServes(u session.Update) string {
	if s := u.State.Serving; s.PID != 0 {
		return fmt.Sprintf("v%d keeps serving", s.Gen)
	}
	return "waiting for a change"
}

// swapped says what the new version could not take over.
func swapped(d session.SwapDone) string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(d.Dropped)) {
		lines = append(lines, name+" was not carried over: "+d.Dropped[name])
	}
	return strings.Join(lines, "\n")
}

// plugged says what of a plugin's state the new version could not take over.
func plugged(d session.PluginLoaded) string {
	var lines []string
	for _, fate := range []struct {
		what  string
		paths []string
	}{{"dropped", d.Dropped}, {"set to zero", d.Zeroed}, {"converted", d.Converted}} {
		if len(fate.paths) > 0 {
			lines = append(lines, fmt.Sprintf("of plugin %s's state %s: %s", d.Name, fate.what, strings.Join(fate.paths, ", ")))
		}
	}
	return strings.Join(lines, "\n")
}

// loaded says that the process that runs has a new version of a plugin, or will.
func loaded(u session.Update, d session.Cycle) string {
	if u.State.Serving.Gen != u.Event.Gen {
		return d.Reason // nothing has opened it
	}
	return fmt.Sprintf("v%d is loaded after %s, in the same process", u.Event.Gen, Duration(d.TotalMS))
}

func rolledBack(u session.Update, d session.SwapRollback) string {
	how := "did not come to serve"
	if d.MS > 0 {
		how = fmt.Sprintf("fell %s after it had taken over", Duration(d.MS))
	}
	return fmt.Sprintf("v%d %s: %s; v%d is started again", u.Event.Gen, how, d.Reason, d.To)
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
		text = fmt.Sprintf("the app was ended by %s after %s", d.Signal, Duration(d.MS))
	default:
		text = fmt.Sprintf("the app exited with status %d after %s", d.Code, Duration(d.MS))
	}
	switch s := u.State.Serving; {
	case d.Rollback:
	case s.PID != 0:
		text += fmt.Sprintf("; v%d keeps serving", s.Gen)
	default:
		text += "; waiting for a change"
	}
	if d.Left > 0 {
		text += "\n" + Plural(d.Left, "process") + " that it left behind ended with it"
	}
	if d.Hint != "" {
		text += "\n" + d.Hint
	}
	return text
}

// cycle says what came of it all.
func cycle(u session.Update, d session.Cycle) string {
	switch {
	case d.Overtaken:
		return fmt.Sprintf("v%d was %s", u.Event.Gen, d.Reason)
	case d.Result == session.NoOp && d.BuildMS > 0:
		return d.Reason
	}
	if d.Result != session.OK || u.State.Serving.PID == 0 {
		return ""
	}
	if d.Rung == session.Plugin {
		return loaded(u, d)
	}
	if d.Rung == session.Swap {
		return fmt.Sprintf("v%d took over after %s", u.Event.Gen, Duration(d.TotalMS))
	}
	verb := "runs"
	if a := u.State.Serving.Address; a != "" {
		verb = "listens on " + a
	}
	return fmt.Sprintf("v%d %s after %s", u.Event.Gen, verb, Duration(d.TotalMS))
}

// Duration writes "312 ms" and, from ten seconds on, "1m30s".
func Duration(ms int64) string {
	if ms < 10_000 {
		return fmt.Sprintf("%d ms", ms)
	}
	return (time.Duration(ms) * time.Millisecond).Round(time.Second).String()
}

// Plural writes "1 file" and "2 files", also "2 directories" and "2 processes".
func Plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if stem, ok := strings.CutSuffix(noun, "y"); ok {
		noun = stem + "ie"
	} else if strings.HasSuffix(noun, "s") {
		noun += "e"
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
