package pagescript

import (
	"net/http"
	"slices"
	"strings"
)

// policies are the headers that say what a page may load.
var policyHeaders = []string{"Content-Security-Policy", "Content-Security-Policy-Report-Only"}

// Allow changes the content security policies of a response so that a script from a source,
// such as "localhost:8080/.well-known/hotreload/", runs and can connect there. A source with a
// scheme is of another origin than the page. It returns the nonce that the script needs, or "".
// What the policies say of all else stays as it is.
//
// The app's own nonce is used where there is one; fresh is one to add where nothing else helps.
func Allow(h http.Header, source, fresh string) (nonce string) {
	for _, name := range policyHeaders {
		for n, value := range h.Values(name) {
			policies := strings.Split(value, ",")
			for m, text := range policies {
				p := parsePolicy(text)
				if needs := p.allowScript(source, nonce, fresh); needs != "" {
					nonce = needs
				}
				p.allow(source, "connect-src")
				p.allow(source, "worker-src", "child-src", "script-src")
				p.allowTrustedTypes()
				policies[m] = p.String()
			}
			h[http.CanonicalHeaderKey(name)][n] = strings.Join(policies, ",")
		}
	}
	return nonce
}

// policy is one policy: directives with their values.
type policy [][]string

func parsePolicy(text string) policy {
	var p policy
	for _, directive := range strings.Split(text, ";") { // not SplitSeq: apps of Go 1.22 have a copy
		if words := strings.Fields(directive); len(words) > 0 {
			words[0] = strings.ToLower(words[0])
			p = append(p, words)
		}
	}
	return p
}

func (p policy) String() string {
	var parts []string
	for _, words := range p {
		parts = append(parts, strings.Join(words, " "))
	}
	return strings.Join(parts, "; ")
}

// find returns the first of the directives that there is, and its index; -1: none.
func (p policy) find(names ...string) int {
	for _, name := range names {
		for n, words := range p {
			if words[0] == name {
				return n
			}
		}
	}
	return -1
}

// own returns the index of a directive. If there is none, one is added that says what the
// one says which stands in for it; -1: none does.
func (p *policy) own(name string, standIns ...string) int {
	n := p.find(append([]string{name}, standIns...)...)
	if n >= 0 && (*p)[n][0] != name {
		*p = append(*p, append([]string{name}, (*p)[n][1:]...))
		n = len(*p) - 1
	}
	return n
}

// add adds a source to a directive, whose 'none' would then mean nothing.
func (p policy) add(n int, source string) {
	if slices.Contains(p[n], source) {
		return
	}
	p[n] = append(slices.DeleteFunc(p[n], func(word string) bool { return strings.EqualFold(word, "'none'") }), source)
}

// allows reports whether a directive lets a page load from a source.
func allows(words []string, source string) bool {
	own := !strings.Contains(source, "://")
	return slices.ContainsFunc(words[1:], func(w string) bool { return w == "*" || own && strings.EqualFold(w, "'self'") })
}

// allow lets the page use a source for what the directive names.
func (p *policy) allow(source, name string, standIns ...string) {
	standIns = append(standIns, "default-src")
	if n := p.find(append([]string{name}, standIns...)...); n < 0 || allows((*p)[n], source) {
		return
	}
	p.add(p.own(name, standIns...), source)
}

// allowScript lets a script from the source run. It returns the nonce that it needs: the
// policy's, or the one that was chosen for another policy, or a fresh one.
func (p *policy) allowScript(source, chosen, fresh string) (nonce string) {
	const name, standIn = "script-src-elem", "script-src"
	n := p.find(name, standIn, "default-src")
	if n < 0 {
		return ""
	}
	words := (*p)[n]
	strict := false
	for _, w := range words[1:] {
		if v, ok := cutFold(w, "'nonce-"); ok {
			nonce = strings.TrimSuffix(v, "'")
		}
		strict = strict || strings.EqualFold(w, "'strict-dynamic'")
	}
	switch {
	case nonce != "" && (chosen == "" || chosen == nonce):
		return nonce
	case strict: // then the names of hosts count for nothing
		if chosen == "" {
			chosen = fresh
		}
		p.add(p.own(name, standIn, "default-src"), "'nonce-"+chosen+"'")
		return chosen
	case !allows(words, source):
		p.add(p.own(name, standIn, "default-src"), source) // a nonce would switch 'unsafe-inline' off
	}
	return ""
}

// allowTrustedTypes lets the script name its worker where the page has to vouch for such names.
func (p policy) allowTrustedTypes() {
	if n := p.find("trusted-types"); n >= 0 && !slices.Contains(p[n], "*") {
		p.add(n, "hotreload")
	}
}

// cutFold cuts a prefix off, in any case.
func cutFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return "", false
	}
	return s[len(prefix):], true
}
