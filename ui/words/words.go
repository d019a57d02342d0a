// Package words says in plain English what happened, for every kind of screen.
//
// In go updates, in order; out come texts of one or more lines, without a newline at
// the end. What always holds: an event that users need not read about is an empty
// text; the words are the same on every screen.
package words

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"hotreload/internal/visible"
	"hotreload/session"
)

// Teller puts the events of a session in words. The zero value is ready.
type Teller struct {
	// Again is how the user starts an app again that has ended, where nothing else on the
	// screen says so: "`hotreload send restart`".
	Again string

	waited time.Time // when the present build was last mentioned
	minor  bool      // the user does not ask why the last change had no effect
}

// Tell puts an event in words; empty: it is not worth a line.
func (t *Teller) Tell(u session.Update) string {
	switch d := u.Event.Data.(type) {
	case session.WatchReady:
		return watching(u, d)
	case session.Change:
		t.minor = !slices.ContainsFunc(d.Paths, isSource)
	case session.Plan:
		return t.plan(u, d)
	case session.GenerateOutput:
		return d.Text
	case session.GenerateOK:
		return fmt.Sprintf("ran %s in %s", strings.Join(d.Command, " "), Duration(d.MS))
	case session.GenerateError:
		return generateError(u, d)
	case session.BuildStart:
		t.waited = u.Event.Time
	case session.Compiling:
		return t.compiling(u, d)
	case session.BuildOK:
		return made(u) + " in " + Duration(d.MS)
	case session.BuildError:
		return buildError(u, d)
	case session.BuildCancel:
		return "build cancelled: " + d.Reason
	case session.AppStart:
		return replaced(u, d)
	case session.AppExit:
		return t.exit(u, d)
	case session.SwapDone:
		return swapped(d)
	case session.SwapRollback:
		return rolledBack(u, d)
	case session.PluginLoaded:
		return loadedState(d)
	case session.PluginRejected:
		return fmt.Sprintf("plugin %s was rejected; v%d keeps serving: %s", d.Name, u.State.Serving.Gen, d.Reason)
	case session.BrowserConnected:
		return "a page is open in " + d.Name
	case session.BrowserGone:
		return d.Name + " has closed its last page"
	case session.BrowserReload:
		return reloaded(d)
	case session.BrowserError:
		return Plural(d.Clients, "browser") + " shows it: " + d.Title
	case session.Cycle:
		return cycle(u, d)
	case session.TunableSet:
		return d.Name + " is set to " + d.Value
	case session.Paused:
		return "paused: changes wait until you resume"
	case session.Resumed:
		return "resumed"
	case session.SessionEnd:
		return "stopped: " + d.Reason
	case session.Note:
		return d.Text
	}
	return instance(u.Event.Data)
}

// watching says what is watched: by an agent, nothing.
func watching(u session.Update, d session.WatchReady) string {
	if u.State.Elsewhere.Agent {
		return ""
	}
	return fmt.Sprintf("watching %s, %s and %s (%s)", visible.Text(u.State.Root, ""), Plural(d.Dirs, "directory"), Plural(d.Files, "file"), d.Backend)
}

// plan says what will be done, and why.
func (t *Teller) plan(u session.Update, d session.Plan) string {
	verb := string(d.Rung)
	switch {
	case u.State.Serving.PID == 0:
		verb = "start"
	case d.Rung == session.Plugin:
		verb = "load"
	}
	switch {
	case d.Rung == session.Browser:
		return d.Reason
	case d.Rung == session.None && t.minor:
		return ""
	case d.Rung == session.None:
		return d.Reason + ": nothing to do"
	}
	if d.Build && u.State.Elsewhere.Agent {
		return d.Reason + ": receive and " + verb
	}
	if d.Build {
		return d.Reason + ": build and " + verb
	}
	return d.Reason + ": " + verb + " without a build"
}

// patience is how long a build may take without being mentioned.
const patience = 5 * time.Second

// compiling says how far a long build has come.
func (t *Teller) compiling(u session.Update, d session.Compiling) string {
	if u.Event.Time.Sub(t.waited) < patience {
		return ""
	}
	t.waited = u.Event.Time
	return fmt.Sprintf("still building: %d of up to %s", d.Packages, Plural(d.Of, "package"))
}

// isSource reports whether a user who saves a file expects an effect. The app itself
// may write other files, such as its database, all day.
func isSource(path string) bool {
	switch filepath.Ext(path) {
	case ".go", ".mod", ".sum", ".work", ".toml":
		return true
	}
	return false
}

// buildError quotes the compiler, and says what serves.
func buildError(u session.Update, d session.BuildError) string {
	errors := 0
	for _, one := range d.Diagnostics {
		if one.Severity == "error" {
			errors++
		}
	}
	return strings.TrimSpace(d.Text) + "\n" + fmt.Sprintf("v%d failed: %s; ", u.Event.Gen, Plural(errors, "error")) + whatServes(u)
}

