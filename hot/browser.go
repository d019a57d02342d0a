package hot

import (
	"bufio"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

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
	if want == pagescript.Never && !pagescript.IsPart(r) {
		p.next.ServeHTTP(w, r)
		return
	}
	// The request stays the same one: the server removes what its form was kept in, and
	// handlers around this one read the pattern that it matched.
	r.Header = r.Header.Clone()
	pagescript.Prepare(r.Header, want)
	out := &page{ResponseWriter: w, pages: p, request: r, want: want, asked: time.Now()}
	p.next.ServeHTTP(out, r)
	out.end()
}

// sniffed is how much of an answer tells what it is: see http.DetectContentType.
const sniffed = 512

// page is an answer that may be a page, or a file that is part of one.
type page struct {
	http.ResponseWriter
	pages   *pages
	request *http.Request
	want    pagescript.Want
	asked   time.Time

	status   int                  // 0: the head is not known yet
	head     http.Header          // as it was then, while it waits for the first bytes to tell its type; else nil
	held     []byte               // those bytes
	begun    bool                 // the head has been sent
	inserter *pagescript.Inserter // nil: it is no page
	piece    []byte
}

// Unwrap is for http.ResponseController.
func (p *page) Unwrap() http.ResponseWriter { return p.ResponseWriter }

// WriteHeader sends the head, by which it is decided whether this is a page. If it does not
// say what it is the head of, it waits for the body, as the server's own would.
func (p *page) WriteHeader(status int) {
	switch {
	case status < 200 && status != http.StatusSwitchingProtocols:
		p.ResponseWriter.WriteHeader(status) // another one follows
	case p.begun:
		p.ResponseWriter.WriteHeader(status) // one too many, which the server says
	case p.status != 0:
	default:
		p.status = status
		h := p.Header()
		if _, ok := h["Content-Type"]; ok || p.want == pagescript.Never || isEncoded(h) || status < 200 || status == http.StatusNoContent || status == http.StatusNotModified {
			p.begin()
			return
		}
		p.head = h.Clone()
	}
}

func isEncoded(h http.Header) bool {
	e := h.Get("Content-Encoding")
	return e != "" && e != "identity"
}

// begin sends the head.
func (p *page) begin() {
	p.begun = true
	h := p.Header()
	if p.head != nil { // what was set since then comes too late
		now := h.Clone()
		defer replace(h, now)
		replace(h, p.head)
		if len(p.held) > 0 {
			h.Set("Content-Type", http.DetectContentType(p.held)) // as the server would
		}
	}
	pagescript.Recheck(p.request, h)
	pagescript.Forget(h, p.asked)
	if p.want != pagescript.Never && !isEncoded(h) && pagescript.Fits(p.status, h) {
		p.insert(h)
	}
	p.ResponseWriter.WriteHeader(p.status)
}

// replace gives a header the fields of another one.
func replace(h, by http.Header) {
	clear(h)
	maps.Copy(h, by)
}

// insert has the answer get the script.
func (p *page) insert(h http.Header) {
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
	p.inserter = pagescript.NewInserter(script.Tag(), pagescript.Anywhere(p.want, h))
}

func freshNonce() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails
	return hex.EncodeToString(b[:])
}

func (p *page) Write(b []byte) (int, error) {
	if p.status == 0 {
		p.WriteHeader(http.StatusOK)
	}
	if p.begun {
		return p.write(b)
	}
	if p.held = append(p.held, b...); len(p.held) < sniffed {
		return len(b), nil
	}
	return len(b), p.start()
}

// start sends the head, and what waited for it to be sent.
func (p *page) start() error {
	p.begin()
	held := p.held
	p.head, p.held = nil, nil
	if len(held) == 0 {
		return nil
	}
	_, err := p.write(held)
	return err
}

func (p *page) write(b []byte) (int, error) {
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
	if p.status == 0 {
		p.WriteHeader(http.StatusOK)
	}
	if !p.begun {
		if err := p.start(); err != nil {
			return err
		}
	}
	return http.NewResponseController(p.ResponseWriter).Flush()
}

// Hijack is for handlers that do not use http.ResponseController.
func (p *page) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return http.NewResponseController(p.ResponseWriter).Hijack()
}

// CloseNotify is for handlers that expect every http.ResponseWriter to have it, as gin's do.
func (p *page) CloseNotify() <-chan bool {
	if n, ok := p.ResponseWriter.(interface{ CloseNotify() <-chan bool }); ok {
		return n.CloseNotify()
	}
	return nil
}

// end sends what was held back.
func (p *page) end() {
	if p.status != 0 && !p.begun {
		_ = p.start() // as below
	}
	if p.inserter != nil && !p.inserter.Done() {
		_, _ = p.ResponseWriter.Write(p.inserter.End(nil)) // a client that has gone
	}
}
