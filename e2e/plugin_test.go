//go:build cgo && (linux || darwin || freebsd)

package e2e

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// warmed has Go's standard library compiled for plugins before a session asks for it.
func warmed(t *testing.T, dir string) string {
	t.Helper()
	warm := exec.Command("go", "build", "-buildmode=plugin", "-buildvcs=false", "-o", os.DevNull, "./plugins/greet")
	warm.Dir = dir
	if out, err := warm.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return dir
}

// pluginSource is the plugin of the example in one of many forms.
type pluginSource struct {
	hello      string
	last       bool   // it has another field
	count, was string // the name of a field, and its name in the previous version
	bye        bool   // the helper has another function
	style      bool   // the helper has a type of its own
	page       string
	extra      string // at the end of the plugin's file
	imports    string // what that needs
	body       string // of New
}

const greetDir = "plugins/greet"

// text is a file of the plugin, given the example's.
func (s pluginSource) text(file, original string) string {
	switch file {
	case "page.txt":
		return strings.Replace(original, "You are", s.page, 1)
	case "words/words.go":
		original = strings.Replace(original, "Welcome", s.hello, 1)
		if s.bye {
			original += "\nfunc bye() string { return \"\" }\n"
			original = strings.Replace(original, "\"!\"", "\"!\" + bye()", 1)
		}
		if s.style {
			original += "\ntype style struct{ first, second, third string }\n\n//go:noinline\nfunc (s *style) String() string { return s.third }\n"
			original = strings.Replace(original, "\"!\"", "(&style{third: \"!\"}).String()", 1)
		}
		return original
	}
	if s.last {
		original = strings.Replace(original, "\tnames  map", "\tlast   string\n\tnames  map", 1)
	}
	tag := ""
	if s.was != "" && s.was != s.count {
		tag = " `hot:\"" + s.was + "\"`"
	}
	original = strings.Replace(original, "visits int", s.count+" int"+tag, 1)
	original = strings.ReplaceAll(original, "g.visits", "g."+s.count)
	if s.body != "" {
		original = strings.Replace(original, "func New() api.Greeter { return &greeter{names: map[string]int{}} }", s.body, 1)
	}
	if s.imports != "" {
		original = strings.Replace(original, "\t\"log\"\n", "\t\""+s.imports+"\"\n\t\"log\"\n", 1)
	}
	return original + s.extra
}

// greeting is a session with the example and the plugin's form.
type greeting struct {
	*tool
	source    pluginSource
	originals map[string]string
	pid       int
}

func greet(h *tool) *greeting {
	g := newGreeting(h)
	g.pid = h.await("app.start").number("pid")
	h.await("cycle", with("result", "ok"))
	return g
}

// newGreeting has the plugin as it is in the example.
func newGreeting(h *tool) *greeting {
	g := &greeting{tool: h, originals: map[string]string{}, source: pluginSource{hello: "Welcome", count: "visits", page: "You are"}}
	for _, file := range []string{"page.txt", "words/words.go", "greet.go"} {
		g.originals[file] = read(h.t, filepath.Join(h.dir, greetDir, file))
	}
	return g
}

// rewrite saves what differs in another form.
func (g *greeting) rewrite(change func(*pluginSource)) {
	g.t.Helper()
	next := g.source
	change(&next)
	g.mark()
	for file, original := range g.originals {
		path := filepath.Join(g.dir, greetDir, file)
		if text := next.text(file, original); text != read(g.t, path) {
			write(g.t, path, text)
		}
	}
	g.source = next
}

// loads rewrites the plugin, and the process that runs takes it.
func (g *greeting) loads(change func(*pluginSource)) {
	g.t.Helper()
	g.rewrite(change)
	if e := g.await("cycle"); e.text("result") != "ok" || e.text("rung") != "plugin" {
		g.t.Fatalf("%v, want a plugin that is loaded; the source is %+v", e, g.source)
	}
	g.await("plugin.loaded", with("name", "greet"))
}

// visitor asks for a page, and returns whose visit it was to which process.
func (g *greeting) visitor(address string) (visits, pid int) {
	g.t.Helper()
	page := get(address, "/?name=ann")
	_, rest, _ := strings.Cut(page, "visitor ")
	if _, err := fmt.Sscanf(rest, "%d,", &visits); err != nil {
		g.t.Fatalf("the page is %q", page)
	}
	_, rest, _ = strings.Cut(page, "process ")
	if _, err := fmt.Sscanf(rest, "%d.", &pid); err != nil {
		g.t.Fatalf("the page is %q", page)
	}
	return visits, pid
}

// pluginEdits may be more, which takes its time: -plugin.edits 50.
var pluginEdits = flag.Int("plugin.edits", 3, "edits of the plugin `N` in TestPluginUnderLoad")

