package session

import (
	"strings"
	"testing"
	"time"

	"hotreload/build"
	"hotreload/internal/proxy/browser"
	"hotreload/runner"
)

// shown starts with a session whose first version serves, with a page open in a browser.
func shown(t *testing.T) *player {
	t.Helper()
	p := running(t)
	withPages(p)
	return p
}

// withPages has a page open in a browser.
func withPages(p *player) {
	p.t.Helper()
	p.state.config.Proxy.Overlay = true
	p.state.browsing.there = true
	p.play(move{browser.Connected{Name: "Firefox", Clients: 1}, `1 browser.connected Firefox, 1`})
}

const (
	cssFromDisk = "a.css is served from disk as it is (watch.browser **/*.css); "
	jsFromDisk  = "a.js is served from disk as it is (watch.browser **/*.js); "
)

// What pages load from disk starts no process and builds nothing.
func TestBrowserRung(t *testing.T) {
	for _, test := range []struct {
		name    string
		changed []string
		want    string
	}{
		{"a stylesheet", []string{"static/a.css"}, `
			2 change static/a.css
			2 plan browser: static/` + cssFromDisk + `stylesheets are swapped in 1 browser
			> pages, css: static/a.css
			2 cycle ok, browser: static/` + cssFromDisk + `stylesheets are swapped in 1 browser`},
		{"images", []string{"static/a.png", "static/b.svg"}, `
			2 change static/a.png static/b.svg
			2 plan browser: static/a.png is served from disk as it is (watch.browser **/*.png) (and 1 more change); images are swapped in 1 browser
			> pages, image: static/a.png static/b.svg
			2 cycle ok, browser: static/a.png is served from disk as it is (watch.browser **/*.png) (and 1 more change); images are swapped in 1 browser`},
		{"a stylesheet and an image", []string{"a.css", "b.png"}, `
			2 change a.css b.png
			2 plan browser: a.css is served from disk as it is (watch.browser **/*.css) (and 1 more change); stylesheets and images are swapped in 1 browser
			> pages, css: a.css
			> pages, image: b.png
			2 cycle ok, browser: a.css is served from disk as it is (watch.browser **/*.css) (and 1 more change); stylesheets and images are swapped in 1 browser`},
		{"a script, which needs a reload, and that is enough for all", []string{"README.md", "a.css", "a.js"}, `
			2 change README.md a.css a.js
			2 plan browser: a.css is served from disk as it is (watch.browser **/*.css) (and 1 more change); pages reload in 1 browser
			> pages, page: a.css a.js
			2 cycle ok, browser: a.css is served from disk as it is (watch.browser **/*.css) (and 1 more change); pages reload in 1 browser`},
		{"what is embedded needs a build", []string{"page/logo.svg"}, `
			2 change page/logo.svg
			> build . #2 over #1
			2 plan build, restart: page/logo.svg is embedded in package example.com/app/page
			2 build.start`},
	} {
		t.Run(test.name, func(t *testing.T) { shown(t).play(move{settled(test.changed...), test.want}) })
	}
	t.Run("no browser was listening", func(t *testing.T) {
		p := running(t)
		p.play(move{settled("a.css"), `
			2 change a.css
			2 plan browser: ` + cssFromDisk + `no browser was listening
			2 cycle ok, browser: ` + cssFromDisk + `no browser was listening`})
	})
	t.Run("how pages come to listen is said once", func(t *testing.T) {
		p := running(t)
		p.state.browsing.there, p.state.browsing.script = true, "<script>"
		note := find(p.step(settled("a.css")), "note: for pages to follow what you save, ")
		if !strings.HasSuffix(note, "or put this into your pages: <script>") {
			t.Errorf("the note is %q", note)
		}
		if lines := p.step(settled("a.css")); find(lines, "note") != "" {
			t.Errorf("it is said again: %v", lines)
		}
		p = running(t)
		p.state.browsing.there, p.state.ProxyURL = true, "http://localhost:8080"
		if lines := p.step(settled("a.css")); find(lines, "note: for pages to follow what you save, open them at http://localhost:8080") == "" {
			t.Errorf("behind the proxy it leads to %v", lines)
		}
		if lines := shown(t).step(settled("a.css")); find(lines, "note") != "" {
			t.Errorf("a page listens, and it leads to %v", lines)
		}
	})
	t.Run("what watch.include matches, too, brings a new process", func(t *testing.T) {
		p := shown(t)
		p.state.config.Watch.Include = []string{"**/*.js"}
		p.play(move{settled("a.js"), `
			2 change a.js
			2 plan restart: a.js is read at run time (watch.include **/*.js)
			> run #1 as v2`})
	})
}

