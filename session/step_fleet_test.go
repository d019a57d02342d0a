package session

import (
	"slices"
	"strings"
	"testing"

	"hotreload/internal/fleet"
	"hotreload/runner"
)

// withFleet is a session with a bus, in which v1 runs.
func withFleet(t *testing.T) *player {
	t.Helper()
	p := newPlayer(t)
	p.state.service.fleet, p.state.Elsewhere.Join = true, "hotreload agent URL"
	for _, in := range []input{begun{}, ready{graph: p.project.narrow}, good(1), started(1), readied(1)} {
		p.step(in)
	}
	return p
}

// Each version that is started here is sent to instances, as a whole; a build that fails is not.
func TestReleases(t *testing.T) {
	p := newPlayer(t)
	p.state.service.fleet, p.state.Elsewhere.Join = true, "hotreload agent URL"
	if note := find(p.step(begun{}), "note: to run the app elsewhere, too, run there: hotreload agent URL"); note == "" {
		t.Error("how instances join is not said")
	}
	p = withFleet(t)
	if !p.request().Whole {
		t.Error("what is sent needs other files")
	}
	p.step(settled("main.go"))
	if lines := p.step(good(2)); find(lines, "> send v2 to instances") == "" {
		t.Errorf("a good build leads to %v", lines)
	}
	p.step(exited(1))
	p.step(started(2))
	p.step(readied(2))
	p.step(settled("main.go"))
	if lines := p.step(bad(3)); find(lines, "> send") != "" {
		t.Errorf("a failed build leads to %v", lines)
	}
	if lines := p.step(CommandRestart); find(lines, "> send v4 to instances") == "" {
		t.Errorf("a restart leads to %v", lines)
	}
	if lines := running(t).step(CommandRestart); find(lines, "> send") != "" {
		t.Errorf("without a bus: %v", lines)
	}
}

// What was set here is set there.
func TestSetsAtInstances(t *testing.T) {
	p := withFleet(t)
	set := runner.TunableSet{Gen: 1, PID: p.state.Serving.PID, Name: "limit", Value: "9"}
	if lines := p.step(set); find(lines, "> set limit to 9 at instances") == "" {
		t.Errorf("it leads to %v", lines)
	}
}

// The state has the instances that are there, and events tell what happens to them.
func TestFleetEvents(t *testing.T) {
	p := withFleet(t)
	one := func(name string, c fleet.Condition) fleet.Instance {
		return fleet.Instance{Status: fleet.Status{Name: name, Platform: "linux/amd64", Version: 1, Condition: c, Reason: "because"}}
	}
	p.play(
		move{fleet.Joined{Instance: one("b", fleet.Waiting)}, `1 agent.joined b`},
		move{fleet.Joined{Instance: one("a", fleet.Waiting)}, `1 agent.joined a`},
		move{fleet.Changed{Instance: one("a", fleet.Fetching)}, ``},
		move{fleet.Failed{Instance: one("b", fleet.Failing)}, `1 agent.failed b, v1: because`},
		move{fleet.RolledBack{Version: 1, To: 0, Instance: "b", Reason: "because"}, `1 rollout.rolled_back v1 to v0 by b: because`},
		move{fleet.Noted{Text: "something"}, `1 note: something`},
	)
	var have []string
	for _, i := range p.state.Elsewhere.Instances {
		have = append(have, i.Name+" "+string(i.Condition))
	}
	if want := []string{"a fetching", "b failed"}; !slices.Equal(have, want) {
		t.Errorf("there are %v, want %v", have, want)
	}
	p.play(move{fleet.Gone{Instance: one("a", fleet.Leaving), Reason: "stopped"}, `1 agent.gone a: stopped`})
	if n := len(p.state.Elsewhere.Instances); n != 1 {
		t.Errorf("%d instances are left", n)
	}
}

