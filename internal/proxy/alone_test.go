package proxy

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"

	"hotreload/hot"
	appwire "hotreload/internal/appsock/wire"
	"hotreload/internal/proxy/browser"
)

// An app that no proxy stands before gives its pages the script itself, which listens to
// hotreload at a port of its own.
func TestPagesWithoutAProxy(t *testing.T) {
	hub := browser.New(browser.Options{Root: "testdata", Overlay: true})
	server, err := browser.NewServer(hub, t.Name())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()
	ran := make(chan struct{})
	go func() { defer close(ran); hub.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		<-ran
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})

	s := &site{testProxy: &testProxy{t: t}, hub: hub}
	s.prepare()
	var app atomic.Value
	start := func(gen int) {
		t.Setenv(appwire.PagesEnv, server.Env(gen))
		app.Store(hot.Browser(s.handler(gen)))
	}
	start(1)
	front := newServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { app.Load().(http.Handler).ServeHTTP(w, r) }))

	tab := theBrowser.Tab(t)
	tab.Open(front.URL)
	hub.Fail(brokenBuild)
	tab.Until(problemText + `.includes('undefined')`) // the page has heard of a state
	hub.Fixed()
	hub.Serves(browser.Version{Gen: 1, Process: 1}) // it has been ahead of that
	s.color.Store("rgb(2, 2, 2)")
	hub.Changed(browser.Change{Kind: browser.CSS, Paths: []string{"static/parts/text.css"}})
	tab.Until(color + ` === 'rgb(2, 2, 2)'`)
	start(2)
	hub.Serves(browser.Version{Gen: 2, Process: 2})
	tab.Until(`document.title === 'v2'`)
	if n := s.loads.Load(); n != 2 {
		t.Errorf("the page was loaded %d times", n)
	}
	// The same app behind a proxy leaves the script to that.
	f := withPages(t)
	f.switchTo(front)
	if _, body := f.get("/"); len(scriptTag.FindAllString(body, -1)) != 1 {
		t.Errorf("behind a proxy the page is %s", body)
	}
}
