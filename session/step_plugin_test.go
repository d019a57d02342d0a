package session

import (
	"fmt"
	"slices"
	"testing"

	"hotreload/build"
	"hotreload/runner"
)

const ofPlugin = "plug/plug.go is part of package example.com/app/plug, from which only plugin plug is built"

// plugin is a version of the plugin.
func plugin(n int) build.Plugin {
	return build.Plugin{Name: "plug", Path: fmt.Sprintf("/cache/plugin/%d.so", n), Packages: []string{fmt.Sprintf("plug/%d", n), "helper"}}
}

// plugged is a build of the app with a version of its plugin.
func plugged(id, n int) built {
	b := good(id)
	b.artifact.Plugins = []build.Plugin{plugin(n)}
	return b
}

// replugged is a build of which only the plugin came out different.
func replugged(id, as, n int) built {
	b := same(id, as)
	b.artifact.Plugins, b.artifact.Kept = []build.Plugin{plugin(n)}, true
	return b
}

func loadedInto(gen, process, n int) runner.PluginLoaded {
	return runner.PluginLoaded{Gen: gen, PID: pid(process), Plugin: plugin(n), Carried: []string{"hits"}}
}

func rejectedBy(gen, process, n int) runner.PluginRejected {
	return runner.PluginRejected{Gen: gen, PID: pid(process), Plugin: plugin(n), Reason: "init panicked: no\ngoroutine 1"}
}

// pluginRunning starts with a session whose first version has its plugin open.
func pluginRunning(t *testing.T) *player {
	t.Helper()
	p := newPlayer(t)
	p.state.config.Build.Plugin = []build.PluginPackage{{Package: "./plug"}}
	p.play(
		move{begun{}, "0 session.start"},
		move{ready{graph: p.project.plug}, `
			0 watch.ready
			> build . #1 over #0
			1 plan build, restart: the first start
			1 build.start`},
		move{plugged(1, 1), `
			1 build.ok
			> run #1 as v1`},
		move{started(1), `1 app.start 100`},
		move{readied(1), `
			1 app.ready 100 via port localhost:8080
			1 cycle ok, restart: the first start`},
		move{runner.PluginOpened{Gen: 1, PID: pid(1), Plugin: plugin(1)}, ``},
	)
	return p
}

// saves are the moves from a save of the plugin's source to the load of the version n.
func saves(gen, n int) []move {
	return []move{
		{settled("plug/plug.go"), fmt.Sprintf(`
			%d change plug/plug.go
			> build . #%d over #1
			%d plan build, plugin: %s
			%d build.start`, gen, gen, gen, ofPlugin, gen)},
		{replugged(gen, 1, n), fmt.Sprintf(`
			%d build.ok
			> load as v%d /cache/plugin/%d.so`, gen, gen, n)},
	}
}

func TestPlugin(t *testing.T) {
	p := pluginRunning(t)
	p.play(saves(2, 2)...)
	if p.state.Phase != Applying {
		t.Errorf("it is %s, want applying", p.state.Phase)
	}
	p.play(move{loadedInto(2, 1, 2), `
		2 plugin.loaded plug, 1
		2 cycle ok, plugin: ` + ofPlugin})
	if s := p.state.Serving; s.Gen != 2 || s.PID != pid(1) || p.state.Phase != Running {
		t.Errorf("v%d of process %d serves, %s", s.Gen, s.PID, p.state.Phase)
	}
	// What no process can have any more is removed with the process.
	p.play(
		move{settled("main.go"), `
			3 change main.go
			> build . #3 over #1
			3 plan build, restart: main.go is part of package example.com/app
			3 build.start`},
		move{plugged(3, 2), `
			3 build.ok
			> run #3 as v3`},
		move{exited(1), `1 app.exit 100 with 0, as asked`},
		move{started(3), `
			3 app.start 300
			> forget /cache/plugin/1.so
			> forget #1`},
	)
}

