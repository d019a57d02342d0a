package pagescript

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// headers reads lines of "Name: value".
func headers(lines string) http.Header {
	h := http.Header{}
	for line := range strings.Lines(lines) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ": "); ok {
			h.Add(name, value)
		}
	}
	return h
}

func TestOf(t *testing.T) {
	for lines, want := range map[string]Want{
		"":                                 Perhaps,
		"Accept: text/html":                Perhaps,
		"Upgrade-Insecure-Requests: 1":     Page,
		"Sec-Fetch-Dest: document":         Page,
		"Sec-Fetch-Dest: iframe":           Page,
		"Sec-Fetch-Dest: empty":            Never,
		"Sec-Fetch-Dest: script":           Never,
		"HX-Request: true":                 Never,
		"X-Requested-With: XMLHttpRequest": Never,
		"Upgrade: websocket":               Never,
		"Sec-Fetch-Dest: document\nHotreload-Script: 1":                                Never,
		"Sec-Fetch-Dest: empty\nUpgrade-Insecure-Requests: 1":                          Never,
		"Sec-Fetch-Dest: empty\nSec-Fetch-Mode: navigate":                              Never, // <a download>
		"Sec-Fetch-Dest: empty\nSec-Fetch-Mode: navigate\nAccept: text/html,*/*;q=0.8": Page,  // by a service worker
		"Sec-Fetch-Dest: empty\nSec-Fetch-Mode: cors":                                  Never,
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header = headers(lines)
		if got := Of(r); got != want {
			t.Errorf("%q: %d, want %d", lines, got, want)
		}
	}
}

func TestFits(t *testing.T) {
	for _, c := range []struct {
		status int
		lines  string
		want   bool
	}{
		{200, "Content-Type: text/html", true},
		{200, "Content-Type: Text/HTML; charset=utf-8", true},
		{200, "Content-Type: application/xhtml+xml", true},
		{404, "Content-Type: text/html", true},
		{500, "Content-Type: text/html", true},
		{302, "Content-Type: text/html", false},
		{304, "Content-Type: text/html", false},
		{206, "Content-Type: text/html", false},
		{204, "Content-Type: text/html", false},
		{101, "", false},
		{200, "", false},
		{200, "Content-Type: text/plain", false},
		{200, "Content-Type: text/html-ish", false},
		{200, "Content-Type: text/event-stream", false},
		{200, "Content-Type: text/html; charset=UTF-16", false},
		{200, "Content-Type: text/html\nContent-Disposition: attachment; filename=a.html", false},
		{200, "Content-Type: text/html\nContent-Disposition: Attachment", false},
		{200, "Content-Type: text/html\nContent-Disposition: inline", true},
	} {
		if got := Fits(c.status, headers(c.lines)); got != c.want {
			t.Errorf("%d %q: %t, want %t", c.status, c.lines, got, c.want)
		}
	}
}

// What a browser keeps of the files of a page is asked for again, whatever the app says. What else
// it asks for is left alone if the app says how long it may be kept, and so are other clients.
func TestRecheck(t *testing.T) {
	const aged = "Last-Modified: Mon, 02 Jan 2006 15:04:05 GMT"
	for _, c := range []struct{ request, answer, want string }{
		{"Sec-Fetch-Dest: script", aged, "no-cache"},
		{"Sec-Fetch-Dest: script", "Cache-Control: max-age=3600, immutable", "no-cache"},
		{"Sec-Fetch-Dest: style", "", "no-cache"},
		{"Sec-Fetch-Dest: script", "Cache-Control: No-Store", "No-Store"},
		{"Sec-Fetch-Dest: empty", aged, "no-cache"},
		{"Sec-Fetch-Dest: empty", aged + "\nCache-Control: max-age=3600", "max-age=3600"},
		{"Sec-Fetch-Dest: empty", aged + "\nExpires: Mon, 02 Jan 2036 15:04:05 GMT", ""},
		{"Sec-Fetch-Dest: empty", "", ""},
		{"Referer: http://192.168.0.1:8080/", aged, "no-cache"}, // which is not told what it is for
		{"", aged, ""},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header = headers(c.request)
		h := headers(c.answer)
		if Recheck(r, h); h.Get("Cache-Control") != c.want {
			t.Errorf("%q, %q: %q, want %q", c.request, c.answer, h.Get("Cache-Control"), c.want)
		}
	}
}

func TestTag(t *testing.T) {
	s := Script{Src: "/a?b=1&c", Nonce: `x"y`, Attributes: [][2]string{{"data-x", "<"}}}
	const want = `<script async="" src="/a?b=1&amp;c" nonce="x&#34;y" data-x="&lt;"></script>`
	if got := string(s.Tag()); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