// Pages reload when another version serves, once, and whatever else has changed with it.
func TestPagesReloadWhenANewVersionServes(t *testing.T) {
	p := shown(t)
	p.step(browser.Connected{Name: "Chrome", Clients: 2})
	p.play(
		move{opened("a.css", "a.js", "main.go"), `> build . #2 over #1`},
		move{settled("a.css", "a.js", "main.go"), `
			2 change a.css a.js main.go
			2 plan build, restart: main.go is part of package example.com/app
			2 build.start`},
		move{good(2), `
			2 build.ok
			> run #2 as v2`},
		move{exited(1), `1 app.exit 100 with 0, as asked`},
		move{started(2), `
			2 app.start 200
			> forget #1`},
		move{readied(2), `
			2 app.ready 200 via port localhost:8080
			> pages of v2
			2 cycle ok, restart: main.go is part of package example.com/app`},
		move{browser.Applied{Gen: 2, Kind: browser.Page, Clients: 2, Took: time.Millisecond}, `
			2 browser.reload page in 2: v2 serves`},
	)
	if r := p.state.Browsers.Reload; r == nil || r.MS != 70 { // since the batch opened
		t.Errorf("the last reload is %+v, want one after 70 ms", r)
	}
}

// A build that comes out the same reloads nothing, and what pages load from disk reaches them.
func TestPagesStayAtAnIdenticalBuild(t *testing.T) {
	p := shown(t)
	p.step(settled("a.css", "main.go"))
	p.play(move{same(2, 1), `
		2 build.ok same
		> pages, css: a.css
		2 cycle none, none: the build came out byte-identical to what runs`})
}

// What pages load from disk reaches them when the build fails, which they show until it is
// fixed.
func TestPagesShowAFailedBuild(t *testing.T) {
	p := shown(t)
	p.step(settled("a.css", "main.go"))
	p.play(
		move{bad(2), `
			2 build.error main.go:3:4: oops
			> pages, css: a.css
			> pages, The build failed: [{main.go 3 4 oops false}]
			2 cycle failed, restart: main.go is part of package example.com/app`},
		move{browser.Shown{Kind: browser.Build, Clients: 1}, `2 browser.error The build failed in 1: main.go:3:4: oops`},
		move{settled("main.go"), `
			3 change main.go
			> build . #3 over #1
			3 plan build, restart: main.go is part of package example.com/app
			3 build.start`},
		move{same(3, 1), `
			3 build.ok same
			> list .
			> pages, fixed
			3 cycle none, none: the build came out byte-identical to what runs`},
		move{browser.Shown{Kind: browser.Build, Clients: 1}, ``}, // too late
	)
}

// A page must not be reloaded while nothing serves, or twice for what comes anyway.
func TestPagesWaitForWhatServes(t *testing.T) {
	p := shown(t)
	p.step(settled("main.go"))
	p.play(
		move{settled("a.js"), `
			3 change a.js
			3 plan browser: ` + jsFromDisk + `pages reload in 1 browser when the next version serves
			3 cycle ok, browser: ` + jsFromDisk + `pages reload in 1 browser when the next version serves`},
		move{settled("a.css"), `
			4 change a.css
			4 plan browser: ` + cssFromDisk + `stylesheets are swapped in 1 browser, pages reload in 1 browser when the next version serves
			> pages, css: a.css
			4 cycle ok, browser: ` + cssFromDisk + `stylesheets are swapped in 1 browser, pages reload in 1 browser when the next version serves`},
		move{bad(2), `
			2 build.error main.go:3:4: oops
			> pages, page: a.js
			> pages, The build failed: [{main.go 3 4 oops false}]
			2 cycle failed, restart: main.go is part of package example.com/app`},
		move{crashed(1, 1), `1 app.exit 100 with 1: oh no`},
		move{settled("a.js"), `
			5 change a.js
			5 plan browser: ` + jsFromDisk + `pages reload in 1 browser when the app serves
			5 cycle ok, browser: ` + jsFromDisk + `pages reload in 1 browser when the app serves`},
	)
}

