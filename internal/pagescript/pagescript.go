// Package pagescript puts a script into HTML pages on their way to a browser.
//
// In go a request, the head of its response and the body as it comes; out comes the body
// with one more element, as early in the page as HTML allows. What always holds:
//   - Only what a browser shows as a page gets the script: no fragment that a script asks
//     for, no download, no part of a file, nothing that is not HTML.
//   - Nothing is held back but the few bytes of a tag that has just begun, so a page that
//     is sent in pieces arrives in pieces. Every other byte stays as it is.
//   - Whoever puts the script in says so to those behind it, and they leave it to him.
//
// It needs only the standard library, because apps use it, too, by way of package hot.
package pagescript

import (
	"html"
	"net/http"
	"strings"
	"time"
)

// asked is a header of requests: whoever sent this one on puts the script in.
const asked = "Hotreload-Script"

// Want says whether the answer to a request may be a page.
type Want int

// What an answer may be.
const (
	Never   Want = iota // a script asks, or the answer is not for showing
	Perhaps             // it is not known who asks; a whole document is a page
	Page                // a browser is to show it, whatever it is
)

// Of says whether the answer to a request may be a page that gets the script here.
func Of(r *http.Request) Want {
	h := r.Header
	switch {
	case h.Get(asked) != "", h.Get("Upgrade") != "":
		return Never
	case h.Get("HX-Request") != "", strings.EqualFold(h.Get("X-Requested-With"), "XMLHttpRequest"):
		return Never
	case h.Get("Sec-Fetch-Mode") == "navigate" && h.Get("Sec-Fetch-Dest") == "empty":
		// A service worker passes it on, or it is a link with the attribute download.
		if strings.Contains(h.Get("Accept"), "text/html") {
			return Page
		}
		return Never
	case h.Get("Sec-Fetch-Mode") == "navigate":
		return Page
	}
	switch dest := h.Get("Sec-Fetch-Dest"); dest {
	case "document", "iframe", "frame", "embed", "object", "fencedframe":
		return Page
	case "":
		// Browsers say the former only to hosts that they trust, such as localhost.
		if h.Get("Upgrade-Insecure-Requests") == "1" {
			return Page
		}
		return Perhaps
	}
	return Never
}

// IsPart reports whether a browser asks for a file that a page consists of, such as a stylesheet.
func IsPart(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Dest") {
	case "style", "script", "image", "font", "manifest", "worker", "sharedworker":
		return r.Header.Get(asked) == ""
	}
	return false
}

// fromBrowser reports whether a browser asks, for whatever it wants to do with the answer.
func fromBrowser(r *http.Request) bool {
	return r.Header.Get("Sec-Fetch-Dest") != "" || r.Header.Get("Referer") != ""
}

// Prepare changes a request, before it is sent on, so that its answer can get the script.
func Prepare(h http.Header, w Want) {
	if w == Never {
		return
	}
	h.Set(asked, "1")
	if w == Page {
		// The page may be in the browser's cache with the script of a former version, or with
		// none. A part of it would not fit the whole that the browser has.
		for _, name := range []string{"If-None-Match", "If-Modified-Since", "If-Range", "Range"} {
			h.Del(name)
		}
		h.Set("Accept-Encoding", "identity")
	}
}

// Fits reports whether a response can get the script. Its encoding is for the caller to judge.
func Fits(status int, h http.Header) bool {
	switch {
	case status < 200, status >= 300 && status < 400:
		return false
	case status == http.StatusNoContent, status == http.StatusResetContent, status == http.StatusPartialContent:
		return false
	}
	kind, parameters := contentType(h)
	if kind != "text/html" && kind != xhtml {
		return false
	}
	if strings.Contains(parameters, "utf-16") || strings.Contains(parameters, "utf-32") {
		return false
	}
	disposition, _, _ := strings.Cut(h.Get("Content-Disposition"), ";")
	return !strings.EqualFold(strings.TrimSpace(disposition), "attachment")
}

const xhtml = "application/xhtml+xml"

// Anywhere reports whether the script may stand in a page that is no whole document. In XML it
// would be beside the one element that there may be.
func Anywhere(w Want, h http.Header) bool {
	kind, _ := contentType(h)
	return w == Page && kind != xhtml
}

func contentType(h http.Header) (kind, parameters string) {
	kind, parameters, _ = strings.Cut(strings.ToLower(h.Get("Content-Type")), ";")
	return strings.TrimSpace(kind), parameters
}

// Adjust changes the head of a response whose body gets the script.
func Adjust(h http.Header) {
	// They are those of the body as it was.
	for _, name := range []string{"Content-Length", "Etag", "Last-Modified", "Accept-Ranges", "Content-Md5", "Digest", "Content-Digest", "Repr-Digest"} {
		h.Del(name)
	}
	askAgain(h) // a page from the cache would belong to a former version
}

// askAgain has a browser ask, each time it needs what it keeps, whether that is still true.
func askAgain(h http.Header) {
	if !strings.Contains(strings.ToLower(h.Get("Cache-Control")), "no-store") {
		h.Set("Cache-Control", "no-cache")
	}
}

// Recheck has a browser ask for the files of a page whenever it loads that. It would take them
// from its cache for as long as the app says, and where the app says nothing, for a tenth of
// their age: a page that has reloaded for a saved script would run the old one.
func Recheck(r *http.Request, h http.Header) {
	silent := h.Get("Cache-Control") == "" && h.Get("Expires") == "" && h.Get("Last-Modified") != ""
	if IsPart(r) || silent && fromBrowser(r) {
		askAgain(h)
	}
}

// Forget removes the time of the last change of what was asked for at a time, if it can have
// changed since without that showing: Last-Modified counts seconds. Many apps know no other mark,
// and a browser that asks whether it has changed would keep what is no longer true.
func Forget(h http.Header, asked time.Time) {
	last, err := http.ParseTime(h.Get("Last-Modified"))
	if err == nil && h.Get("Etag") == "" && !asked.Truncate(time.Second).After(last) {
		h.Del("Last-Modified")
	}
}

// Script is the element to put in.
type Script struct {
	Src        string
	Nonce      string      // empty: it needs none
	Attributes [][2]string // more of them, names and values
}

// Tag writes the element, as HTML and XHTML.
func (s Script) Tag() []byte {
	var b strings.Builder
	b.WriteString(`<script async="" src="` + html.EscapeString(s.Src) + `"`)
	if s.Nonce != "" {
		b.WriteString(` nonce="` + html.EscapeString(s.Nonce) + `"`)
	}
	for _, a := range s.Attributes {
		b.WriteString(" " + a[0] + `="` + html.EscapeString(a[1]) + `"`)
	}
	b.WriteString("></script>")
	return []byte(b.String())
}
