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
	// callTimeout is how long calls under way in a plugin may hold up its next
	// version, and how long its Export may take.
	callTimeout = 2 * time.Second
	// loadTimeout is how long an app may take to answer. It gives up much earlier on
	// what it can give up.
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
	Grown    int64 // bytes of memory that the process has got since its first load; 0 if that is not known

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

// plugging is what came of a plugin in an instance.
type plugging struct {
	instance *instance
	event    Event
}

// versions are the plugins that an instance is to have, and what they cost.
type versions struct {
	newest   map[string]version
	baseline uint64 // of the memory, before the first load
	loading  int    // loads under way
}

type version struct {
	gen    int
	plugin build.Plugin
}

// Load has the process that serves load newer versions of plugins. One that has not
// opened them opens these when it does.
func (t *Target) Load(r LoadRequest) {
	t.mu.Lock()
	t.loads = append(t.loads, r)
	t.mu.Unlock()
	t.poke()
}

// plug loads what was asked for. If no process serves that has been told.
func (t *Target) plug() {
	t.mu.Lock()
	loads := t.loads
	t.loads = nil
	t.mu.Unlock()
	for _, r := range loads {
		for _, p := range r.Plugins {
			if t.child != nil {
				t.plugInto(t.child, version{r.Gen, p})
			}
		}
	}
}

// plugInto gives an instance a version of a plugin.
func (t *Target) plugInto(i *instance, v version) {
	i.newest[v.plugin.Name] = v
	i.desk.Offer(i.offer())
	switch {
	case i.desk == nil:
		t.events <- PluginRejected{Gen: v.gen, PID: i.process.PID, Plugin: v.plugin, Reason: "nothing can be said to a process on this system"}
		return
	case !i.desk.Has(v.plugin.Name):
		t.events <- PluginWaits{Gen: v.gen, PID: i.process.PID, Plugin: v.plugin, Asked: i.desk.AskedFor(v.plugin.Name)}
		return
	}
	if i.baseline == 0 {
		i.baseline = memory(i.process.PID)
	}
	i.loading++
	i.work.Go(func() { i.load(v, t.pluggings) })
}

// load gives the process a version of a plugin, and tells what became of it.
func (i *instance) load(v version, to chan<- plugging) {
	ctx, cancel := context.WithTimeout(i.life, loadTimeout)
	defer cancel()
	began := time.Now()
	outcome, ok := i.desk.Load(ctx, appsock.Version{Name: v.plugin.Name, Path: v.plugin.Path, Packages: v.plugin.Packages}, callTimeout)
	took := time.Since(began)
	if !ok {
		<-ctx.Done() // a process that hangs up without a word is about to end
	}
	var event Event
	switch {
	case i.life.Err() != nil:
		return
	case !ok:
		event = PluginRejected{
			Gen: v.gen, PID: i.process.PID, Plugin: v.plugin, Hung: true,
			Reason: fmt.Sprintf("the app has not answered within %v", loadTimeout),
		}
	case outcome.Rejected != nil:
		event = PluginRejected{
			Gen: v.gen, PID: i.process.PID, Plugin: v.plugin, Reason: outcome.Rejected.Reason, Opened: outcome.Rejected.Opened, Former: outcome.Rejected.Former,
		}
	default:
		l := outcome.Loaded
		event = PluginLoaded{
			Gen: v.gen, PID: i.process.PID, Plugin: v.plugin, Took: took, Grown: i.grown(),
			Carried: l.Carried, Dropped: l.Dropped, Zeroed: l.Zeroed, Converted: l.Converted,
		}
	}
	select {
	case to <- plugging{i, event}:
	case <-i.life.Done():
	}
}

// hearPlugins passes on which plugins the process opens by itself.
func (i *instance) hearPlugins(to chan<- plugging) {
	if i.desk == nil {
		return
	}
	for {
		select {
		case o := <-i.desk.Opened():
			event := PluginOpened{Gen: i.gen, PID: i.process.PID, Plugin: build.Plugin{Name: o.Name, Path: o.Path}}
			select {
			case to <- plugging{i, event}:
			case <-i.life.Done():
			}
		case <-i.desk.Done():
			return
		}
	}
}

// plugged takes in what came of a plugin. What a process opened too early, it loads
// anew.
func (t *Target) plugged(p plugging) {
	i := p.instance
	switch e := p.event.(type) {
	case PluginLoaded:
		i.loading--
		i.took(e.Plugin)
	case PluginRejected:
		i.loading--
	case PluginOpened:
		newest, known := i.newest[e.Plugin.Name]
		for _, p := range append(slices.Clone(i.request.Artifact.Plugins), newest.plugin) {
			if p.Path == e.Plugin.Path {
				e.Plugin = p
			}
		}
		i.took(e.Plugin)
		t.events <- e
		if known && newest.plugin.Path != e.Plugin.Path {
			t.plugInto(i, newest)
		}
		return
	}
	t.events <- p.event
}

// took notes which version of a plugin the process has: whoever starts it again gives
// it the same.
func (i *instance) took(p build.Plugin) {
	plugins := slices.DeleteFunc(slices.Clone(i.request.Artifact.Plugins), func(other build.Plugin) bool { return other.Name == p.Name })
	i.request.Artifact.Plugins = append(plugins, p)
}

// offer is what the process opens when it asks.
func (i *instance) offer() appsock.Offer { return offer(i.newest, i.request.Unplug) }

func offer(newest map[string]version, why string) appsock.Offer {
	o := appsock.Offer{Paths: map[string]string{}, Packages: map[string][]string{}, Why: why}
	for name, v := range newest {
		o.Paths[name], o.Packages[name] = v.plugin.Path, v.plugin.Packages
	}
	return o
}

// newVersions are those that a request brings.
func newVersions(r Request) versions {
	v := versions{newest: map[string]version{}}
	for _, p := range r.Artifact.Plugins {
		v.newest[p.Name] = version{r.Gen, p}
	}
	return v
}

// grown is how much memory the process has got since its first load.
func (i *instance) grown() int64 {
	if now := memory(i.process.PID); now > 0 && i.baseline > 0 {
		return int64(now) - int64(i.baseline)
	}
	return 0
}
