package session

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"hotreload/internal/proxy/browser"
)

// A session talks to pages through the hub, and hears what they do.
func TestRunWithPages(t *testing.T) {
	bubble(t, func(t *testing.T, s *stage) {
		hub := browser.New(browser.Options{Overlay: true})
		s.options.Pages, s.options.Config.Proxy.Overlay = hub, true
		ctx, cancel := context.WithCancel(t.Context())
		var work sync.WaitGroup
		defer work.Wait()
		defer cancel()
		work.Go(func() { hub.Run(ctx) })
		ask := func(method, path string) {
			r := httptest.NewRequest(method, browser.Prefix+path+"token="+hub.Token(), nil).WithContext(ctx)
			r.Host = "localhost"
			hub.Handler().ServeHTTP(httptest.NewRecorder(), r)
		}
		w := s.firstVersion()
		work.Go(func() { ask(http.MethodGet, "events?") })
		if d := s.await("browser.connected").Data.(BrowserConnected); d.Clients != 1 {
			t.Errorf("%d browsers are connected, want 1", d.Clients)
		}
		w.save("/app/a.css")
		if d := s.await("cycle").Data.(Cycle); d.Result != OK || d.Rung != Browser {
			t.Errorf("the cycle is %+v, want a good one of rung browser", d)
		}
		ask(http.MethodPost, "done?seq=100&")
		if d := s.await("browser.reload").Data.(BrowserReload); d.Kind != Stylesheets || d.Paths[0] != "a.css" {
			t.Errorf("pages did %+v, want a.css swapped in", d)
		}
		w.save("/app/main.go")
		b := <-s.builder.asked
		b.answer <- bad(b.request.ID)
		if d := s.await("browser.error").Data.(BrowserError); d.Kind != "build" || d.Clients != 1 {
			t.Errorf("pages show %+v, want the failed build", d)
		}
		s.quit()
	})
}
