package session

import (
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"hotreload/build"
	"hotreload/runner"
)

// This file keeps track of the plugins in the app's processes, and knows whether the
// running one can load another version.

// maxGrowth is by how much a process may have grown since its first load before it is
// replaced by a new one.
const maxGrowth = 300 << 20

// plugins is what is known about the plugins in the app's processes.
type plugins struct {
	loading   *loading      // versions on their way into the process
	processes map[int]plugs // by PID: two may be alive
	unplugged string        // why there are no plugins, as reported last
}

// of is what is known about one process.
func (p plugins) of(pid int) plugs { return p.processes[pid] }

// with notes what is known about a process.
func (p plugins) with(pid int, has plugs) plugins {
	p.processes = copyOf(p.processes)
	p.processes[pid] = has
	return p
}

// without forgets a process.
func (p plugins) without(pid int) plugins {
	p.processes = maps.Clone(p.processes)
	delete(p.processes, pid)
	return p
}

// passed notes that a process has taken the place of another one.
func (p plugins) passed(was, pid int) plugins {
	p = p.with(pid, p.of(was)).without(was)
	if l := p.loading; l != nil && l.pid == was {
		now := *l
		now.pid = pid
		p.loading = &now
	}
	return p
}

// plugs is what is known about the plugins in one process.
type plugs struct {
	loads    int             // versions that it loaded
	attempts int             // versions that it was given
	grown    int64           // bytes of memory, since the first
	has      map[string]bool // import paths of packages that are in it
	burnt    map[string]bool // those that it must never load again: their init functions did not return
	stuck    string          // why it cannot load any more
}

