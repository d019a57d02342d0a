package runner

import (
	"context"
	"fmt"
	"slices"
	"time"

	"hotreload/build"
	"hotreload/internal/appsock"
)

const (
	// callTimeout is how long calls in progress may hold up a plugin's next version, and
	// how long the plugin's Export may take.
	callTimeout = 2 * time.Second
	// loadTimeout is how long an app may take to answer. Where it can give up, it does
	// so much earlier.
	loadTimeout = 45 * time.Second
)

// LoadRequest asks for versions of plugins to be loaded into the process that serves.
type LoadRequest struct {
	Gen     int // the version, for the events
	Plugins []build.Plugin
}

// PluginOpened tells that a process has opened a plugin by itself.
type PluginOpened struct {
	Gen, PID int
	Plugin   build.Plugin
}

// PluginLoaded tells that a version of a plugin serves.
type PluginLoaded struct {
	Gen, PID int
	Plugin   build.Plugin
	Took     time.Duration
	Grown    int64 // bytes of memory that the process has got since its first load; 0: unknown

	Carried, Dropped, Zeroed, Converted []string // what became of the state
}

// PluginRejected tells that a version of a plugin does not serve.
type PluginRejected struct {
	Gen, PID int
	Plugin   build.Plugin
	Reason   string
	Opened   bool // it is in the process all the same
	Former   bool // the version before does not let any other take over
	Hung     bool // the process has not answered
}

// PluginWaits tells that a process has not opened the plugin that it is to load.
type PluginWaits struct {
	Gen, PID int
	Plugin   build.Plugin
	Asked    bool // it has tried to
}

func (PluginOpened) runnerEvent()   {}
func (PluginLoaded) runnerEvent()   {}
func (PluginRejected) runnerEvent() {}
func (PluginWaits) runnerEvent()    {}

// pluginReport is the report of what became of a plugin.
type pluginReport struct{ event Event }

// plugins are those that a process is to have, and what they cost. They belong to Run.
type plugins struct {
	newest   map[string]version
	baseline uint64 // of the memory, before the first load
	loading  int    // loads in progress
}

type version struct {
	gen    int
	plugin build.Plugin
}

// newPlugins are those that a request brings.
func newPlugins(r Request) plugins {
	p := plugins{newest: map[string]version{}}
	for _, plugin := range r.Artifact.Plugins {
		p.newest[plugin.Name] = version{r.Gen, plugin}
	}
	return p
}

// offer is what the process opens when it asks.
func (p plugins) offer(why string) appsock.Offer {
	o := appsock.Offer{Paths: map[string]string{}, Packages: map[string][]string{}, Why: why}
	for name, v := range p.newest {
		o.Paths[name], o.Packages[name] = v.plugin.Path, v.plugin.Packages
	}
	return o
}

// load loads versions of plugins into the process that serves. Without one there is
// nothing to tell: its end has been told.
func (s *succession) load(r LoadRequest) {
	for _, p := range r.Plugins {
		if s.serving != nil {
			s.loadInto(s.serving, version{r.Gen, p})
		}
	}
}

// loadInto gives an instance a version of a plugin.
func (s *succession) loadInto(i *instance, v version) {
	i.plugins.newest[v.plugin.Name] = v
	p := i.process
	p.desk.Offer(i.plugins.offer(i.request.Unplug))
	switch {
	case p.desk == nil:
		s.events <- PluginRejected{Gen: v.gen, PID: p.pid(), Plugin: v.plugin, Reason: appsock.ErrNoDesk.Error()}
		return
	case !p.desk.Has(v.plugin.Name):
		s.events <- PluginWaits{Gen: v.gen, PID: p.pid(), Plugin: v.plugin, Asked: p.desk.AskedFor(v.plugin.Name)}
		return
	}
	if i.plugins.baseline == 0 {
		i.plugins.baseline = memory(p.pid())
	}
	i.plugins.loading++
	baseline := i.plugins.baseline
	p.work.Go(func() { p.load(v, baseline) })
}

// plugged takes in what became of a plugin. A version that a process opened too early is
// replaced.
func (s *succession) plugged(p *process, event Event) {
	i := s.find(p)
	if i == nil {
		return // it is gone, and its plugins with it
	}
	switch e := event.(type) {
	case PluginLoaded:
		i.plugins.loading--
		i.has(e.Plugin)
	case PluginRejected:
		i.plugins.loading--
	case PluginOpened:
		newest, known := i.plugins.newest[e.Plugin.Name]
		for _, p := range append(slices.Clone(i.request.Artifact.Plugins), newest.plugin) {
			if p.Path == e.Plugin.Path {
				e.Plugin = p
			}
		}
		i.has(e.Plugin)
		s.events <- e
		if known && newest.plugin.Path != e.Plugin.Path && !s.leaving[i] {
			s.loadInto(i, newest)
		}
		return
	}
	s.events <- event
}

// has notes which version of a plugin the process has: if it is started again it gets
// the same.
func (i *instance) has(p build.Plugin) {
	plugins := slices.DeleteFunc(slices.Clone(i.request.Artifact.Plugins), func(other build.Plugin) bool { return other.Name == p.Name })
	i.request.Artifact.Plugins = append(plugins, p)
}

// load gives the process a version of a plugin, and reports what became of it.
func (p *process) load(v version, baseline uint64) {
	ctx, cancel := context.WithTimeout(p.life, loadTimeout)
	defer cancel()
	began := time.Now()
	outcome, ok := p.desk.Load(ctx, appsock.Version{Name: v.plugin.Name, Path: v.plugin.Path, Packages: v.plugin.Packages}, callTimeout)
	took := time.Since(began)
	if !ok {
		<-ctx.Done() // a process that hangs up without a word is about to end
	}
	var event Event
	switch {
	case p.asked():
		return
	case !ok:
		event = PluginRejected{
			Gen: v.gen, PID: p.pid(), Plugin: v.plugin, Hung: true,
			Reason: fmt.Sprintf("the app has not answered within %v", loadTimeout),
		}
	case outcome.Rejected != nil:
		r := outcome.Rejected
		event = PluginRejected{Gen: v.gen, PID: p.pid(), Plugin: v.plugin, Reason: r.Reason, Opened: r.Opened, Former: r.Former}
	default:
		l := outcome.Loaded
		event = PluginLoaded{
			Gen: v.gen, PID: p.pid(), Plugin: v.plugin, Took: took, Grown: p.grown(baseline),
			Carried: l.Carried, Dropped: l.Dropped, Zeroed: l.Zeroed, Converted: l.Converted,
		}
	}
	p.report(pluginReport{event})
}

// grown is how much memory the process has got since its first load; 0: unknown.
func (p *process) grown(baseline uint64) int64 {
	if now := memory(p.pid()); now > 0 && baseline > 0 {
		return int64(now) - int64(baseline)
	}
	return 0
}

// hearPlugins reports which plugins the process opens by itself.
func (p *process) hearPlugins() {
	for {
		select {
		case o := <-p.desk.Opened():
			p.report(pluginReport{PluginOpened{Gen: p.gen, PID: p.pid(), Plugin: build.Plugin{Name: o.Name, Path: o.Path}}})
		case <-p.desk.Done():
			return
		}
	}
}