// A version that is rejected changes nothing but what the screens say, and the next
// one does not meet again what of it could not be initialised.
func TestPluginRejected(t *testing.T) {
	p := pluginRunning(t)
	p.play(saves(2, 2)...)
	p.play(move{rejectedBy(2, 1, 2), `
		2 plugin.rejected plug: init panicked: no
		2 cycle failed, plugin: ` + ofPlugin + `; plugin plug was rejected: init panicked: no`})
	if d := p.state.Diagnostics; p.state.Phase != Broken || len(d) != 1 || d[0].Message != "plugin plug was rejected: init panicked: no" {
		t.Errorf("it is %s, and wrong is %v", p.state.Phase, d)
	}
	if s := p.state.Serving; s.Gen != 1 || s.artifact.Plugin("plug").Path != plugin(1).Path {
		t.Errorf("%+v serves", s)
	}
	if burnt := p.request("plug/plug.go"); !burnt.Burnt["plug/2"] || burnt.Burnt["helper"] || !burnt.Plugins {
		t.Errorf("the next build is asked for with %+v", burnt)
	}
	p.play(saves(3, 3)...)
	p.play(move{loadedInto(3, 1, 3), `
		3 plugin.loaded plug, 1
		3 cycle ok, plugin: ` + ofPlugin})
	if p.state.Phase != Running || len(p.state.Diagnostics) > 0 {
		t.Errorf("it is %s, and wrong is %v", p.state.Phase, p.state.Diagnostics)
	}
}

func (p *player) request(changed ...string) build.Request {
	t := step{State: p.state}
	return t.request(p.observed(changed...))
}

// Where the process cannot load another version there is a new process, and why.
func TestPluginByProcess(t *testing.T) {
	for name, test := range map[string]struct {
		given func(*player)
		why   string
	}{
		"many loads": {func(p *player) {
			p.state.config.Runner.MaxPluginLoads = 1
			p.play(saves(2, 2)...)
			p.step(loadedInto(2, 1, 2))
		}, "the process has loaded 1 versions of plugins, and keeps them all in memory (runner.max_plugin_loads)"},
		"much memory": {func(p *player) {
			p.play(saves(2, 2)...)
			grown := loadedInto(2, 1, 2)
			grown.Grown = 301 << 20
			p.step(grown)
		}, "the process has grown by 301 MB since it began to load plugins, which it keeps in memory"},
		"no answer": {func(p *player) {
			p.play(saves(2, 2)...)
			hung := rejectedBy(2, 1, 2)
			hung.Hung = true
			p.step(hung)
		}, "the process has not answered for plugin plug"},
		"the version before": {func(p *player) {
			p.play(saves(2, 2)...)
			busy := rejectedBy(2, 1, 2)
			busy.Opened, busy.Former = true, true
			p.step(busy)
		}, "the version of plugin plug that serves does not let another take over"},
	} {
		t.Run(name, func(t *testing.T) {
			p := pluginRunning(t)
			test.given(p)
			p.play(
				move{settled("plug/plug.go"), `
					3 change plug/plug.go
					> build . #3 over #1
					3 plan build, restart: ` + ofPlugin + `; ` + test.why + `
					3 build.start`},
				move{replugged(3, 1, 3), `
					3 build.ok
					> run #1 as v3`},
				move{exited(1), `1 app.exit 100 with 0, as asked`},
			)
			p.step(started(3))
			p.play(move{readied(3), `
				3 app.ready 300 via port localhost:8080
				3 cycle ok, restart: ` + ofPlugin + `; ` + test.why})
			if p.state.Phase != Running || len(p.state.Rejected) > 0 {
				t.Errorf("it is %s, rejected are %v", p.state.Phase, p.state.Rejected)
			}
			if why := p.state.whyNotLoad(nil); why != "" {
				t.Errorf("the new process cannot load: %s", why)
			}
		})
	}
}

// The harshest of what changes need is done, and what it needs is told.
func TestPluginAmongOthers(t *testing.T) {
	p := pluginRunning(t)
	for _, test := range []struct {
		changed []string
		want    Plan
	}{
		{[]string{"plug/plug.go", "README.md"}, Plan{Rung: Plugin, Reason: ofPlugin, Build: true}},
		{[]string{"main.go", "plug/plug.go"}, Plan{Rung: Restart, Reason: "main.go is part of package example.com/app", Build: true}},
		{[]string{"go.mod", "plug/plug.go"}, Plan{Rung: Restart, Reason: "go.mod is what decides which modules the app is built from", Build: true}},
		{[]string{".env", "plug/plug.go"}, Plan{Rung: Restart, Reason: ".env sets the app's environment", Build: true}},
		{[]string{".env"}, Plan{Rung: Restart, Reason: ".env sets the app's environment", Build: false}},
	} {
		got := p.state.decide(p.observed(test.changed...)).Plan
		if got.saved = ""; got != test.want {
			t.Errorf("%v: %+v, want %+v", test.changed, got, test.want)
		}
	}
}

