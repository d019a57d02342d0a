package session

import (
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"hotreload/build"
	"hotreload/runner"
)

// This file holds what plugins are about: whether the process that runs can load a
// version, and the steps of a load.
//
// A version that is rejected changes nothing: what was there serves, and the next
// build brings another one. No process is swapped for it, for a version that cannot
// be loaded would not make a process that works. What a process has loaded, it keeps
// in memory, so after a number of versions there is a new process instead.

// maxGrowth is how much memory a process may have got since its first load before
// there is a new one.
const maxGrowth = 300 << 20

// plugs is what a process has of plugins.
type plugs struct {
	loads    int             // versions that it took
	attempts int             // versions that it was given
	grown    int64           // bytes of memory, since the first
	has      map[string]bool // import paths of packages that are in it
	burnt    map[string]bool // those that it must never meet again: their init functions did not come to their end
	stuck    string          // why it can load no more
}

// loading is a load under way.
type loading struct {
	gen, pid int
	began    time.Time
	first    time.Time
	cycle    Cycle
	before   []build.Plugin // what it had
	awaited  []string       // names that nothing was heard of yet
	rejected []string       // reasons
	unopened []string       // names that the app has not opened
	needs    string         // why a new process has to come after all
}

// Rejected is a version of a plugin that does not serve.
type Rejected struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`

	instead string // the file of the version before, which serves in its place
}

// plugsOf is what a process has.
func (s State) plugsOf(pid int) plugs { return s.plugs[pid] }

// setPlugs notes what a process has.
func (t *step) setPlugs(pid int, p plugs) {
	t.plugs = maps.Clone(t.plugs)
	if t.plugs == nil {
		t.plugs = map[int]plugs{}
	}
	t.plugs[pid] = p
}

// whyNotLoad says why the process that runs cannot load versions of plugins, or "".
func (s State) whyNotLoad(fresh []build.Plugin) string {
	p := s.plugsOf(s.Serving.PID)
	limit := s.config.Runner.MaxPluginLoads
	switch {
	case s.Serving.PID == 0:
		return "no process runs that could load it"
	case s.applying != nil:
		return "a new process is being started"
	case s.Serving.artifact.Path != s.artifact.Path:
		return notTheNewest
	case p.stuck != "":
		return p.stuck
	case p.attempts+max(len(fresh), 1) > limit:
		return fmt.Sprintf("the process has loaded %d versions of plugins, and keeps them all in memory (runner.max_plugin_loads)", p.attempts)
	case p.grown >= maxGrowth:
		return fmt.Sprintf("the process has grown by %d MB since it began to load plugins, which it keeps in memory", p.grown>>20)
	}
	for _, plugin := range fresh {
		for _, path := range plugin.Fixed {
			if p.burnt[path] {
				return "package " + path + " could not be initialised in the process, and cannot be loaded a second time"
			}
		}
	}
	return ""
}

// loadOrStart puts an artifact whose app is the one that runs into service.
func (t *step) loadOrStart(gen int, a build.Artifact, first time.Time, c Cycle) {
	fresh := a.Beyond(t.artifact).Plugins
	if why := t.whyNotLoad(fresh); why != "" {
		if !strings.Contains(c.Reason, why) {
			c.Reason += "; " + why
		}
		t.start(gen, a, first, c)
		return
	}
	c.Rung = Plugin
	l := &loading{gen: gen, pid: t.Serving.PID, began: t.now, first: first, cycle: c, before: t.artifact.Plugins}
	for _, p := range fresh {
		l.awaited = append(l.awaited, p.Name)
	}
	t.loading = l
	t.supersede(a)
	t.do(load{runner.LoadRequest{Gen: gen, Plugins: fresh}})
}

// supersede takes an artifact in the place of the one before, whose files are
// removed when no process can have them.
func (t *step) supersede(a build.Artifact) {
	if gone := t.artifact.Beyond(a); gone.Path != "" || len(gone.Plugins) > 0 {
		t.stale = append(slices.Clone(t.stale), former{gone, t.Serving.PID})
	}
	t.artifact = a
}

// former is what of an artifact there is a newer one of.
type former struct {
	build.Artifact
	pid int // the process that may have its plugins
}

// isOf reports whether a process may still need the files.
func (f former) isOf(s Serving) bool {
	if f.Path != "" && f.Path == s.artifact.Path || f.pid == s.PID && f.pid != 0 && len(f.Plugins) > 0 {
		return true
	}
	return slices.ContainsFunc(f.Plugins, func(p build.Plugin) bool {
		return s.artifact.Plugin(p.Name).Path == p.Path
	})
}

// pluginOpened notes what a process has opened by itself.
func (t *step) pluginOpened(r runner.PluginOpened) {
	p := t.plugsOf(r.PID)
	p.has = with(p.has, r.Plugin.Packages)
	t.setPlugs(r.PID, p)
	t.fit(r.PID, r.Plugin)
}

// with adds to a set.
func with(set map[string]bool, more []string) map[string]bool {
	set = maps.Clone(set)
	if set == nil {
		set = map[string]bool{}
	}
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

// pluginLoaded takes a version that serves.
func (t *step) pluginLoaded(r runner.PluginLoaded) {
	p := t.plugsOf(r.PID)
	p.loads++
	p.attempts++
	p.grown = r.Grown
	p.has = with(p.has, r.Plugin.Packages)
	t.setPlugs(r.PID, p)
	t.fit(r.PID, r.Plugin)
	if r.PID == t.Serving.PID {
		t.Serving.Gen = max(t.Serving.Gen, r.Gen)
	}
	t.emit(r.Gen, PluginLoaded{
		Name: r.Plugin.Name, Load: p.loads, MS: milliseconds(r.Took),
		Carried: list(r.Carried), Dropped: list(r.Dropped), Zeroed: list(r.Zeroed), Converted: list(r.Converted),
	})
	t.heard(r.Gen, r.Plugin.Name, func(*loading) {})
}

// list is never nil, for JSON.
func list(names []string) []string { return append([]string{}, names...) }

// pluginRejected takes a version that does not serve.
func (t *step) pluginRejected(r runner.PluginRejected) {
	p := t.plugsOf(r.PID)
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
	t.setPlugs(r.PID, p)
	r.Reason = build.RealPaths(r.Reason)
	t.reject(r.Gen, r.Plugin, r.Reason)
	t.heard(r.Gen, r.Plugin.Name, func(l *loading) {
		l.rejected = append(slices.Clone(l.rejected), "plugin "+r.Plugin.Name+" was rejected: "+firstLine(r.Reason))
	})
}

// reject tells that a version does not serve, until another does.
func (t *step) reject(gen int, p build.Plugin, reason string) {
	t.Rejected = slices.DeleteFunc(slices.Clone(t.Rejected), func(r Rejected) bool { return r.Name == p.Name })
	t.Rejected = append(t.Rejected, Rejected{Name: p.Name, Reason: reason, instead: t.Serving.artifact.Plugin(p.Name).Path})
	t.Diagnostics = t.rejections()
	t.emit(gen, PluginRejected{Name: p.Name, Reason: reason})
}

// accept forgets what was rejected of a plugin, once there is another version than the
// one that served in its place.
func (t *step) accept(p build.Plugin) {
	if len(t.Rejected) == 0 {
		return
	}
	t.Rejected = slices.DeleteFunc(slices.Clone(t.Rejected), func(r Rejected) bool {
		return r.Name == p.Name && r.instead != p.Path
	})
	if !t.failing {
		t.Diagnostics = t.rejections()
	}
}

// acceptOpened forgets what was rejected, as far as a new process opens other versions.
func (t *step) acceptOpened() {
	for _, p := range t.artifact.Plugins {
		t.accept(p)
	}
}

// rejections are what is wrong with plugins, for all who show what is wrong.
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

// pluginWaits takes that a process has not opened what it was to load.
func (t *step) pluginWaits(r runner.PluginWaits) {
	t.heard(r.Gen, r.Plugin.Name, func(l *loading) {
		if r.Asked {
			l.needs = "the app was not able to open plugin " + r.Plugin.Name
			return
		}
		l.unopened = append(slices.Clone(l.unopened), r.Plugin.Name)
	})
}

// heard notes what came of one plugin of the load under way, and ends that with the
// last.
func (t *step) heard(gen int, name string, note func(*loading)) {
	if t.loading == nil || t.loading.gen != gen {
		return
	}
	l := *t.loading
	note(&l)
	l.awaited = slices.DeleteFunc(slices.Clone(l.awaited), func(other string) bool { return other == name })
	t.loading = &l
	if len(l.awaited) == 0 {
		t.loaded()
	}
}

// loaded closes the cycle of a load, and goes on with a build that waited for it.
func (t *step) loaded() {
	l := *t.loading
	t.loading = nil
	c := l.cycle
	c.Result = OK
	if len(l.rejected) > 0 {
		c.Result = Failed
	}
	for _, reason := range l.rejected {
		c.Reason += "; " + reason
	}
	for _, name := range l.unopened {
		c.Reason += "; the app has not opened plugin " + name + " yet: it gets this version when it does"
	}
	if l.needs != "" {
		c.Reason += "; " + l.needs
		c.Rung = Restart
		t.start(l.gen, t.artifact, l.first, c)
		return
	}
	c.ApplyMS, c.TotalMS = milliseconds(t.now.Sub(l.began)), milliseconds(t.now.Sub(l.first))
	t.cycle(l.gen, c)
	t.concludeHeld()
}

// concludeHeld acts on a build that came to its end during a load.
func (t *step) concludeHeld() {
	if t.job != nil && t.job.published && t.job.result != nil && t.quitting == "" {
		t.conclude(*t.job.result)
	}
}

// fellLoading takes the end of a process during a load. If that was its own doing,
// it is started again with the versions that it had.
func (t *step) fellLoading(r runner.Exited) {
	l := t.loading
	if l == nil || l.pid != r.PID {
		return
	}
	t.loading = nil
	c := l.cycle
	c.ApplyMS, c.TotalMS = milliseconds(t.now.Sub(l.began)), milliseconds(t.now.Sub(l.first))
	if r.Expected {
		c.Result = NoOp
		c.Reason += "; a new process came instead"
		t.cycle(l.gen, c)
		t.concludeHeld()
		return
	}
	c.Result = Failed
	c.Reason += "; the app ended while it loaded " + strings.Join(l.awaited, " and ")
	for _, name := range l.awaited {
		t.reject(l.gen, t.artifact.Plugin(name), "the app ended while it loaded this version")
	}
	t.cycle(l.gen, c)
	if r.Rollback || t.quitting != "" {
		return // the runner starts the version before
	}
	a := t.artifact
	a.Plugins = l.before
	t.artifact = a // a build under way may have taken over what was rejected: its file stays
	p := t.gentlest(Plan{Rung: Restart, Reason: "the app ended while it loaded a plugin; it is started again with the version before"})
	t.Gen++
	t.plan(t.Gen, p)
	t.start(t.Gen, a, t.now, Cycle{Rung: p.Rung, Reason: p.Reason})
	t.concludeHeld()
}

// tellUnplug tells why there are no plugins, when that is new.
func (t *step) tellUnplug() {
	why := t.unplug()
	if why != "" && why != t.unplugged {
		t.emit(t.Gen, Note{"plugins are neither built nor loaded: " + why})
	}
	t.unplugged = why
}

func (s State) unplug() string {
	if s.graph == nil {
		return ""
	}
	return s.graph.Unplug
}
