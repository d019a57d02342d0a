package proxy

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"hotreload/internal/proxy/browser"
)

// What pages show of a problem.
const (
	problemShown = `document.querySelector('hotreload-problem')`
	problemText  = problemShown + `.shadowRoot.querySelector('section').textContent`
)

var brokenBuild = browser.Problem{
	Kind: browser.Build, Title: "The build failed",
	Places: []browser.Place{{File: "pages.go", Line: 3, Column: 9, Message: `undefined: greeting`}},
}

// A broken build is shown over the page, which stays usable, until it is dismissed or fixed.
func TestProblemOnThePage(t *testing.T) {
	s := openSite(t)
	s.body.Store(`<input id=text>`)
	s.head.Store(`<style>:not(:defined) { visibility: hidden }</style>`) // as pages have it that define elements
	tab := theBrowser.Tab(t)
	tab.Open(s.url)
	waitFor(t, s.hub)
	tab.Do(chromedp.Focus("#text"))
	s.hub.Fail(brokenBuild)
	tab.Until(problemText + `.includes('undefined: greeting')`)
	if got := tab.Text(`getComputedStyle(` + problemShown + `.shadowRoot.querySelector('section')).visibility`); got != "visible" {
		t.Errorf("it is %s", got)
	}
	if got := tab.Text(problemShown + `.shadowRoot.querySelector('.here').textContent`); got != "3  var _ = greeting" {
		t.Errorf("the line is %q", got)
	}
	if got := tab.Text(`document.activeElement.id`); got != "text" {
		t.Errorf("the focus went to %q", got)
	}
	tab.Do(chromedp.KeyEvent("abc"))
	tab.Until(`document.querySelector('#text').value === 'abc'`)

	// Dismissed, it comes back only for another problem.
	tab.Do(chromedp.KeyEvent("\x1b"))
	tab.Until(problemShown + ` === null`)
	moved := brokenBuild
	moved.Places = []browser.Place{brokenBuild.Places[0]}
	moved.Places[0].Line = 2 // by what was saved above it
	s.hub.Fail(moved)
	s.color.Store("rgb(2, 2, 2)")
	s.hub.Changed(browser.Change{Kind: browser.CSS, Paths: []string{"parts/text.css"}})
	tab.Until(color + ` === 'rgb(2, 2, 2)'`) // the page has heard of it
	other := brokenBuild
	other.Title = "Another build failed"
	if tab.Text(problemShown) != "null" {
		t.Error("a dismissed problem came back")
	}
	s.hub.Fail(other)
	tab.Until(problemText + `.includes('Another')`)

	// A click asks for the editor, once, by a POST.
	tab.Text(problemShown + `.shadowRoot.querySelector('.place').click()`)
	if at := <-s.opened; at != brokenBuild.Places[0] {
		t.Errorf("opened %+v", at)
	}
	s.hub.Fixed()
	tab.Until(problemShown + ` === null`)

	s.hub.Fail(browser.Problem{Kind: browser.Crash, Title: "The app panicked", Places: []browser.Place{{File: "pages.go", Line: 2, Message: "boom"}}})
	tab.Until(problemText + `.includes('boom')`)
	s.version(2)
	s.hub.Fixed()
	tab.Until(`document.title === 'v2' && ` + problemShown + ` === null`)
}

// What the overlay looks like, for people: HOTRELOAD_SCREENSHOTS names a directory.
func TestScreenshots(t *testing.T) {
	dir := os.Getenv("HOTRELOAD_SCREENSHOTS")
	if dir == "" {
		t.Skip("HOTRELOAD_SCREENSHOTS is not set")
	}
	s := openSite(t)
	long := brokenBuild
	long.Places = append(long.Places, browser.Place{File: "handlers/a/rather/long/path/to/some/file.go", Line: 120, Column: 2, Message: "cannot use x (variable of type string) as int value in argument to f"},
		browser.Place{File: "pages.go", Line: 1, Message: "declared and not used: y", Warning: true})
	crash := browser.Problem{Kind: browser.Crash, Title: "The app panicked", Places: []browser.Place{{File: "pages.go", Line: 2, Message: "runtime error: index out of range [3] with length 3"}}}
	tab := theBrowser.Tab(t)
	tab.Open(s.url)
	waitFor(t, s.hub)
	for name, p := range map[string]browser.Problem{"build": long, "crash": crash} {
		s.hub.Fixed()
		s.hub.Fail(p)
		tab.Until(problemText + `.includes('` + p.Title + `')`)
		for _, scheme := range []string{"light", "dark"} {
			for width, size := range map[string]int64{"1280": 1280, "320": 320} {
				tab.Do(chromedp.EmulateViewport(size, 640), chromedp.Func(func(ctx context.Context, to *chromedp.Target) error {
					_, err := cdp.Call(ctx, to, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
						Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
					return err
				}))
				picture, err := tab.Picture()
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, name+"-"+scheme+"-"+width+".png"), picture, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}
