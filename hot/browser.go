package hot

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"

	"hotreload/internal/appsock/wire"
	"hotreload/internal/pagescript"
)

// Browser returns a handler that answers as next does. Under hotreload the HTML pages among
// the answers get a script: they reload when a new version serves, stylesheets and images are
// swapped in, and what failed is shown. Without hotreload, and behind its proxy, which does
// the same, it is next. Put it outside of what compresses answers.
func Browser(next http.Handler) http.Handler { return browser(os.Getenv(wire.PagesEnv), next) }

func browser(env string, next http.Handler) http.Handler {
	var p wire.Pages
	if env == "" || json.Unmarshal([]byte(env), &p) != nil || p.Src == "" {
		return next
	}
	return &pages{wire: p, next: next}
}

// pages gives pages their script.
type pages struct {
	wire wire.Pages
	next http.Handler
}

func (p *pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	want := pagescript.Of(r)
	if want == pagescript.Never {
		p.next.ServeHTTP(w, r)
		return
	}
	asked := r.Clone(r.Context())
	pagescript.Prepare(asked.Header, want)
	out := &page{ResponseWriter: w, pages: p, request: r, want: want}
	p.next.ServeHTTP(out, asked)
	out.end()
}

// page is an answer that may be a page.
type page struct {
	http.ResponseWriter
	pages   *pages
	request *http.Request
	want    pagescript.Want

	begun    bool                 // the head has been sent
	inserter *pagescript.Inserter // nil: it is no page
	piece    []byte
}

// Unwrap is for http.ResponseController.
func (p *page) Unwrap() http.ResponseWriter { return p.ResponseWriter }

// WriteHeader sends the head, by which it is decided whether this is a page.
func (p *page) WriteHeader(status int) {
	if status < 200 && status != http.StatusSwitchingProtocols {
		p.ResponseWriter.WriteHeader(status) // another one follows
		return
	}
	if !p.begun {
		p.begun = true
		p.begin(status)
	}
	p.ResponseWriter.WriteHeader(status)
}

func (p *page) begin(status int) {
	h := p.Header()
	if e := h.Get("Content-Encoding"); e != "" && e != "identity" || !pagescript.Fits(status, h) {
		return
	}
	pagescript.Adjust(h)
	of := p.pages.wire
	nonce := pagescript.Allow(h, of.Src[:strings.LastIndexByte(of.Src, '/')+1], freshNonce())
	if p.request.Method == http.MethodHead {
		return
	}
	script := pagescript.Script{Src: of.Src, Nonce: nonce, Attributes: [][2]string{{"data-mark", of.Mark}, {"data-token", of.Token}}}
	if m := p.request.Method; m != http.MethodGet {
		script.Attributes = append(script.Attributes, [2]string{"data-method", m})
	}
	p.inserter = pagescript.NewInserter(script.Tag(), p.want == pagescript.Page)
}

func freshNonce() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails
	return hex.EncodeToString(b[:])
}

func (p *page) Write(b []byte) (int, error) {
	if !p.begun {
		if h := p.Header(); h["Content-Type"] == nil && h.Get("Content-Encoding") == "" {
			h.Set("Content-Type", http.DetectContentType(b)) // as the server would
		}
		p.WriteHeader(http.StatusOK)
	}
	if p.inserter == nil || p.inserter.Done() {
		return p.ResponseWriter.Write(b)
	}
	p.piece = p.inserter.Append(p.piece[:0], b)
	if _, err := p.ResponseWriter.Write(p.piece); err != nil {
		return 0, err
	}
	return len(b), nil
}

// ReadFrom copies what is no page by the fastest way that there is.
func (p *page) ReadFrom(r io.Reader) (int64, error) {
	if p.begun && (p.inserter == nil || p.inserter.Done()) {
		return io.Copy(p.ResponseWriter, r)
	}
	return io.Copy(struct{ io.Writer }{p}, r)
}

// Flush is for handlers that do not use http.ResponseController.
func (p *page) Flush() { _ = p.FlushError() }

// FlushError sends what has been written.
func (p *page) FlushError() error {
	if !p.begun {
		p.WriteHeader(http.StatusOK)
	}
	return http.NewResponseController(p.ResponseWriter).Flush()
}

// end sends what was held back of a page.
func (p *page) end() {
	if p.inserter != nil && !p.inserter.Done() {
		_, _ = p.ResponseWriter.Write(p.inserter.End(nil)) // a client that has gone
	}
}