// An app that has not opened the plugin opens the newest; one that could not is started
// again.
func TestPluginNotOpen(t *testing.T) {
	p := pluginRunning(t)
	p.play(saves(2, 2)...)
	p.play(move{runner.PluginWaits{Gen: 2, PID: pid(1), Plugin: plugin(2)}, `
		2 cycle ok, plugin: ` + ofPlugin + `; the app has not opened plugin plug yet: it gets this version when it does`})
	p.play(saves(3, 3)...)
	p.play(move{runner.PluginWaits{Gen: 3, PID: pid(1), Plugin: plugin(3), Asked: true}, `> run #1 as v3`})
}

// That one plugin is loaded does not hide that another one is not.
func TestPluginNotOpenBesideOthers(t *testing.T) {
	p := pluginRunning(t)
	p.play(saves(2, 2)...)
	p.state.plugins.loading.awaited = append(p.state.plugins.loading.awaited, "other")
	p.play(move{loadedInto(2, 1, 2), `2 plugin.loaded plug, 1`})
	other := plugin(2)
	other.Name = "other"
	p.play(move{runner.PluginWaits{Gen: 2, PID: pid(1), Plugin: other}, `
		2 note: the app has not opened plugin other yet: it gets this version when it does
		2 cycle ok, plugin: ` + ofPlugin + `; the app has not opened plugin other yet: it gets this version when it does`})
}

// A version that ends the app in its init is not started again: the one before is.
func TestPluginThatEndsTheApp(t *testing.T) {
	p := pluginRunning(t)
	p.play(saves(2, 2)...)
	p.play(
		move{crashed(1, 3), `
			1 app.exit 100 with 3: oh no
			2 plugin.rejected plug: the app ended while it loaded this version
			2 cycle failed, plugin: ` + ofPlugin + `; the app ended while it loaded plug
			3 plan restart: the app ended while it loaded a plugin; it is started again with the previous version
			> run #1 as v3`},
		move{started(3), `3 app.start 300`},
		move{runner.PluginOpened{Gen: 3, PID: pid(3), Plugin: plugin(1)}, ``},
	)
	if p.state.builds.artifact.Plugin("plug").Path != plugin(1).Path || !slices.ContainsFunc(p.state.Rejected, func(r Rejected) bool { return r.Name == "plug" }) {
		t.Errorf("%+v was started, rejected are %v", p.state.builds.artifact, p.state.Rejected)
	}
}

// After versions that were rejected, and one that ended the app, it is started with what served. What comes next has a
// number of its own.
func TestPluginThatEndsTheAppAfterOthers(t *testing.T) {
	p := pluginRunning(t)
	p.play(saves(2, 2)...)
	p.step(rejectedBy(2, 1, 2))
	p.step(settled("plug/plug.go"))
	p.step(replugged(3, 1, 3))
	lines := p.step(crashed(1, 3))
	if find(lines, "4 plan restart: the app ended while it loaded a plugin") == "" || p.state.builds.artifact.Plugin("plug").Path != plugin(1).Path {
		t.Errorf("%v, %+v", lines, p.state.builds.artifact.Plugins)
	}
	p.step(started(4))
	if lines := p.step(settled("plug/plug.go")); find(lines, "5 change plug/plug.go") == "" {
		t.Errorf("the next change leads to %v", lines)
	}
}

// A build that ends during a load waits for it.
func TestBuildDuringALoad(t *testing.T) {
	p := pluginRunning(t)
	p.play(saves(2, 2)...)
	p.play(
		move{settled("plug/plug.go"), `
			3 change plug/plug.go
			> build . #3 over #1
			3 plan build, plugin: ` + ofPlugin + `
			3 build.start`},
		move{replugged(3, 1, 3), ``},
		move{loadedInto(2, 1, 2), `
			2 plugin.loaded plug, 1
			2 cycle ok, plugin: ` + ofPlugin + `
			3 build.ok
			> load as v3 /cache/plugin/3.so`},
	)
}
