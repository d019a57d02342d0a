package proxy

import (
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

const (
	// controlPrefix begins the paths that the proxy answers itself.
	controlPrefix = "/.well-known/hotreload/"
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
	case !trusted(r, p.config.Listen) || !sameOrigin(r):
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

// sameOrigin reports whether the request comes from no other site's page.
func sameOrigin(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		return false
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host == r.Host
}

// trusted reports whether the client knows the proxy by a name that no attacker can
// have pointed at this machine: with a domain of its own, a hostile page would share
// our origin (DNS rebinding).
func trusted(r *http.Request, listen string) bool {
	host := hostname(r.Host)
	if net.ParseIP(host) != nil || !strings.Contains(host, ".") || strings.EqualFold(host, hostname(listen)) {
		return true
	}
	// Domains that are reserved and never appear in the public DNS.
	reserved := []string{"localhost", "test", "local", "internal"}
	return slices.Contains(reserved, strings.ToLower(host[strings.LastIndexByte(host, '.')+1:]))
}

// hostname returns an address without its port.
func hostname(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	return strings.Trim(strings.TrimSuffix(host, "."), "[]")
}
