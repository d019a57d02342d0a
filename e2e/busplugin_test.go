//go:build cgo && (linux || darwin || freebsd)

package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// greetingFleet is a session of the example, and instances of it.
type greetingFleet struct {
	*greeting
	fleet     *fleetUnderTest
	addresses map[string]string
	pids      map[string]int
	visits    map[string]int
}

// joins has an instance join, which serves a version.
func (g *greetingFleet) joins(name string, version int, page string) {
	g.t.Helper()
	g.fleet.joined(name, g.t.TempDir(), "--set", "runner.env.CRASH=yes")
	g.restarted(name, version, page)
}

// restarted expects a new process of an instance.
func (g *greetingFleet) restarted(name string, version int, page string) {
	g.t.Helper()
	g.addresses[name] = g.fleet.serves(name, version)
	g.pids[name], g.visits[name] = g.visit(name, page)
}

// goes expects processes that were there to serve a version, and to go on counting.
func (g *greetingFleet) goes(version int, page string, names ...string) {
	g.t.Helper()
	for _, name := range names {
		g.fleet.serves(name, version)
		g.stays(name, page)
	}
}

func (g *greetingFleet) stays(name, page string) {
	g.t.Helper()
	pid, visits := g.visit(name, page)
	if pid != g.pids[name] || visits != g.visits[name]+1 {
		g.t.Errorf("visitor %d of process %d at %s, after %d of %d", visits, pid, name, g.visits[name], g.pids[name])
	}
	g.visits[name] = visits
}

// visit asks an instance for a page, which must have something in it.
func (g *greetingFleet) visit(name, want string) (pid, visits int) {
	g.t.Helper()
	page := get(g.addresses[name], "/?name=ann")
	_, visitor, _ := strings.Cut(page, "visitor ")
	_, process, _ := strings.Cut(page, "process ")
	_, err := fmt.Sscanf(visitor, "%d,", &visits)
	_, err2 := fmt.Sscanf(process, "%d.", &pid)
	if err != nil || err2 != nil || !strings.Contains(page, want) {
		g.t.Fatalf("the page at %s is %q, want %s", name, page, want)
	}
	return pid, visits
}

// A plugin's new version goes into the processes that run at instances, one of them first, and their state
// stays. What is rejected or crashes there goes no further. Who comes late has the newest.
func TestFleetPlugins(t *testing.T) {
	slow(t)
	t.Parallel()
	f := startFleet(t, warmed(t, example(t, "plugin")), "--set", "bus.ready=3s", "--", "-addr", "127.0.0.1:0")
	f.app = []string{"-addr", "127.0.0.1:0"}
	g := &greetingFleet{newGreeting(f.tool), f, map[string]string{}, map[string]int{}, map[string]int{}}
	g.joins("a", 1, "You are")
	g.joins("b", 1, "You are")

	g.rewrite(func(s *pluginSource) { s.page = "Here you are" })
	f.await("agent.loaded", with("name", "a"), with("plugin", "greet"))
	g.goes(2, "Here you are", "a", "b")
	good := g.source

	g.rewrite(func(s *pluginSource) { s.extra = "\nfunc init() { panic(\"no way\") }\n" })
	f.await("rollout.rolled_back", with("version", 3), with("to", 2), with("instance", "a"),
		with("reason", "plugin greet was rejected: init of plugin greet panicked: no way"))
	g.goes(2, "Here you are", "a")
	g.stays("b", "Here you are")

	g.source = good
	g.rewrite(func(s *pluginSource) {
		s.extra = "\nfunc init() {\n\tif os.Getenv(\"CRASH\") != \"\" {\n\t\tgo func() { panic(\"too late\") }()\n\t}\n}\n"
	})
	f.await("rollout.rolled_back", with("version", 4), with("to", 2), with("instance", "a"), with("reason", "panic: too late"))
	g.restarted("a", 2, "Here you are")
	g.stays("b", "Here you are")

	g.joins("c", 2, "Here you are")
}