// Rejected is a version of a plugin that does not serve.
type Rejected struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`

	instead string // the file of the version before, which serves in its place
}

// whyNotLoad says why the running process cannot load versions of plugins, or "".
func (s State) whyNotLoad(fresh []build.Plugin) string {
	p := s.plugins.of(s.Serving.PID)
	limit := s.config.Runner.MaxPluginLoads
	switch {
	case s.Serving.PID == 0:
		return "no process runs that could load it"
	case s.service.applying != nil:
		return "a new process is being started"
	case s.Serving.artifact.Path != s.builds.artifact.Path:
		return notTheNewest
	case p.stuck != "":
		return p.stuck
	case p.attempts+max(len(fresh), 1) > limit:
		return fmt.Sprintf("the process has loaded %d versions of plugins, and keeps them all in memory (runner.max_plugin_loads)", p.attempts)
	case p.grown >= maxGrowth:
		return fmt.Sprintf("the process has grown by %d MB since it began to load plugins, which it keeps in memory", p.grown>>20)
	}
	for _, plugin := range fresh {
		for _, path := range plugin.Packages { // at an agent, they were named without regard to its process
			if p.burnt[path] {
				return "package " + path + " could not be initialised in the process, and cannot be loaded a second time"
			}
		}
	}
	return ""
}

// pluginOpened notes a plugin that a process has opened by itself.
func (t *step) pluginOpened(r runner.PluginOpened) {
	p := t.plugins.of(r.PID)
	p.has = with(p.has, r.Plugin.Packages)
	t.plugins = t.plugins.with(r.PID, p)
	t.fit(r.PID, r.Plugin)
}

// with adds to a set.
func with(set map[string]bool, more []string) map[string]bool {
	set = copyOf(set)
	for _, path := range more {
		set[path] = true
	}
	return set
}

// fit notes which version of a plugin the process that serves has.
func (t *step) fit(pid int, p build.Plugin) {
	if pid != t.Serving.PID {
		return
	}
	a := t.Serving.artifact
	a.Plugins = slices.DeleteFunc(slices.Clone(a.Plugins), func(other build.Plugin) bool { return other.Name == p.Name })
	a.Plugins = append(a.Plugins, p)
	t.Serving.artifact = a
	t.accept(p)
}

// pluginLoaded reports a version that serves.
func (t *step) pluginLoaded(r runner.PluginLoaded) {
	p := t.plugins.of(r.PID)
	p.loads++
	p.attempts++
	p.grown = r.Grown
	p.has = with(p.has, r.Plugin.Packages)
	t.plugins = t.plugins.with(r.PID, p)
	t.fit(r.PID, r.Plugin)
	if r.PID == t.Serving.PID {
		t.Serving.Gen = max(t.Serving.Gen, r.Gen)
	}
	t.emit(r.Gen, PluginLoaded{
		Name: r.Plugin.Name, Load: p.loads, MS: milliseconds(r.Took),
		Carried: list(r.Carried), Dropped: list(r.Dropped), Zeroed: list(r.Zeroed), Converted: list(r.Converted),
	})
	t.noteOutcome(r.Gen, r.Plugin.Name, func(*loading) {})
}

// list is never nil, for JSON.
func list(names []string) []string { return append([]string{}, names...) }

// pluginRejected notes a version that does not serve.
func (t *step) pluginRejected(r runner.PluginRejected) {
	p := t.plugins.of(r.PID)
	p.attempts++
	switch {
	case r.Opened:
		p.has = with(p.has, r.Plugin.Packages)
	default:
		fresh := slices.DeleteFunc(slices.Clone(r.Plugin.Packages), func(path string) bool { return p.has[path] })
		p.burnt = with(p.burnt, fresh)
	}
	switch {
	case r.Hung:
		p.stuck = "the process has not answered for plugin " + r.Plugin.Name
	case r.Former:
		p.stuck = "the version of plugin " + r.Plugin.Name + " that serves does not let another take over"
	}
	t.plugins = t.plugins.with(r.PID, p)
	r.Reason = build.RealPaths(r.Reason)
	t.reject(r.Gen, r.Plugin, r.Reason)
	t.noteOutcome(r.Gen, r.Plugin.Name, func(l *loading) {
		l.rejected = append(slices.Clone(l.rejected), "plugin "+r.Plugin.Name+" was rejected: "+firstLine(r.Reason))
	})
}

// reject reports that a version does not serve.
func (t *step) reject(gen int, p build.Plugin, reason string) {
	t.Rejected = slices.DeleteFunc(slices.Clone(t.Rejected), func(r Rejected) bool { return r.Name == p.Name })
	t.Rejected = append(t.Rejected, Rejected{Name: p.Name, Reason: reason, instead: t.Serving.artifact.Plugin(p.Name).Path})
	t.Diagnostics = t.rejections()
	t.emit(gen, PluginRejected{Name: p.Name, Reason: reason})
}

// accept forgets the rejection of a plugin once a version serves that is not the one
// that served in its place.
func (t *step) accept(p build.Plugin) {
	if len(t.Rejected) == 0 {
		return
	}
	t.Rejected = slices.DeleteFunc(slices.Clone(t.Rejected), func(r Rejected) bool {
		return r.Name == p.Name && r.instead != p.Path
	})
	if !t.builds.failing {
		t.Diagnostics = t.rejections()
	}
}

// acceptOpened forgets rejections as far as a new process opens other versions.
func (t *step) acceptOpened() {
	for _, p := range t.builds.artifact.Plugins {
		t.accept(p)
	}
}

// Lacks says why the process that serves does not have a plugin of the last build; empty: it
// has all, or opens them when it needs them.
func (s State) Lacks() string {
	for _, r := range s.Rejected {
		if newest := s.builds.artifact.Plugin(r.Name); newest.Path != "" && newest.Path != s.Serving.artifact.Plugin(r.Name).Path {
			return "plugin " + r.Name + " was rejected: " + firstLine(r.Reason)
		}
	}
	return ""
}

// rejections are what is wrong with plugins, as diagnostics.
func (s State) rejections() []build.Diagnostic {
	var all []build.Diagnostic
	for _, r := range s.Rejected {
		d := build.Diagnostic{Severity: "error", Message: "plugin " + r.Name + " was rejected: " + firstLine(r.Reason)}
		d.File, d.Line = s.placeIn(r.Reason)
		all = append(all, d)
	}
	return all
}

// inTrace is a place in a goroutine's trace.
var inTrace = regexp.MustCompile(`(?m)^\t(.+\.go):(\d+)`)

// placeIn is the first place in the project that a trace names.
func (s State) placeIn(trace string) (file string, line int) {
	for _, match := range inTrace.FindAllStringSubmatch(trace, -1) {
		if name := s.relative(match[1]); !filepath.IsAbs(name) {
			line, _ = strconv.Atoi(match[2])
			return name, line
		}
	}
	return "", 0
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// tellUnplug reports why there are no plugins, when that has changed.
func (t *step) tellUnplug() {
	why := t.unplug()
	if why != "" && why != t.plugins.unplugged {
		t.emit(t.Gen, Note{"plugins are neither built nor loaded: " + why})
	}
	t.plugins.unplugged = why
}

func (s State) unplug() string {
	if s.listing.graph == nil {
		return ""
	}
	return s.listing.graph.Unplug
}
