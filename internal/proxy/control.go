package proxy

import (
	"io"
	"net/http"

	"hotreload/internal/proxy/browser"
)

const (
	// controlPrefix begins the paths that the proxy answers itself.
	controlPrefix = browser.Prefix
	// statePath answers with the mark of the situation.
	statePath = controlPrefix + "state"
)

// control answers the pages that the proxy has made. Such a page asks every half
// second whether there is something else to see. It polls rather than listening to a
// stream, because a browser opens six connections to a host at most, and the seventh
// tab would get none. Nothing can be commanded here, and pages of other origins get no
// answer.
func (p *Proxy) control(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	switch {
	case r.URL.Path != statePath && p.pages != nil:
		p.pages.ServeHTTP(w, r)
	case !browser.Trusted(r.Host, p.config.Listen) || !browser.SameOrigin(r):
		http.Error(w, "hotreload: only pages of this app may read this", http.StatusForbidden)
	case r.URL.Path != statePath:
		http.NotFound(w, r)
	case r.Method != http.MethodGet:
		w.Header().Set("Allow", http.MethodGet)
		http.Error(w, "hotreload: only GET is allowed here", http.StatusMethodNotAllowed)
	default:
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		io.WriteString(w, p.now.Load().mark)
	}
}