// After a rollback pages come back to the version that serves, and show why.
func TestPagesAfterARollback(t *testing.T) {
	p := hotRunning(t)
	p.state.browsing.serves = browser.Version{Gen: 1, Process: 1}
	withPages(p)
	p.play(toSecond()...)
	p.play(
		move{takenOver(2), `
			2 app.ready 200 via accept localhost:8080
			2 swap.done by socket, with [visits] without map[cart:no such]
			> pages of v2
			2 cycle ok, swap: ` + becauseOfHot},
	)
	p.step(exited(1))
	failed := crashed(2, 2)
	failed.Rollback = true
	p.play(
		move{failed, `
			2 app.exit 200 with 2: oh no
			> pages, The app exited with status 2: []`},
		move{runner.RolledBack{Gen: 2, To: 1, Artifact: artifact(1), Strategy: runner.Socket, Reason: "it exited"}, `2 swap.rollback to v1: it exited`},
		move{runner.Started{Gen: 1, PID: 101}, `1 app.start 101`},
		move{runner.Ready{Gen: 1, PID: 101, Via: "accept", Address: "localhost:8080", Shared: true}, `
			1 app.ready 101 via accept localhost:8080
			> pages of v1`},
	)
	if p.state.browsing.shows == nil {
		t.Error("pages show no longer why there was a rollback")
	}
}

// A version of a plugin is another version of the page, in the same process.
func TestPagesReloadAfterALoad(t *testing.T) {
	p := pluginRunning(t)
	p.state.browsing.serves = browser.Version{Gen: 1, Process: 1}
	withPages(p)
	p.play(saves(2, 2)...)
	p.play(move{runner.PluginLoaded{Gen: 2, PID: pid(1), Plugin: plugin(2)}, `
		2 plugin.loaded plug, 1
		> pages of v2 in the process of v1
		2 cycle ok, plugin: ` + ofPlugin})
}

// What the app itself writes at each request must not reload pages for ever. What it writes at
// each start reloads them no more than the start does.
func TestAppWritesWhatPagesLoad(t *testing.T) {
	p := shown(t)
	p.disk.author = func(string) author { return byTheApp }
	for range proved - 1 {
		if lines := p.step(settled("a.js")); find(lines, "> pages, page: a.js") == "" {
			t.Fatalf("a change leads to %v, want a reload", lines)
		}
	}
	lines := p.step(settled("a.js"))
	if find(lines, "note: the app itself writes a.js, with a reload of the pages each time") == "" {
		t.Errorf("it leads to %v, want a note", lines)
	}
	p.play(move{settled("a.js"), ``})
	p.disk.author = func(string) author { return notByTheApp }
	if lines := p.step(settled("a.js")); find(lines, "> pages, page: a.js") == "" {
		t.Errorf("a save of the user leads to %v, want a reload", lines)
	}
}

// What a generator writes for pages reaches them without a build, unless something has
// changed that needs one.
func TestGeneratorWritesForPages(t *testing.T) {
	for _, test := range []struct {
		name    string
		changed []string
		wrote   []string
		want    string
	}{
		{"a stylesheet", []string{"a.one"}, []string{"static/a.css"}, `
			2 generate.ok alpha -q: static/a.css
			> pages, css: static/a.css
			2 cycle ok, browser: a.one is read by the generator alpha -q; what it wrote is served from disk as it is (watch.browser); stylesheets are swapped in 1 browser`},
		{"a source, too", []string{"a.one"}, []string{"new.go", "static/a.css"}, `
			2 generate.ok alpha -q: new.go static/a.css
			2 build.start
			> build . #2 over #1`},
		{"when a source has changed", []string{"a.one", "main.go"}, []string{"static/a.css"}, `
			2 generate.ok alpha -q: static/a.css
			2 build.start
			> build . #2 over #1`},
		{"nothing", []string{"a.one"}, nil, `
			2 generate.ok alpha -q:
			2 build.start
			> build . #2 over #1`},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := generating(t)
			withPages(p)
			p.step(settled(test.changed...))
			var wrote []build.Written
			for _, name := range test.wrote {
				wrote = append(wrote, build.Written{Path: p.project.at(name), Print: "new", Born: true})
			}
			p.play(move{ran(2, 0, wrote...), test.want})
		})
	}
}
