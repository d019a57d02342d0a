package browser

import (
	"crypto/subtle"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// access is what a request may have.
type access int

const (
	nothing  access = iota
	versions        // whether its page is old
	all             // the user's source, and to open the editor there
)

// access decides by the three things that a hostile page cannot have: our name, our origin
// and our token.
func (h *Hub) access(r *http.Request) access {
	own := SameOrigin(r)
	if origin := r.Header.Get("Origin"); h.alone && origin != "" {
		own = isLocal(origin) // the app's pages are of another origin
	}
	token := subtle.ConstantTimeCompare([]byte(r.URL.Query().Get("token")), []byte(h.token)) == 1
	switch {
	case !Trusted(r.Host, h.options.Hosts...):
		return nothing
	case own && token:
		return all
	case own:
		return versions // a page of the session before ours, which ours has to outlive
	}
	return nothing
}

// isLocal reports whether an origin is one of this machine or its network, which no page from
// elsewhere has. A public IP address may be anyone's.
func isLocal(origin string) bool {
	u, err := url.Parse(origin)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return false
	}
	if ip := net.ParseIP(u.Hostname()); ip != nil {
		return ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsUnspecified()
	}
	return Trusted(u.Host)
}

// SameOrigin reports whether the request comes from no other site's page.
func SameOrigin(r *http.Request) bool {
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

// Trusted reports whether a client that names this host knows it by a name that no attacker can
// have pointed at this machine: with a domain of its own, a hostile page would share
// our origin (DNS rebinding). Own names are trusted, too.
func Trusted(host string, own ...string) bool {
	host = hostname(host)
	if net.ParseIP(host) != nil || !strings.Contains(host, ".") {
		return true
	}
	if slices.ContainsFunc(own, func(o string) bool { return strings.EqualFold(host, hostname(o)) }) {
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
