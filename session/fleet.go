package session

import (
	"maps"
	"path/filepath"
	"slices"

	"hotreload/build"
	"hotreload/internal/fleet"
)

// This file has the instances of the app that run elsewhere: what they are given, and what
// is known of them.

// Fleet is what a session needs of the bus.
type Fleet interface {
	// Release has instances run a version, whose files may be gone once it has returned.
	Release(fleet.Made)
	Set(name, value string)
	Events() <-chan fleet.Event
}

// Elsewhere is what a View has of other machines, or of other directories of this one.
type Elsewhere struct {
	Instances []fleet.Instance `json:"instances,omitempty"` // of the app, by name
	Join      string           `json:"join,omitempty"`      // the command that makes another one
	Agent     bool             `json:"agent,omitempty"`     // this is an agent: versions come over the bus
	Delivered Delivered        `json:"-"`                   // what was built elsewhere, at an agent
}

// tellJoin says how instances are made.
func (t *step) tellJoin() {
	if t.service.fleet {
		t.emit(0, Note{"to run the app elsewhere, too, run there: " + t.Elsewhere.Join})
	}
}

// release gives a version to the instances. process is the version that its process is started as.
func (t *step) release(gen, process int, a build.Artifact) {
	if !t.service.fleet {
		return
	}
	t.do(release{fleet.Made{
		Version: gen, Process: process, Executable: a.Path, Plugins: a.Plugins,
		App: fleet.App{
			Name: filepath.Base(a.Path), Runner: t.config.Runner, Hot: t.usesHot(), Net: t.listens(),
			Inject: t.injects() && a.Uninjected == "", Takes: t.uses(ActivationPackage), Unplug: t.unplug(),
		},
	}})
}

// tellUnsent says, once, that instances do not get a file that the app does not have built in.
func (t *step) tellUnsent(gen int, changes []change) {
	if t.service.unsent || len(t.Elsewhere.Instances) == 0 {
		return
	}
	for _, c := range changes {
		if plan := c.ruling.app; !plan.Build && plan.Rung != None {
			t.service.unsent = true
			t.emit(gen, Note{t.named(c.path) + " is not sent to instances: they read the files that lie where they run"})
			return
		}
	}
}

// setAtInstances has them set what was set in the app.
func (t *step) setAtInstances(name, value string) {
	if t.service.fleet {
		t.do(setAll{name, value})
	}
}

// fleetEvent takes what happens to the instances.
func (t *step) fleetEvent(in fleet.Event) {
	switch in := in.(type) {
	case fleet.Joined:
		t.knows(in.Instance)
		t.emit(t.Gen, AgentJoined{asAgent(in.Instance)})
	case fleet.Gone:
		t.forgets(in.Instance)
		t.emit(t.Gen, AgentGone{asAgent(in.Instance), in.Reason})
	case fleet.Updated:
		t.knows(in.Instance)
		t.emit(t.Gen, AgentUpdate{asAgent(in.Instance), in.Instance.Bytes, in.Instance.MS})
	case fleet.Ready:
		t.knows(in.Instance)
		t.emit(t.Gen, AgentReady{asAgent(in.Instance), in.Instance.MS, in.Instance.Serving.Address})
	case fleet.Failed:
		t.knows(in.Instance)
		t.emit(t.Gen, AgentFailed{asAgent(in.Instance), in.Instance.Reason})
	case fleet.Changed:
		t.knows(in.Instance)
	case fleet.Loaded:
		t.emit(t.Gen, AgentLoaded{
			Name: in.Name, Plugin: in.Plugin, Load: in.Load, MS: in.MS,
			Carried: list(in.Carried), Dropped: list(in.Dropped), Zeroed: list(in.Zeroed), Converted: list(in.Converted),
		})
	case fleet.Printed:
		t.emit(t.Gen, AgentOutput{in.Name, in.Stream, in.Text})
	case fleet.Done:
		t.emit(t.Gen, RolloutDone{in.Version, in.Instances, in.Failed, milliseconds(in.Took)})
	case fleet.RolledBack:
		t.emit(t.Gen, RolloutRolledBack{in.Version, in.To, in.Instance, in.Reason})
	case fleet.Noted:
		t.emit(t.Gen, Note{in.Text})
	}
}

// asAgent names an instance in an event.
func asAgent(i fleet.Instance) Agent {
	return Agent{Name: i.Name, Platform: i.Platform, Version: i.Version}
}

func (t *step) knows(i fleet.Instance) {
	all := map[string]fleet.Instance{i.Name: i}
	for _, other := range t.Elsewhere.Instances {
		if other.Name != i.Name {
			all[other.Name] = other
		}
	}
	t.Elsewhere.Instances = nil
	for _, name := range slices.Sorted(maps.Keys(all)) {
		t.Elsewhere.Instances = append(t.Elsewhere.Instances, all[name])
	}
}

func (t *step) forgets(i fleet.Instance) {
	t.Elsewhere.Instances = slices.DeleteFunc(slices.Clone(t.Elsewhere.Instances), func(other fleet.Instance) bool { return other.Name == i.Name })
}

// fromFleet is what happens to the instances; nil: there is no bus.
func (l *loop) fromFleet() <-chan fleet.Event {
	if l.options.Fleet == nil || l.behind() { // of what is printed elsewhere, the bus drops what cannot be shown
		return nil
	}
	return l.options.Fleet.Events()
}