// An agent's session takes versions with their config. The same executable has a new process.
func TestDeliver(t *testing.T) {
	p := running(t)
	next := p.state.config
	next.Runner.Args = []string{"-v"}
	lines := p.step(Deliver{Version: 12, Config: next, Graph: p.project.narrow, Reason: "v12 has come over the bus"})
	if find(lines, "plan build, restart: v12 has come over the bus") == "" || p.state.Elsewhere.Delivered != (Delivered{Version: 12, Gen: 2}) {
		t.Errorf("it leads to %v, %+v", lines, p.state.Elsewhere.Delivered)
	}
	if lines := strings.Join(p.step(good(2)), "\n"); !strings.Contains(lines, "> run #2 as v2 with [-v]") {
		t.Errorf("the build leads to %s", lines)
	}
	p.step(exited(1))
	p.step(started(2))
	p.step(readied(2))
	p.step(Deliver{Version: 13, Config: next, Graph: p.project.narrow, Reason: "v13 has come over the bus"})
	lines = p.step(same(3, 2))
	if find(lines, "> run #2 as v3 with [-v]") == "" {
		t.Errorf("a restart leads to %v", lines)
	}
}

// A newer plugin that is loaded here is sent for the process that its app was started as; a new process is sent as
// itself.
func TestReleasesPlugins(t *testing.T) {
	p := pluginRunning(t)
	p.state.service.fleet = true
	sent := func(lines []string, want string) {
		t.Helper()
		if find(lines, want) == "" {
			t.Errorf("%v, want %s", lines, want)
		}
	}
	p.step(settled("plug/plug.go"))
	sent(p.step(replugged(2, 1, 2)), "> send v2, in the process of v1, with /cache/plugin/2.so to instances")
	p.step(loadedInto(2, 1, 2))
	sent(p.step(CommandRestart), "> send v3, in the process of v3, with /cache/plugin/2.so to instances")
}

// An agent's session loads a newer plugin into what runs. If it is rejected, the version does not serve, also if the
// next one brings another plugin alone.
func TestDeliverPlugin(t *testing.T) {
	p := pluginRunning(t)
	next := Deliver{Version: 12, Config: p.state.config, Graph: p.project.plug, Load: true, Reason: "v12 has come over the bus"}
	if lines := p.step(next); find(lines, "plan build, plugin: v12 has come over the bus") == "" {
		t.Errorf("it leads to %v", lines)
	}
	if lines := p.step(replugged(2, 1, 2)); find(lines, "> load as v2 /cache/plugin/2.so") == "" {
		t.Errorf("the build leads to %v", lines)
	}
	p.step(loadedInto(2, 1, 2))
	if lacks := p.state.Lacks(); lacks != "" {
		t.Errorf("it lacks something: %s", lacks)
	}
	p.step(next)
	p.step(replugged(3, 1, 3))
	p.step(rejectedBy(3, 1, 3))
	p.step(next)
	p.step(replugged(4, 1, 3))
	if want, lacks := "plugin plug was rejected: init panicked: no", p.state.Lacks(); lacks != want {
		t.Errorf("it lacks %q, want %q", lacks, want)
	}
	p.step(next)
	again := replugged(5, 1, 5)
	again.artifact.Plugins[0].Packages = []string{"plug/5", "plug/3"} // it was named without regard to this process
	lines := p.step(again)
	if find(lines, "> run #1 as v5") == "" || find(lines, "> load") != "" {
		t.Errorf("what cannot be loaded leads to %v", lines)
	}
}

// Files that the app reads at run time are not sent, which is told once.
func TestUnsent(t *testing.T) {
	p := withFleet(t)
	const want = "note: index.html is not sent to instances: they read the files that lie where they run"
	if lines := p.step(settled("index.html")); find(lines, want) != "" {
		t.Errorf("without instances: %v", lines)
	}
	p.step(exited(1))
	p.step(started(2))
	p.step(readied(2))
	p.step(fleet.Joined{Instance: fleet.Instance{Status: fleet.Status{Name: "a"}}})
	if lines := p.step(settled("main.go")); find(lines, "not sent") != "" {
		t.Errorf("a source: %v", lines)
	}
	p.step(bad(2))
	if lines := p.step(settled("index.html")); find(lines, want) == "" {
		t.Errorf("it leads to %v", lines)
	}
	if lines := p.step(settled("index.html")); find(lines, "not sent") != "" {
		t.Errorf("it is told again: %v", lines)
	}
}
