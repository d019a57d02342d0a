package session

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"hotreload/build"
	"hotreload/internal/proxy/browser"
	"hotreload/runner"
	"hotreload/watch"
)

// This file reads recorded streams of inputs: what a session was told, with what
// the disk said, and what resulted. The first line of a stream says how the
// session began; each of the others is a step. All paths lie in a project that
// does not exist.

// recordedStart is the first line.
type recordedStart struct {
	Root, Package, ConfigFile, Front string
	Config                           Config
	Pages                            bool // there is something that pages connect to
}

// recordedStep is one step.
type recordedStep struct {
	At    int64                      `json:"at"` // nanoseconds since the beginning
	In    recordedInput              `json:"in"`
	Disk  map[string]recordedFact    `json:"disk,omitempty"`  // what it says now and did not say before
	Out   []json.RawMessage          `json:"out,omitempty"`   // events as objects, other effects in words
	State map[string]json.RawMessage `json:"state,omitempty"` // the fields of the public state that are not as before
}

// recordedFact is what the disk says of a path.
type recordedFact struct {
	Verdict build.Verdict
	Print   string
	New     bool
}

// recordedInput is any input.
type recordedInput struct {
	Kind                  string
	Paths                 []string
	Settled               bool
	First, Took           int64
	ID, Index, Count, Gen int
	Artifact              build.Artifact
	Err                   *recordedError
	Wrote                 []build.Written
	Graph                 *recordedGraph
	Config                Config
	Start                 SessionStart
	Watch                 WatchReady
	Text, Data, Stream    string
	Event                 json.RawMessage
	Tail                  []recordedInput
}

type recordedError struct {
	Text, Kind  string
	Diagnostics []build.Diagnostic
}

type recordedGraph struct {
	Dirs     []string
	Count    int
	Net      bool
	Hot      string
	Packages []string
	Plugins  []build.PluginRoot
	Unplug   string
}

func (g *recordedGraph) graph() *build.Graph {
	if g == nil {
		return nil
	}
	packages := map[string]bool{}
	for _, p := range g.Packages {
		packages[p] = true
	}
	return &build.Graph{Dirs: g.Dirs, Count: g.Count, Net: g.Net, Hot: g.Hot, Packages: packages, Plugins: g.Plugins, Unplug: g.Unplug}
}

func (e *recordedError) err() error {
	switch {
	case e == nil:
		return nil
	case e.Kind == "build":
		return &build.Error{Diagnostics: e.Diagnostics, Text: e.Text}
	case e.Kind == "cannot learn":
		return build.ErrCannotLearn
	case e.Kind == "outdated":
		return build.ErrOutdated
	}
	return errors.New(e.Text)
}

// epoch is when all streams begin.
var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// decoder makes inputs of what was recorded.
type decoder struct {
	root     string
	lines    map[string]*runner.Lines // by version and stream, as the runner makes them
	tunables map[int][]Tunable        // by process, as the runner has them
}

func newDecoder(root string) *decoder {
	return &decoder{root: root, lines: map[string]*runner.Lines{}, tunables: map[int][]Tunable{}}
}

func (d *decoder) input(in recordedInput) (input, error) {
	switch in.Kind {
	case "begun":
		return begun{in.Start}, nil
	case "ready":
		return ready{in.Watch, in.Graph.graph()}, nil
	case "batch":
		return watch.Batch{Paths: in.Paths, Settled: in.Settled, First: epoch.Add(time.Duration(in.First))}, nil
	case "compiles":
		return compiles{id: in.ID, count: in.Count}, nil
	case "built":
		return built{id: in.ID, artifact: in.Artifact, err: in.Err.err(), took: time.Duration(in.Took), wrote: in.Wrote}, nil
	case "generated":
		return generated{id: in.ID, index: in.Index, text: in.Text, wrote: in.Wrote, err: in.Err.err(), took: time.Duration(in.Took)}, nil
	case "learned":
		return learned{in.Err.err()}, nil
	case "shared":
		return libraryMade{in.Err.err()}, nil
	case "listed":
		return listed{in.ID, in.Graph.graph(), nil, nil, in.Err.err()}, nil
	case "reloaded":
		return reloaded{in.ID, in.Config, in.Err.err()}, nil
	case "rewatched":
		return rewatched{in.Watch}, nil
	case "noted":
		return noted{in.Text}, nil
	case "quit":
		return quit{in.Text}, nil
	case "stopped":
		return stopped{}, nil
	case "command":
		return Order(in.Text), nil
	case "output":
		return d.output(in), nil
	}
	return d.event(in)
}

// output makes lines of what was printed.
func (d *decoder) output(in recordedInput) runner.Output {
	return d.of(in.Gen, in.Stream).Take(runner.Output{Gen: in.Gen, Stream: in.Stream, Data: []byte(in.Data)})
}

func (d *decoder) of(gen int, stream string) *runner.Lines {
	key := fmt.Sprint(gen, " ", stream)
	if d.lines[key] == nil {
		d.lines[key] = &runner.Lines{Root: d.root}
	}
	return d.lines[key]
}

