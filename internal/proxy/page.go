package proxy

import (
	"crypto/rand"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"regexp"
	"strings"
)

// Failure says why no version of the app serves.
type Failure struct {
	What    string // in one line, such as "The build failed"
	Details string // what the compiler or the app had to say; lines, maybe coloured
}

//go:embed page.html
var pageText string

// pageTemplate escapes whatever is shown in it.
var pageTemplate = template.Must(template.New("page").Parse(pageText))

// page is what is answered in the app's place.
type page struct {
	Failure
	Status int
	Mark   string // of the situation; the page is loaded anew when there is another; empty: it stays
	Again  bool   // it is loaded anew after a second
	Sent   bool   // the request has been sent to the app

	// Filled in where it is written.
	Nonce string
	State string // path that tells the mark
	Act   bool   // the request was one that a browser must not repeat unasked
}

// colours match what terminals make colours of.
var colours = regexp.MustCompile("\x1b\\[[0-9;:?]*[ -/]*[@-~]")

// page answers in HTML to whoever shows pages, and in plain words to others.
func (p *Proxy) page(w http.ResponseWriter, r *http.Request, content page) {
	content.Details = colours.ReplaceAllLiteralString(content.Details, "")
	if !trusted(r, p.config.Listen) {
		// Nor may it ask for the state.
		content.Details, content.Mark = "The terminal in which hotreload runs shows more.", ""
		content.Again = !content.Sent
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if content.Status == http.StatusServiceUnavailable {
		h.Set("Retry-After", "1")
	}
	if !strings.Contains(r.Header.Get("Accept"), "text/html") {
		h.Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(content.Status)
		fmt.Fprintf(w, "hotreload: %s\n%s\n", content.What, content.Details)
		return
	}
	content.Nonce, content.State = rand.Text(), statePath
	content.Act = r.Method != http.MethodGet && r.Method != http.MethodHead
	if content.Again && !content.Act {
		h.Set("Refresh", "1")
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", fmt.Sprintf(
		"default-src 'none'; style-src 'nonce-%[1]s'; script-src 'nonce-%[1]s'; connect-src 'self'; base-uri 'none'; form-action 'none'", content.Nonce))
	w.WriteHeader(content.Status)
	if err := pageTemplate.Execute(w, content); err != nil {
		p.log.Printf("write the page that says %q: %v", content.What, err)
	}
}
