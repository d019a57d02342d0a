package proxy

import (
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"testing"

	"hotreload/internal/proxy/browser"
)

// site is an app whose pages a browser shows: its stylesheet, and how often pages were
// asked for.
type site struct {
	*testProxy
	hub    *browser.Hub
	opened chan browser.Place // in the editor
	loads  atomic.Int64

	color, head, body, policy atomic.Value
}

// openSite starts version 1.
func openSite(t *testing.T) *site { return openSiteAt(t, "127.0.0.1:0", 1) }

func openSiteAt(t *testing.T, address string, gen int) *site {
	t.Helper()
	s := &site{opened: make(chan browser.Place, 10)}
	s.hub = browser.New(browser.Options{Root: "testdata", Overlay: true, Open: func(at browser.Place) error {
		s.opened <- at
		return nil
	}})
	s.testProxy = openWith(t, Config{Listen: address}, s.hub)
	s.prepare()
	s.version(gen)
	return s
}

// prepare sets what pages consist of.
func (s *site) prepare() {
	s.color.Store("rgb(1, 1, 1)")
	s.head.Store("")
	s.body.Store("<p id=text>text</p>")
	s.policy.Store("")
}

// version switches to a version, as the session does: first the proxy, then the hub.
func (s *site) version(gen int) {
	s.t.Helper()
	app := newServer(s.t, s.handler(gen))
	if _, err := s.Switch(app.Listener.Addr().String(), gen); err != nil {
		s.t.Fatal(err)
	}
	s.hub.Serves(browser.Version{Gen: gen, Process: gen})
}

// handler is a version of the app.
func (s *site) handler(gen int) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, r *http.Request) {
		s.loads.Add(1)
		w.Header().Set("Content-Type", "text/html")
		if p := s.policy.Load().(string); p != "" {
			w.Header().Set("Content-Security-Policy", p)
		}
		fmt.Fprintf(w, `<!doctype html><html><head>%s<title>v%d</title><link rel=stylesheet href=/static/style.css></head><body>%s</body></html>`, s.head.Load(), gen, s.body.Load())
	})
	s.pages(mux, gen)
	style := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/css")
			w.Header().Set("Cache-Control", "max-age=3600") // as some apps have it
			io.WriteString(w, text)
		}
	}
	mux.HandleFunc("/static/style.css", style(`@import "parts/text.css"; body { margin: 0; background: url(back.png) } @media all { i { background: url(inside.png) } }`))
	mux.HandleFunc("/static/parts/text.css", func(w http.ResponseWriter, r *http.Request) {
		style(fmt.Sprintf("#text { color: %s }", s.color.Load()))(w, r)
	})
	return mux
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

// A page of a version that has just taken over may hear from hotreload before that knows: it
// is no older for it.
func TestPageIsAheadOfTheHub(t *testing.T) {
	s := openSite(t)
	next := newServer(t, s.handler(2))
	if _, err := s.Switch(next.Listener.Addr().String(), 2); err != nil {
		t.Fatal(err)
	}
	tab := theBrowser.Tab(t)
	tab.Open(s.url)
	waitFor(t, s.hub)
	s.hub.Serves(browser.Version{Gen: 2, Process: 2})
	s.color.Store("rgb(2, 2, 2)")
	s.hub.Changed(browser.Change{Kind: browser.CSS, Paths: []string{"parts/text.css"}})
	tab.Until(color + ` === 'rgb(2, 2, 2)'`)
	s.version(1) // a rollback
	tab.Until(`document.title === 'v1'`)
	if n := s.loads.Load(); n != 2 {
		t.Errorf("the page was loaded %d times, want once for each version", n)
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