func (d *decoder) event(in recordedInput) (input, error) {
	switch in.Kind {
	case "Started":
		return decoded[runner.Started](in)
	case "Ready":
		e, err := decoded[runner.Ready](in)
		e.Tunables = d.tunables[e.PID]
		return e, err
	case "Shares":
		return decoded[runner.Shares](in)
	case "Exited":
		e, err := decoded[runner.Exited](in)
		for _, o := range in.Tail {
			e.Tail = append(e.Tail, d.output(o))
		}
		for _, stream := range []string{"stdout", "stderr"} {
			if o, ok := d.of(e.Gen, stream).End(e.Gen, stream); ok {
				e.Tail = append(e.Tail, o)
			}
		}
		return e, err
	case "Failed":
		return runner.Failed{Gen: in.Gen, Err: errors.New(in.Text)}, nil
	case "RolledBack":
		return decoded[runner.RolledBack](in)
	case "Settled":
		return decoded[runner.Settled](in)
	case "PluginOpened":
		return decoded[runner.PluginOpened](in)
	case "PluginLoaded":
		return decoded[runner.PluginLoaded](in)
	case "PluginRejected":
		return decoded[runner.PluginRejected](in)
	case "PluginWaits":
		return decoded[runner.PluginWaits](in)
	case "Tunables":
		e, err := decoded[runner.Tunables](in)
		d.tunables[e.PID] = e.List
		return e, err
	case "TunableSet":
		e, err := decoded[runner.TunableSet](in)
		d.tunables[e.PID] = e.List
		return e, err
	}
	return pagesEvent(in)
}

// pagesEvent is what pages did.
func pagesEvent(in recordedInput) (input, error) {
	switch in.Kind {
	case "Connected":
		return decoded[browser.Connected](in)
	case "Gone":
		return decoded[browser.Gone](in)
	case "Applied":
		return decoded[browser.Applied](in)
	case "Shown":
		return decoded[browser.Shown](in)
	}
	return nil, fmt.Errorf("unknown input %q", in.Kind)
}

func decoded[T any](in recordedInput) (T, error) {
	var e T
	err := json.Unmarshal(in.Event, &e)
	return e, err
}

// recordedEffect is the form of an effect in a stream.
func recordedEffect(e effect) json.RawMessage {
	var v any = words(e)
	if e, ok := e.(emit); ok {
		d := any(e.event.Data)
		if out, ok := d.(AppOutput); ok {
			d = map[string]any{"stream": out.Stream, "bytes": string(out.Bytes), "lines": out.Lines}
		}
		v = struct {
			Seq  int64  `json:"seq,omitempty"`
			Gen  int    `json:"gen"`
			Type string `json:"type"`
			Data any    `json:"data"`
		}{e.event.Seq, e.event.Gen, e.event.Data.Type(), d}
	}
	return asJSON(v)
}

func asJSON(v any) json.RawMessage {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err)
	}
	return bytes.TrimSpace(text.Bytes())
}

// words describes all that matters of an effect.
func words(e effect) string {
	switch e := e.(type) {
	case startBuild:
		r := e.request
		return fmt.Sprintf("build #%d of %s over #%d, changed %v, full %v, inject %v, plugins %v, burnt %v",
			r.ID, r.Package, r.Prev.ID, r.Changed, r.Full, r.Inject, r.Plugins, r.Burnt)
	case startGenerate:
		return fmt.Sprintf("generate #%d %v at %q", e.id, e.request.Generator.Command, e.request.Place)
	case cancelBuild:
		return "cancel the build"
	case apply:
		r := e.request
		return fmt.Sprintf("run #%d as v%d with %v, listens %v, strategy %s, front %+v, unplug %q, env files %v, plugins %v",
			r.Artifact.ID, r.Gen, r.Config.Args, r.Listens, r.Strategy, r.Proxied, r.Unplug, r.Config.EnvFiles, pluginFiles(r.Artifact.Plugins))
	case load:
		return fmt.Sprintf("load as v%d %v", e.request.Gen, pluginFiles(e.request.Plugins))
	case showBroken:
		return fmt.Sprintf("show %s: %s", e.failure.What, e.failure.Details)
	case forget:
		return fmt.Sprintf("forget %s %v", e.artifact.Path, pluginFiles(e.artifact.Plugins))
	case learn:
		return fmt.Sprintf("learn #%d from #%d", e.artifact.ID, e.request.ID)
	case share:
		return fmt.Sprintf("share from #%d", e.request.ID)
	case listGraph:
		return fmt.Sprintf("list %s, %d", e.config.Package, e.id)
	case readConfig:
		return fmt.Sprintf("read the config, %d", e.id)
	case rewatch:
		return fmt.Sprintf("watch again %v %v %v", e.config.Include, e.config.Exclude, e.config.Extra)
	case follow:
		return fmt.Sprintf("follow files %v, directories %v", e.scope.Files, e.scope.Dirs)
	case tellServes, tellChanged, tellFailed:
		return strings.TrimPrefix(tell(e), "> ")
	case stop:
		return "stop"
	}
	return fmt.Sprintf("%T", e)
}

func pluginFiles(plugins []build.Plugin) []string {
	var files []string
	for _, p := range plugins {
		files = append(files, p.Path)
	}
	return files
}

// readable is a stream's step for a person to compare: a line each for what came out.
func readable(out []json.RawMessage, state map[string]json.RawMessage) string {
	var b strings.Builder
	for _, o := range out {
		b.Write(o)
		b.WriteByte('\n')
	}
	for _, key := range sortedKeys(state) {
		fmt.Fprintf(&b, "%s = %s\n", key, state[key])
	}
	return b.String()
}