// generateError quotes the generator, and says what serves.
func generateError(u session.Update, d session.GenerateError) string {
	return strings.TrimSpace(d.Text) + "\n" + fmt.Sprintf("v%d failed in %s; ", u.Event.Gen, strings.Join(d.Command, " ")) + whatServes(u)
}

// whatServes says what serves while the newest version does not build.
func whatServes(u session.Update) string {
	if s := u.State.Serving; s.PID != 0 {
		return fmt.Sprintf("v%d keeps serving", s.Gen)
	}
	return "waiting for a change"
}

// swapped says which state the new version did not take over.
func swapped(d session.SwapDone) string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(d.Dropped)) {
		lines = append(lines, name+" was not carried over: "+d.Dropped[name])
	}
	return strings.Join(lines, "\n")
}

// loadedState says which state of a plugin the new version did not take over as it was.
func loadedState(d session.PluginLoaded) string {
	var lines []string
	for _, fate := range []struct {
		what  string
		paths []string
	}{{"dropped", d.Dropped}, {"set to zero", d.Zeroed}, {"converted", d.Converted}} {
		if len(fate.paths) > 0 {
			lines = append(lines, fmt.Sprintf("plugin %s: state %s: %s", d.Name, fate.what, strings.Join(fate.paths, ", ")))
		}
	}
	return strings.Join(lines, "\n")
}

// loaded says that the running process has, or will have, a new version of a plugin.
func loaded(u session.Update, d session.Cycle) string {
	if u.State.Serving.Gen != u.Event.Gen {
		return d.Reason // the app has not opened it yet
	}
	return fmt.Sprintf("v%d loaded after %s, in the same process", u.Event.Gen, Duration(d.TotalMS))
}

func rolledBack(u session.Update, d session.SwapRollback) string {
	how := "did not become ready"
	if d.MS > 0 {
		how = fmt.Sprintf("failed %s after it took over", Duration(d.MS))
	}
	return fmt.Sprintf("v%d %s: %s; starting v%d again", u.Event.Gen, how, d.Reason, d.To)
}

// replaced says that an app has replaced itself; empty: it was simply started.
func replaced(u session.Update, d session.AppStart) string {
	if d.Replaces == 0 {
		return ""
	}
	return fmt.Sprintf("v%d has replaced itself: process %d serves in place of %d", u.Event.Gen, d.PID, d.Replaces)
}

// exit says how the app has ended, and what happens now.
func (t *Teller) exit(u session.Update, d session.AppExit) string {
	switch {
	case d.Killed:
		return fmt.Sprintf("v%d was killed: it did not stop in time", u.Event.Gen)
	case d.Expected:
		return ""
	}
	var text string
	switch {
	case d.PID == 0:
		return "the app could not be started: " + d.Last
	case d.Signal != "":
		text = fmt.Sprintf("the app was killed by %s after %s", d.Signal, Duration(d.MS))
	default:
		text = fmt.Sprintf("the app exited with status %d after %s", d.Code, Duration(d.MS))
	}
	switch s := u.State.Serving; {
	case d.Rollback:
	case s.PID != 0:
		text += fmt.Sprintf("; v%d keeps serving", s.Gen)
	default:
		text += "; waiting for a change"
		if t.Again != "" {
			text += ", or for " + t.Again
		}
	}
	if d.Left > 0 {
		text += "\nstopped " + Plural(d.Left, "process") + " that it left behind"
	}
	if d.Hint != "" {
		text += "\n" + d.Hint
	}
	return text
}

// cycle says how a cycle ended.
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
	switch d.Rung {
	case session.Browser:
		if u.State.Plan.Rung == session.Browser {
			return "" // the plan has said it
		}
		return d.Reason
	case session.Plugin:
		return loaded(u, d)
	case session.Swap:
		return fmt.Sprintf("v%d took over after %s", u.Event.Gen, Duration(d.TotalMS))
	}
	verb := "runs"
	if a := u.State.Serving.Address; a != "" {
		verb = "listens on " + a
		if others := u.State.Serving.Others; len(others) > 0 {
			verb += " (and " + strings.Join(others, ", ") + ")"
		}
	}
	return fmt.Sprintf("v%d %s after %s", u.Event.Gen, verb, Duration(d.TotalMS))
}

// reloaded says what open pages have loaded again.
func reloaded(d session.BrowserReload) string {
	in := " in " + Plural(d.Clients, "browser") + " after " + Duration(d.MS)
	switch d.Kind {
	case session.Stylesheets:
		return "swapped stylesheets" + in
	case session.Images:
		return "swapped images" + in
	}
	return "reloaded pages" + in
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
