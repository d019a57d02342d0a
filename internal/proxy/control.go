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
	// controlPrefix begins the paths that are ours and not the app's.
	controlPrefix = "/.well-known/hotreload/"
	// statePath tells the mark of the situation.
	statePath = controlPrefix + "state"
)

// control answers the pages that the front door has made. Nothing can be
// commanded here; and what can be asked, no page of another origin is told.
func (p *Proxy) control(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	switch {
	case !trusted(r, p.config.Listen) || !sameOrigin(r):
		http.Error(w, "hotreload: only pages of this app may ask here", http.StatusForbidden)
	case r.URL.Path != statePath:
		http.NotFound(w, r)
	case r.Method != http.MethodGet:
		w.Header().Set("Allow", http.MethodGet)
		http.Error(w, "hotreload: this can only be read", http.StatusMethodNotAllowed)
	default:
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		io.WriteString(w, p.now.Load().mark)
	}
}

// sameOrigin tells whether no other site's page has sent the request.
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

// trusted tells whether the name that the client knows us by is one that nobody
// can have made point at this machine: with a domain of its own, a hostile page
// could be of our origin (DNS rebinding).
func trusted(r *http.Request, listen string) bool {
	host := hostname(r.Host)
	if net.ParseIP(host) != nil || !strings.Contains(host, ".") || strings.EqualFold(host, hostname(listen)) {
		return true
	}
	// Domains that the public DNS has promised never to have.
	reserved := []string{"localhost", "test", "local", "internal"}
	return slices.Contains(reserved, strings.ToLower(host[strings.LastIndexByte(host, '.')+1:]))
}

// hostname is an address without its port.
func hostname(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	return strings.Trim(strings.TrimSuffix(host, "."), "[]")
}
