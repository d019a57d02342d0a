package proxy

import (
	"crypto/rand"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"regexp"
	"strings"

	"hotreload/internal/proxy/browser"
	"hotreload/internal/visible"
)

// Failure says why no version of the app answers.
type Failure struct {
	What    string // in one line, such as "The build failed"
	Details string // lines of the compiler or the app, possibly with colors
}

//go:embed page.html
var pageText string

// pageTemplate escapes whatever it shows.
var pageTemplate = template.Must(template.New("page").Parse(pageText))

// page is an answer in the app's place.
type page struct {
	Failure
	Status int
	Mark   string // of the situation; the page reloads when it changes; empty: it stays
	Again  bool   // it reloads after a second
	Sent   bool   // the request has been sent to the app

	// The rest is set when the page is written.
	Nonce string
	State string // the path that answers with the mark
	Act   bool   // a browser must not repeat the request unasked
}

// colors matches the escape sequences that terminals make colors of.
var colors = regexp.MustCompile("\x1b\\[[0-9;:?]*[ -/]*[@-~]")

// page answers with HTML where the client shows pages, and with plain text elsewhere.
// Under a host name that may be anyone's (DNS rebinding) it does not show the details.
func (p *Proxy) page(w http.ResponseWriter, r *http.Request, content page) {
	content.Details = colors.ReplaceAllLiteralString(content.Details, "")
	if !browser.Trusted(r.Host, p.config.Listen) {
		// Such a page may not ask for the state either.
		content.Details, content.Mark = "See the terminal in which hotreload runs.", ""
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
		fmt.Fprintf(w, "hotreload: %s\n%s\n", visible.Text(content.What, "\n\t"), visible.Text(content.Details, "\n\t"))
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
		p.log.Printf("write the page %q: %v", content.What, err)
	}
}
