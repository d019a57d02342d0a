package session

import (
	"slices"
	"strings"
	"time"

	"hotreload/build"
	"hotreload/runner"
)

// This file follows a load: versions of plugins on their way into the running process.
//
// A version that is rejected changes nothing: the one before serves, and the next
// build brings another one. It does not get a new process, because a process with it would
// not work either. A process keeps in memory whatever it has loaded, so after a number
// of versions there is a new process instead of a load.

// loading is a load under way.
type loading struct {
	gen, pid int
	began    time.Time
	first    time.Time
	cycle    Cycle
	before   []build.Plugin // what a process is to have that is started in its place
	awaited  []string       // names of which nothing is known yet
	rejected []string       // reasons
	unopened []string       // names that the app has not opened
	needs    string         // why a new process is needed after all
}

// loadOrStart puts an artifact into service whose app is the running one.
func (t *step) loadOrStart(gen int, a build.Artifact, first time.Time, c Cycle) {
	fresh := a.Beyond(t.builds.artifact).Plugins
	if why := t.whyNotLoad(fresh); why != "" {
		if !strings.Contains(c.Reason, why) {
			c.Reason += "; " + why
		}
		t.start(gen, a, first, c)
		return
	}
	c.Rung = Plugin
	l := &loading{gen: gen, pid: t.Serving.PID, began: t.now, first: first, cycle: c, before: t.soundPlugins()}
	for _, p := range fresh {
		l.awaited = append(l.awaited, p.Name)
	}
	t.plugins.loading = l
	t.supersede(a)
	t.release(gen, t.Serving.process, a)
	t.do(load{runner.LoadRequest{Gen: gen, Plugins: fresh}})
}

// soundPlugins are those of the last build, but for each that was rejected the version that serves in its place.
func (s State) soundPlugins() []build.Plugin {
	sound := slices.Clone(s.builds.artifact.Plugins)
	for i, p := range sound {
		rejected := slices.ContainsFunc(s.Rejected, func(r Rejected) bool { return r.Name == p.Name })
		if serves := s.Serving.artifact.Plugin(p.Name); rejected && serves.Path != "" {
			sound[i] = serves
		}
	}
	return sound
}

// pluginWaits notes that a process has not opened a plugin that it was to load.
func (t *step) pluginWaits(r runner.PluginWaits) {
	t.noteOutcome(r.Gen, r.Plugin.Name, func(l *loading) {
		if r.Asked {
			l.needs = "the app was not able to open plugin " + r.Plugin.Name
			return
		}
		l.unopened = append(slices.Clone(l.unopened), r.Plugin.Name)
	})
}

// noteOutcome notes the outcome for one plugin of the load under way. The last one ends it.
func (t *step) noteOutcome(gen int, name string, note func(*loading)) {
	if t.plugins.loading == nil || t.plugins.loading.gen != gen {
		return
	}
	l := *t.plugins.loading
	note(&l)
	l.awaited = slices.DeleteFunc(slices.Clone(l.awaited), func(other string) bool { return other == name })
	t.plugins.loading = &l
	if len(l.awaited) == 0 {
		t.loaded()
	}
}

// loaded closes the cycle of a load, and continues with a build that waited for it.
func (t *step) loaded() {
	l := *t.plugins.loading
	t.plugins.loading = nil
	c := l.cycle
	c.Result = OK
	if len(l.rejected) > 0 {
		c.Result = Failed
	}
	for _, reason := range l.rejected {
		c.Reason += "; " + reason
	}
	for _, name := range l.unopened {
		why := "the app has not opened plugin " + name + " yet: it gets this version when it does"
		c.Reason += "; " + why
		if t.Serving.Gen == l.gen { // it serves new versions of others
			t.emit(l.gen, Note{why})
		}
	}
	if l.needs != "" {
		c.Reason += "; " + l.needs
		c.Rung = Restart
		t.start(l.gen, t.builds.artifact, l.first, c)
		return
	}
	c.ApplyMS, c.TotalMS = milliseconds(t.now.Sub(l.began)), milliseconds(t.now.Sub(l.first))
	t.tellVersion(l.gen, l.first)
	t.cycle(l.gen, c)
	t.concludeIfDone()
}

// exitedLoading handles the exit of a process during a load. If it was not asked to
// exit, it is started again with the versions that it had.
func (t *step) exitedLoading(r runner.Exited) {
	l := t.plugins.loading
	if l == nil || l.pid != r.PID {
		return
	}
	t.plugins.loading = nil
	c := l.cycle
	c.ApplyMS, c.TotalMS = milliseconds(t.now.Sub(l.began)), milliseconds(t.now.Sub(l.first))
	if r.Expected {
		c.Result = NoOp
		c.Reason += "; a new process was started instead"
		t.cycle(l.gen, c)
		t.concludeIfDone()
		return
	}
	c.Result = Failed
	c.Reason += "; the app ended while it loaded " + strings.Join(l.awaited, " and ")
	for _, name := range l.awaited {
		t.reject(l.gen, t.builds.artifact.Plugin(name), "the app ended while it loaded this version")
	}
	t.cycle(l.gen, c)
	if r.Rollback || t.quitting != "" {
		return // the runner starts the version before
	}
	a := t.builds.artifact
	a.Plugins = l.before
	t.builds.artifact = a // a build under way may have taken over what was rejected: its file stays
	p := t.gentlest(Plan{Rung: Restart, Reason: "the app ended while it loaded a plugin; it is started again with the previous version"})
	t.Gen = t.fresh()
	t.plan(t.Gen, p)
	t.start(t.Gen, a, t.now, Cycle{Rung: p.Rung, Reason: p.Reason})
	t.concludeIfDone()
}