// Edits of every kind go live in one process, which keeps counting, and no request fails.
// Then come versions that cannot be loaded.
func TestPluginUnderLoad(t *testing.T) {
	slow(t)
	t.Parallel()
	address := reserve(t)
	h := start(t, warmed(t, example(t, "plugin")), "--set", "runner.max_plugin_loads=100", "--", "-addr", address)
	g := greet(h)
	l := startGentleLoad(address, 1, 5*time.Millisecond)
	edits := []func(*pluginSource){
		func(s *pluginSource) {
			s.hello = map[string]string{"Welcome": "Hello", "Hello": "Welcome"}[s.hello]
			s.last = !s.last
		},
		func(s *pluginSource) {
			s.count, s.was = map[string]string{"visits": "count", "count": "visits"}[s.count], s.count
			s.bye = !s.bye
		},
		func(s *pluginSource) {
			s.style = !s.style
			s.page = map[string]string{"You are": "You were", "You were": "You are"}[s.page]
		},
	}
	for i := range *pluginEdits {
		g.loads(edits[i%len(edits)])
	}
	l.end(t)
	answered := 0
	for _, n := range l.ok {
		answered += n
	}
	visits, pid := g.visitor(address)
	if pid != g.pid {
		t.Errorf("process %d answers, and %d was started", pid, g.pid)
	}
	// A request that the end of the clients has cut off was counted, too.
	if visits <= answered || visits > answered+1+3 {
		t.Errorf("the last visitor is %d after %d that were answered", visits, answered)
	}
	t.Run("bad versions", func(t *testing.T) { g.t = t; g.bad(address, visits) })
	t.Run("a change of the app", func(t *testing.T) { g.t = t; g.another(address) })
	if status := h.quit(syscall.SIGINT); status != 0 {
		t.Errorf("exit status %d, want 0", status)
	}
}

// bad saves versions that cannot be loaded, and then one that can.
func (g *greeting) bad(address string, visits int) {
	good := g.source
	for _, bad := range []struct {
		name, reason string
		change       func(*pluginSource)
	}{
		{"init panics", "panicked: no way", func(s *pluginSource) { s.extra = "\nfunc init() { panic(\"no way\") }\n" }},
		{"a flag is registered twice", "flag redefined: addr", func(s *pluginSource) {
			s.imports, s.extra = "flag", "\nvar _ = flag.String(\"addr\", \"\", \"\")\n"
		}},
		{"New panics", "no greeter", func(s *pluginSource) { s.body = "func New() api.Greeter { panic(\"no greeter\") }" }},
		{"New is missing", "no function New", func(s *pluginSource) { s.body = "func Old() api.Greeter { return &greeter{} }" }},
		{"New is of another type", "has type func() int", func(s *pluginSource) { s.body = "func New() int { return 0 }\n\nvar _ api.Greeter" }},
		{"Import fails", "not that state", func(s *pluginSource) {
			s.imports, s.extra = "errors", "\nfunc (g *greeter) Import(any) error { return errors.New(\"not that state\") }\n"
		}},
	} {
		g.rewrite(bad.change)
		if e := g.await("plugin.rejected"); !strings.Contains(e.text("reason"), bad.reason) || e.text("name") != "greet" {
			g.t.Errorf("%s: %v", bad.name, e)
		}
		if e := g.await("cycle"); e.text("result") != "failed" || e.text("rung") != "plugin" || !strings.Contains(e.text("reason"), bad.reason) {
			g.t.Errorf("%s: %v", bad.name, e)
		}
		g.counts(address, &visits)
		g.source = good
	}
	g.loads(func(*pluginSource) {})
	g.counts(address, &visits)
	g.rewrite(func(s *pluginSource) { s.extra = "\nvar no = it\n" })
	if e := g.await("build.error"); e.diagnostics()[0].file != "plugins/greet/greet.go" {
		g.t.Errorf("%v", e)
	}
	g.await("cycle", with("result", "failed"))
	g.loads(func(s *pluginSource) { *s = good; s.page = "Here you are" })
	g.counts(address, &visits)
}

// counts expects the process to be the same, and to go on counting.
func (g *greeting) counts(address string, visits *int) {
	g.t.Helper()
	now, pid := g.visitor(address)
	if pid != g.pid || now <= *visits {
		g.t.Errorf("visitor %d of process %d, after %d of %d", now, pid, *visits, g.pid)
	}
	*visits = now
}

// another changes what the app itself is built from: nothing but a new process will do,
// which opens the newest plugin. A version whose Export hangs holds up the next one;
// then there is a new process, too.
func (g *greeting) another(address string) {
	api := filepath.Join(g.dir, "api", "api.go")
	g.mark()
	write(g.t, api, read(g.t, api)+"\ntype grown struct{ a, b, c int }\n")
	if e := g.await("plan"); e.text("rung") != "swap" || !strings.HasPrefix(e.text("reason"), "api/api.go is part of package") {
		g.t.Errorf("%v, want a swap", e)
	}
	g.await("cycle", with("result", "ok"), with("rung", "swap"))
	if page := get(address, "/"); !strings.Contains(page, "Here you are visitor 1,") {
		g.t.Errorf("the page is %q", page)
	}
	g.loads(func(s *pluginSource) { s.extra = "\nfunc (g *greeter) Export() (any, error) { select {} }\n" })
	g.rewrite(func(s *pluginSource) { s.extra = "" })
	if e := g.await("plugin.rejected"); !strings.Contains(e.text("reason"), "Export of the previous version had not returned") {
		g.t.Errorf("%v", e)
	}
	g.await("cycle", with("result", "failed"))
	g.rewrite(func(s *pluginSource) { s.page = "At last you are" })
	if e := g.await("plan"); e.text("rung") != "swap" || !strings.Contains(e.text("reason"), "does not let another take over") {
		g.t.Errorf("%v, want a swap", e)
	}
	g.await("cycle", with("result", "ok"))
	if page := get(address, "/"); !strings.Contains(page, "At last you are visitor 1,") {
		g.t.Errorf("the page is %q", page)
	}
	// One that ends the app is followed by the previous version.
	g.rewrite(func(s *pluginSource) { s.extra = "\nfunc init() { os.Exit(3) }\n" })
	if e := g.await("plugin.rejected"); e.text("reason") != "the app ended while it loaded this version" {
		g.t.Errorf("%v", e)
	}
	g.await("app.ready")
	if page := get(address, "/"); !strings.Contains(page, "At last you are visitor 1,") {
		g.t.Errorf("the page is %q", page)
	}
}
