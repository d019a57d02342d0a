package pagescript

import (
	"net/http"
	"testing"
)

func TestAllow(t *testing.T) {
	const src = "localhost:8080/.well-known/hotreload/"
	for _, c := range []struct{ name, policy, nonce, want string }{
		{"everything of our own", "default-src 'self'", "", "default-src 'self'"},
		{"all hosts", "default-src *", "", "default-src *"},
		{"nothing", "default-src 'none'", "",
			"default-src 'none'; script-src-elem " + src + "; connect-src " + src + "; worker-src " + src},
		{"one host", "script-src https://cdn.example", "",
			"script-src https://cdn.example; script-src-elem https://cdn.example " + src + "; worker-src https://cdn.example " + src},
		{"inline scripts stay allowed", "script-src 'unsafe-inline'; style-src 'self'", "",
			"script-src 'unsafe-inline'; style-src 'self'; script-src-elem 'unsafe-inline' " + src + "; worker-src 'unsafe-inline' " + src},
		{"a nonce", "script-src 'nonce-AbC='; connect-src 'self'; worker-src 'self'", "AbC=",
			"script-src 'nonce-AbC='; connect-src 'self'; worker-src 'self'"},
		{"strict, with a nonce", "Script-Src 'Nonce-x' 'strict-dynamic'; worker-src 'none'", "x",
			"script-src 'Nonce-x' 'strict-dynamic'; worker-src " + src},
		{"strict, with hashes", "script-src 'sha256-x' 'strict-dynamic'; worker-src *", "fresh",
			"script-src 'sha256-x' 'strict-dynamic'; worker-src *; script-src-elem 'sha256-x' 'strict-dynamic' 'nonce-fresh'"},
		{"connections", "connect-src https://api.example", "", "connect-src https://api.example " + src},
		{"elements of their own", "script-src 'none'; script-src-elem 'self'; worker-src 'self'", "",
			"script-src 'none'; script-src-elem 'self'; worker-src 'self'"},
		{"trusted types", "trusted-types 'none'; require-trusted-types-for 'script'", "",
			"trusted-types hotreload; require-trusted-types-for 'script'"},
		{"of our own, with a hash", "default-src 'self'; connect-src 'self' https://api.example; script-src 'self' 'sha256-x='", "", // PocketBase's
			"default-src 'self'; connect-src 'self' https://api.example; script-src 'self' 'sha256-x='"},
		{"of no concern", "frame-ancestors 'none'; upgrade-insecure-requests", "",
			"frame-ancestors 'none'; upgrade-insecure-requests"},
		{"several", "default-src 'self', script-src 'nonce-a', script-src 'nonce-b'; worker-src 'self'", "a",
			"default-src 'self',script-src 'nonce-a'; worker-src 'nonce-a' " + src + ",script-src 'nonce-b'; worker-src 'self'; script-src-elem 'nonce-b' " + src},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, name := range policyHeaders {
				h := http.Header{}
				h.Set(name, c.policy)
				nonce := Allow(h, src, "fresh")
				if got := h.Get(name); got != c.want || nonce != c.nonce {
					t.Errorf("%s: nonce %q\ngot  %s\nwant %s", name, nonce, got, c.want)
				}
			}
		})
	}
	if nonce := Allow(http.Header{}, src, "fresh"); nonce != "" {
		t.Errorf("without a policy the nonce is %q", nonce)
	}
}

// Another origin is not the page's own.
func TestAllowAnotherOrigin(t *testing.T) {
	const src = "http://127.0.0.1:61000/.well-known/hotreload/"
	for _, c := range []struct{ policy, want string }{
		{"default-src 'self'", "default-src 'self'; script-src-elem 'self' " + src + "; connect-src 'self' " + src + "; worker-src 'self' " + src},
		{"script-src 'Self'; worker-src *", "script-src 'Self'; worker-src *; script-src-elem 'Self' " + src},
		{"default-src *", "default-src *"},
	} {
		h := http.Header{"Content-Security-Policy": {c.policy}}
		Allow(h, src, "fresh")
		if got := h.Get("Content-Security-Policy"); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.policy, got, c.want)
		}
	}
}
