package browser

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A page of another origin, and one whose name was pointed at this machine, get nothing;
// a page of a former session gets to know that it is old, and nothing else.
func TestWhoIsToldWhat(t *testing.T) {
	h := New(Options{Overlay: true, Hosts: []string{"dev.example.org"}})
	h.Serves(Version{1, 1})
	h.Changed(Change{CSS, []string{"secret/path.css"}})
	h.show(Problem{Kind: Build, Title: "broken", Places: []Place{{File: "secret.go", Message: "secret"}}}.read(""))
	token := "?token=" + h.Token()
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	host := func(name string) func(*http.Request) { return func(r *http.Request) { r.Host = name } }
	keep := func(*http.Request) {}
	for _, c := range []struct {
		name   string
		query  string
		change func(*http.Request)
		want   access
	}{
		{"our page", token, keep, all},
		{"by its origin", token, header("Origin", "http://localhost:8080"), all},
		{"as the browser says", token, header("Sec-Fetch-Site", "same-origin"), all},
		{"by an address", token, host("192.168.1.7:8080"), all},
		{"by a name of the hosts file", token, host("shop.test:8080"), all},
		{"by the name in the config", token, host("Dev.Example.org:8080"), all},
		{"of a former session", "?token=" + New(Options{}).Token(), keep, versions},
		{"without a token", "", keep, versions},
		{"of another origin, with the token", token, header("Origin", "https://evil.example"), nothing},
		{"of another port", token, header("Origin", "http://localhost:9999"), nothing},
		{"of an opaque origin", token, header("Origin", "null"), nothing},
		{"across sites", token, header("Sec-Fetch-Site", "cross-site"), nothing},
		{"of the same site", token, header("Sec-Fetch-Site", "same-site"), nothing},
		{"of a rebound name", token, host("evil.example:8080"), nothing},
		{"of a name like ours", token, host("localhost.evil.example:8080"), nothing},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, path := range []string{nowPath, openPath, donePath} {
				method := "POST"
				if path == nowPath {
					method = "GET"
				}
				r := httptest.NewRequest(method, path+c.query, nil)
				r.Host = "localhost:8080"
				c.change(r)
				w := httptest.NewRecorder()
				h.Handler().ServeHTTP(w, r)
				body := w.Body.String()
				if knows := strings.Contains(body, "secret"); knows != (c.want == all && path == nowPath) {
					t.Errorf("%s: %s", path, body)
				}
				if refused := w.Code == http.StatusForbidden; refused != (c.want == nothing || c.want == versions && path == openPath) {
					t.Errorf("%s: %d %s", path, w.Code, body)
				}
				if w.Header().Get("Access-Control-Allow-Origin") != "" {
					t.Errorf("%s: other origins may read it", path)
				}
				if tells := strings.Contains(body, h.state.ID); path == nowPath && tells != (c.want != nothing) {
					t.Errorf("%s does not tell what serves: %s", path, body)
				}
			}
		})
	}
}

// At a port of its own a hub knows the app's pages by the token, wherever they are on this
// machine, and tells the origin that asked alone.
func TestWhoIsToldWhatWithoutAProxy(t *testing.T) {
	h := New(Options{})
	h.alone = true
	for _, c := range []struct {
		origin, site, token, host string
		want                      access
	}{
		{"http://localhost:8080", "same-site", h.token, "127.0.0.1:20000", all},
		{"https://192.168.1.7", "cross-site", h.token, "127.0.0.1:20000", all},
		{"http://localhost:8080", "same-site", "", "127.0.0.1:20000", versions},
		{"http://[::1]:8080", "cross-site", h.token, "127.0.0.1:20000", all},
		{"https://evil.example", "cross-site", h.token, "127.0.0.1:20000", nothing},
		{"http://203.0.113.7", "cross-site", "", "127.0.0.1:20000", nothing},
		{"http://[2001:db8::7]:80", "cross-site", "", "127.0.0.1:20000", nothing},
		{"null", "cross-site", h.token, "127.0.0.1:20000", nothing},
		{"", "cross-site", h.token, "127.0.0.1:20000", nothing},
		{"http://evil.example:20000", "same-origin", h.token, "evil.example:20000", nothing},
	} {
		r := httptest.NewRequest("GET", nowPath+"?token="+c.token, nil)
		r.Host = c.host
		r.Header.Set("Sec-Fetch-Site", c.site)
		if c.origin != "" {
			r.Header.Set("Origin", c.origin)
		}
		if got := h.access(r); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
		w := httptest.NewRecorder()
		h.Handler().ServeHTTP(w, r)
		want := c.origin
		if c.want == nothing {
			want = ""
		}
		if got := w.Header().Get("Access-Control-Allow-Origin"); got != want {
			t.Errorf("%+v: Access-Control-Allow-Origin is %q", c, got)
		}
	}
}
