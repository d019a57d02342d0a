package session

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"hotreload/internal/proxy/browser"
)

// This file has what open pages are told: which of their files have changed, which version
// serves, and what is wrong.
//
// A file of watch.browser that the app is not built from is stale in the pages until they
// are told. That happens once, at the end of the cycle that answers the change: what a build
// or a start brings meanwhile reloads the pages, and then there is nothing left to tell.

// browsing is what is known about the pages that browsers have open.
type browsing struct {
	there  bool             // there is something that pages connect to
	script string           // the element by which a page does; empty: the proxy adds it
	helped bool             // the user knows how pages come to listen
	stale  []string         // files that they have not been told of, absolute and sorted
	since  time.Time        // when the first of them changed
	serves browser.Version  // what they were told of last
	asked  []asked          // what they were asked to do and have not done yet
	shows  *browser.Problem // what they show; nil: nothing
	failed headline         // of the last build that failed
	crash  *browser.Problem // of the newest process that crashed; nil: a newer one serves
}

// headline is what failed, in one line, and what was printed.
type headline struct{ what, text string }

// asked is something that pages were asked to do.
type asked struct {
	gen    int // of the cycle
	serves int // the version that served
	change browser.Change
	since  time.Time // when the first change was made that led to it; zero: none did
	reason string
}

// mostAsked bounds them: pages that never answer are not worth more.
const mostAsked = 64

// Browsers is what is known about the browsers that have pages of the app open.
type Browsers struct {
	Connected int            `json:"connected"`
	Reload    *BrowserReload `json:"reload"` // the last; null: there was none
}

// pageKind is what pages do when a file has changed.
func pageKind(path string) browser.Kind {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".css":
		return browser.CSS
	case ".svg", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".ico", ".bmp":
		return browser.Image
	}
	return browser.Page
}

// onPages says what pages do when a file has changed.
func onPages(path string) string {
	switch pageKind(path) {
	case browser.CSS:
		return "open pages swap the stylesheet in"
	case browser.Image:
		return "open pages swap the image in"
	}
	return "open pages reload"
}

// makeStale notes what of some changes pages have to be told.
func (t *step) makeStale(changes []change, first time.Time) {
	var files []string
	for _, c := range changes {
		if c.ruling.app.Rung == Browser {
			files = append(files, c.path)
		}
	}
	if len(files) == 0 {
		return
	}
	b := &t.browsing
	if len(b.stale) == 0 || first.Before(b.since) {
		b.since = first
	}
	b.stale = slices.Concat(b.stale, files)
	slices.Sort(b.stale)
	b.stale = slices.Compact(b.stale)
}

// browse is a cycle in which nothing happens but that pages are told.
func (t *step) browse(gen int, p Plan, first time.Time) {
	t.helpToListen()
	p.Reason += "; " + t.whatPagesDo()
	t.plan(gen, p)
	took := milliseconds(t.now.Sub(first))
	t.cycle(gen, Cycle{Result: OK, Rung: Browser, Reason: p.Reason, WatchMS: took, TotalMS: took})
}

// helpToListen says, once, how pages come to listen, if none ever has.
func (t *step) helpToListen() {
	if t.browsing.helped || !t.browsing.there {
		return
	}
	t.browsing.helped = true
	switch {
	case t.ProxyURL != "":
		t.emit(t.Gen, Note{"for pages to follow what you save, open them at " + t.ProxyURL})
	case t.browsing.script != "":
		t.emit(t.Gen, Note{"for pages to follow what you save, set listen under [proxy] and open the app there, wrap your handler with hot.Browser, or put this into your pages: " + t.browsing.script})
	}
}

// whatPagesDo says what pages do about the files that they have not been told of.
func (s State) whatPagesDo() string {
	n := s.Browsers.Connected
	browsers := "1 browser"
	if n > 1 {
		browsers = fmt.Sprintf("%d browsers", n)
	}
	if n == 0 {
		return "no browser was listening"
	}
	css, pictures, page := s.divided()
	var will []string
	switch {
	case len(css) > 0 && len(pictures) > 0:
		will = append(will, "stylesheets and images are swapped in "+browsers)
	case len(css) > 0:
		will = append(will, "stylesheets are swapped in "+browsers)
	case len(pictures) > 0:
		will = append(will, "images are swapped in "+browsers)
	}
	switch {
	case len(page) == 0:
	case s.newVersionComes():
		will = append(will, "pages reload in "+browsers+" when the next version serves")
	case s.pagesWait():
		will = append(will, "pages reload in "+browsers+" when the app serves")
	default:
		will = append(will, "pages reload in "+browsers)
	}
	return strings.Join(will, ", ")
}

