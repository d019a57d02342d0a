package session

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"hotreload/runner"
)

// tell puts effects in words.
func (p *player) tell(effects []effect) []string {
	var lines []string
	for _, e := range effects {
		lines = append(lines, strings.ReplaceAll(tell(e), p.project.root+"/", ""))
	}
	return lines
}

func tell(e effect) string {
	switch e := e.(type) {
	case emit:
		return fmt.Sprintf("%d %s%s", e.event.Gen, e.event.Data.Type(), tellData(e.event.Data))
	case startBuild:
		text := fmt.Sprintf("> build %s #%d over #%d", e.request.Package, e.request.ID, e.request.Prev.ID)
		if e.request.Inject {
			text += ", injected"
		}
		return text
	case startGenerate:
		text := "> generate by " + strings.Join(e.request.Generator.Command, " ")
		if e.request.Place != "" {
			text += " of " + e.request.Place
		}
		return text
	case cancelBuild:
		return "> cancel the build"
	case apply:
		text := fmt.Sprintf("> run #%d as v%d", e.request.Artifact.ID, e.request.Gen)
		if len(e.request.Config.Args) > 0 {
			text += fmt.Sprintf(" with %v", e.request.Config.Args)
		}
		if e.request.Listens {
			text += ", it may listen"
		}
		if e.request.Strategy != runner.Restart && !e.request.Proxied.Alone {
			text += ", beside the other"
		}
		return text
	case load:
		text := fmt.Sprintf("> load as v%d", e.request.Gen)
		for _, p := range e.request.Plugins {
			text += " " + p.Path
		}
		return text
	case showBroken:
		return "> show " + e.failure.What + ": " + e.failure.Details
	case forget:
		text := fmt.Sprintf("> forget #%d", e.artifact.ID)
		if e.artifact.Path == "" {
			text = "> forget"
		}
		for _, p := range e.artifact.Plugins {
			text += " " + p.Path
		}
		return text
	case learn:
		return fmt.Sprintf("> learn #%d", e.artifact.ID)
	case share:
		if e.anew {
			return "> share, anew"
		}
		return "> share"
	case listGraph:
		return "> list " + e.config.Package
	case readConfig:
		return "> read the config"
	case rewatch:
		return fmt.Sprintf("> watch again: include %v", e.config.Include)
	case follow:
		text := fmt.Sprintf("> follow %v", e.scope.Files)
		if slices.ContainsFunc(e.scope.Dirs, func(dir string) bool { return filepath.Base(dir) == "other" }) {
			text += " and package other"
		}
		return text
	case tellServes:
		if e.version.Process != e.version.Gen {
			return fmt.Sprintf("> pages of v%d in the process of v%d", e.version.Gen, e.version.Process)
		}
		return fmt.Sprintf("> pages of v%d", e.version.Gen)
	case tellChanged:
		return fmt.Sprintf("> pages, %s: %s", e.change.Kind, strings.Join(e.change.Paths, " "))
	case tellFailed:
		if e.problem == nil {
			return "> pages, fixed"
		}
		return fmt.Sprintf("> pages, %s: %v", e.problem.Title, e.problem.Places)
	case release:
		text := fmt.Sprintf("> send v%d", e.made.Version)
		for _, p := range e.made.Plugins {
			text += fmt.Sprintf(", in the process of v%d, with %s", e.made.Process, p.Path)
		}
		return text + " to instances"
	case setAll:
		return fmt.Sprintf("> set %s to %s at instances", e.name, e.value)
	case stop:
		return "> stop"
	}
	return fmt.Sprintf("> %T", e)
}

func tellData(d Data) string {
	switch d := d.(type) {
	case Change:
		return " " + strings.Join(d.Paths, " ")
	case Plan:
		how := string(d.Rung)
		if d.Build {
			how = "build, " + how
		}
		return " " + how + ": " + d.Reason
	case GenerateStart:
		return " " + strings.Join(d.Command, " ")
	case GenerateOutput:
		return " " + strings.Join(d.Command, " ") + ": " + d.Text
	case GenerateOK:
		return strings.TrimSuffix(" "+strings.Join(d.Command, " ")+": "+strings.Join(d.Paths, " "), " ")
	case GenerateError:
		return " " + strings.Join(d.Command, " ") + ": " + d.Text
	case BuildOK:
		if d.Same {
			return " same"
		}
	case Compiling:
		return fmt.Sprint(" ", d.Packages)
	case BuildError:
		return " " + d.Text
	case BuildCancel:
		return ": " + d.Reason
	case AppStart:
		if d.Replaces != 0 {
			return fmt.Sprintf(" %d replaces %d", d.PID, d.Replaces)
		}
		return fmt.Sprintf(" %d", d.PID)
	case AppReady:
		return fmt.Sprintf(" %d via %s %s", d.PID, d.Via, d.Address)
	case AppOutput:
		return fmt.Sprintf(" %s %q %q", d.Stream, d.Bytes, d.Lines)
	case AppExit:
		text := fmt.Sprintf(" %d with %d%s", d.PID, d.Code, d.Signal)
		if d.Expected {
			text += ", as asked"
		}
		return strings.TrimSuffix(text+": "+d.Last+d.Hint, ": ")
	case Cycle:
		return fmt.Sprintf(" %s, %s: %s", d.Result, d.Rung, d.Reason)
	case PluginLoaded:
		return fmt.Sprintf(" %s, %d", d.Name, d.Load)
	case PluginRejected:
		return fmt.Sprintf(" %s: %s", d.Name, firstLine(d.Reason))
	case SwapDone:
		return fmt.Sprintf(" by %s, with %v without %v", d.Strategy, d.Carried, d.Dropped)
	case TunableSet:
		return fmt.Sprintf(" %s to %s", d.Name, d.Value)
	case SwapRollback:
		return fmt.Sprintf(" to v%d: %s", d.To, d.Reason)
	case BrowserConnected:
		return fmt.Sprintf(" %s, %d", d.Name, d.Clients)
	case BrowserGone:
		return fmt.Sprintf(" %s, %d", d.Name, d.Clients)
	case BrowserReload:
		return fmt.Sprintf(" %s in %d: %s", d.Kind, d.Clients, d.Reason)
	case BrowserError:
		return fmt.Sprintf(" %s in %d: %s:%d:%d: %s", d.Title, d.Clients, d.File, d.Line, d.Column, d.Message)
	case AgentJoined:
		return " " + d.Name
	case AgentGone:
		return fmt.Sprintf(" %s: %s", d.Name, d.Reason)
	case AgentFailed:
		return fmt.Sprintf(" %s, v%d: %s", d.Name, d.Version, d.Reason)
	case RolloutRolledBack:
		return fmt.Sprintf(" v%d to v%d by %s: %s", d.Version, d.To, d.Instance, d.Reason)
	case SessionEnd:
		return ": " + d.Reason
	case Note:
		return ": " + d.Text
	}
	return ""
}
