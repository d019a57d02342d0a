package proxy

import (
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"testing"

	"hotreload/internal/proxy/browser"
)

// site is an app whose pages a browser shows: a version of it, its stylesheets, and how
// often pages were asked for.
type site struct {
	*testProxy
	hub   *browser.Hub
	color atomic.Value // of the text, by a stylesheet
	loads atomic.Int64
	body  atomic.Value
}

// openSite starts version 1.
func openSite(t *testing.T) *site {
	t.Helper()
	hub := browser.New(browser.Options{Overlay: true})
	s := &site{testProxy: openWith(t, Config{Listen: "127.0.0.1:0"}, hub), hub: hub}
	s.color.Store("rgb(1, 1, 1)")
	s.body.Store("<p id=text>text</p>")
	s.version(1)
	return s
}

// version switches to a version, as the session does: first the proxy, then the hub.
func (s *site) version(gen int) {
	s.t.Helper()
	app := s.app(gen)
	if _, err := s.Switch(app, gen); err != nil {
		s.t.Fatal(err)
	}
	s.hub.Serves(browser.Version{Gen: gen, Process: gen})
}

// app starts a version.
func (s *site) app(gen int) (address string) {
	mux := http.NewServeMux()
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, r *http.Request) {
		s.loads.Add(1)
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<!doctype html><html><head><title>v%d</title><link rel=stylesheet href=/static/style.css></head><body>%s</body></html>`, gen, s.body.Load())
	})
	style := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/css")
			w.Header().Set("Cache-Control", "max-age=3600") // as some apps have it
			io.WriteString(w, text)
		}
	}
	mux.HandleFunc("/static/style.css", style(`@import "parts/text.css"; body { margin: 0 }`))
	mux.HandleFunc("/static/parts/text.css", func(w http.ResponseWriter, r *http.Request) {
		style(fmt.Sprintf("#text { color: %s }", s.color.Load()))(w, r)
	})
	app := newServer(s.t, mux)
	return app.Listener.Addr().String()
}

const color = `getComputedStyle(document.querySelector('#text')).color`

// A stylesheet is swapped in, also one that another imports, and the page is not loaded
// again. It is, once, when a new version serves.
func TestPageFollows(t *testing.T) {
	s := openSite(t)
	tab := theBrowser.Tab(t)
	tab.Open(s.url)
	tab.Until(color + ` === 'rgb(1, 1, 1)'`)
	waitFor(t, s.hub)
	s.color.Store("rgb(2, 2, 2)")
	s.hub.Changed(browser.Change{Kind: browser.CSS, Paths: []string{"web/static/parts/text.css"}})
	tab.Until(color + ` === 'rgb(2, 2, 2)'`)
	if n := s.loads.Load(); n != 1 {
		t.Errorf("the page was loaded %d times", n)
	}
	s.version(2)
	tab.Until(`document.title === 'v2'`)
	if n := s.loads.Load(); n != 2 {
		t.Errorf("for two versions the page was loaded %d times", n)
	}
}

// waitFor waits until a page is connected.
func waitFor(t *testing.T, hub *browser.Hub) {
	t.Helper()
	for e := range hub.Events() {
		if _, ok := e.(browser.Connected); ok {
			return
		}
	}
}

// The proxy's own page reloads by itself when the failure is over.
func TestFailurePageReloads(t *testing.T) {
	f := openProxy(t)
	f.Fail(Failure{What: "The build failed", Details: "main.go:3:4: oops"})
	tab := theBrowser.Tab(t)
	tab.Open(f.url)
	tab.Until(`document.body.textContent.includes('oops')`)
	f.Fail(Failure{What: "The build failed", Details: "main.go:3:4: another"})
	tab.Until(`document.body.textContent.includes('another')`)
	f.serveFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, "<p>fixed")
	})
	tab.Until(`document.body.textContent === 'fixed'`)
}