// divided are the stale files by what pages do about them. Where they reload for one, that
// is enough for all.
func (s State) divided() (css, images, page []string) {
	for _, path := range s.browsing.stale {
		switch pageKind(path) {
		case browser.CSS:
			css = append(css, path)
		case browser.Image:
			images = append(images, path)
		default:
			page = append(page, path)
		}
	}
	if len(page) > 0 && !s.pagesWait() {
		return nil, nil, s.browsing.stale
	}
	return css, images, page
}

// pagesWait reports whether pages must not reload now: nothing serves, or a version is on its
// way for which they reload anyway.
func (s State) pagesWait() bool { return !s.Serving.Ready || s.newVersionComes() }

func (s State) newVersionComes() bool {
	return s.builds.published() || s.service.applying != nil || s.plugins.loading != nil
}

// tellStale tells pages which of their files have changed.
func (t *step) tellStale(gen int) {
	css, images, page := t.divided()
	since := t.browsing.since
	t.browsing.stale = nil
	t.tellChanged(gen, browser.CSS, css, since)
	t.tellChanged(gen, browser.Image, images, since)
	if t.pagesWait() {
		t.browsing.stale = page
		return
	}
	t.tellChanged(gen, browser.Page, page, since)
}

func (t *step) tellChanged(gen int, kind browser.Kind, files []string, since time.Time) {
	if len(files) == 0 || !t.browsing.there {
		return
	}
	c := browser.Change{Kind: kind}
	var names []string
	for _, path := range files {
		c.Paths = append(c.Paths, t.relative(path))
		names = append(names, t.named(path))
	}
	t.do(tellChanged{c})
	t.ask(asked{gen, t.browsing.serves.Gen, c, since, strings.Join(names, ", ") + " changed"})
}

// tellVersion has pages reload that are of another version than the one that serves.
func (t *step) tellVersion(gen int, since time.Time) {
	now := browser.Version{Gen: t.Serving.Gen, Process: t.Serving.process}
	if t.plugins.loading != nil || !t.Serving.Ready || now == t.browsing.serves {
		return
	}
	t.browsing.serves, t.browsing.stale = now, nil
	if t.browsing.there {
		t.do(tellServes{now})
	}
	t.ask(asked{gen, now.Gen, browser.Change{Kind: browser.Page}, since, fmt.Sprintf("v%d serves", now.Gen)})
}

// ask notes what pages are asked to do.
func (t *step) ask(a asked) {
	if t.Browsers.Connected == 0 {
		return
	}
	all := append(slices.Clone(t.browsing.asked), a)
	t.browsing.asked = all[max(0, len(all)-mostAsked):]
}

// browserEvent takes what browsers do.
func (t *step) browserEvent(e browser.Event) {
	switch e := e.(type) {
	case browser.Connected:
		t.Browsers.Connected, t.browsing.helped = e.Clients, true
		t.emit(t.Gen, BrowserConnected{Name: e.Name, Clients: e.Clients})
	case browser.Gone:
		t.Browsers.Connected = e.Clients
		t.emit(t.Gen, BrowserGone{Name: e.Name, Clients: e.Clients})
	case browser.Applied:
		t.pagesDid(e)
	case browser.Shown:
		t.pagesShow(e)
	default:
		panic(fmt.Sprintf("session: unknown event %T", e))
	}
}

// pagesDid reports that pages have done what they were asked to.
func (t *step) pagesDid(e browser.Applied) {
	r := BrowserReload{Kind: PageChange(e.Kind), Clients: e.Clients, MS: milliseconds(e.Took), Paths: list(e.Paths)}
	gen := t.Gen
	is := func(a asked) bool {
		return a.serves == e.Gen && a.change.Kind == e.Kind && slices.Equal(a.change.Paths, e.Paths)
	}
	if i := slices.IndexFunc(t.browsing.asked, is); i >= 0 {
		a := t.browsing.asked[i]
		t.browsing.asked = slices.Clone(t.browsing.asked[i+1:])
		gen, r.Reason = a.gen, a.reason
		if !a.since.IsZero() {
			r.MS = milliseconds(t.now.Sub(a.since))
		}
	}
	t.Browsers.Reload = &r
	t.emit(gen, r)
}

// fromPages is what browsers do; nil: none can connect.
func (l *loop) fromPages() <-chan browser.Event {
	if l.options.Pages == nil {
		return nil
	}
	return l.options.Pages.Events()
}
