package proxy

import (
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"strings"
	"sync"
	"time"
)

// flushAfter is how long a piece of a response whose length is known may be
// kept back in the hope of more. All others are passed on at once.
const flushAfter = time.Millisecond

// forward sends the request to the app, once, and the response to the client. If
// the connection breaks before there is a response the client gets status 502,
// and else a response that is visibly cut.
func (p *Proxy) forward(w http.ResponseWriter, r *http.Request, f full, v *visit) {
	if r.ProtoMajor == 1 {
		// An app may answer while it reads, and wants the rest of the body then.
		http.NewResponseController(w).EnableFullDuplex()
	}
	if r.Header.Get("Upgrade") != "" {
		w = hijacker{w}
	}
	w = &moving{w, v}
	var body io.Closer
	defer func() {
		// A connection whose protocol was to change, and did not, is closed by
		// nobody else (golang/go#80875).
		if body != nil {
			body.Close()
		}
	}()
	proxy := httputil.ReverseProxy{
		Rewrite: func(pr *httputil.ProxyRequest) {
			rewrite(pr, v.target)
			if pr.Out.Body != nil {
				pr.Out.Body = &upload{pr.Out.Body, &v.progress}
			}
		},
		Transport:     f,
		FlushInterval: flushAfter,
		BufferPool:    p.buffers,
		ErrorLog:      p.log,
		ModifyResponse: func(res *http.Response) error {
			body = res.Body
			if isStream(res) {
				v.stream()
			}
			addNothing(w.Header(), res.Header)
			return nil
		},
		ErrorHandler: p.unanswered,
	}
	proxy.ServeHTTP(w, r)
}

// unanswered says that a request was sent and not answered.
func (p *Proxy) unanswered(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		panic(http.ErrAbortHandler) // the client has gone, or we are closing
	}
	p.page(w, r, page{
		Failure: Failure{
			What:    "The app did not answer",
			Details: r.Method + " " + r.URL.Path + " was sent to it: " + err.Error() + ".\nIt may have been acted upon, so it was not sent again.",
		},
		Status: http.StatusBadGateway,
		Sent:   true,
	})
}

// rewrite makes the request to the app the one that the client sent, but for
// where it came from.
func rewrite(pr *httputil.ProxyRequest, t target) {
	in, out := pr.In, pr.Out
	out.URL.Scheme, out.URL.Host = t.scheme, t.address
	// ReverseProxy takes out of the query what it cannot parse, and net/url
	// escapes a path anew if it would have escaped it otherwise. Both are for
	// the app to judge. Space is what only HTTP/2 can bring: in the first line
	// of HTTP/1 it would end the address.
	out.URL.RawQuery = strings.ReplaceAll(in.URL.RawQuery, " ", "%20")
	if path := rawPath(in); path != "" {
		out.URL.Opaque = path
	}
	setForwarded(in, out)
	if out.Body != nil && (in.ContentLength == -1 || in.Trailer != nil) {
		out.Trailer = http.Header{}
		for name := range in.Trailer {
			out.Trailer[name] = nil // so that they are announced
		}
		out.Body = &trailed{ReadCloser: out.Body, in: in, trailer: out.Trailer}
	}
}

// rawPath is the path as it was sent, or empty where net/url has to write it: an
// opaque URL that begins with two slashes is taken to name a host.
func rawPath(r *http.Request) string {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.Contains(path, " ") {
		return ""
	}
	return path
}

// setForwarded tells the app who asked, whom, and how. What a client of this
// machine says of that is kept: it is a tunnel or another proxy, and knows more.
func setForwarded(in *http.Request, out *http.Request) {
	client, _, _ := net.SplitHostPort(in.RemoteAddr)
	of, host, scheme := client, in.Host, "http"
	if in.TLS != nil {
		scheme = "https"
	}
	if net.ParseIP(client).IsLoopback() {
		if before := in.Header["X-Forwarded-For"]; len(before) > 0 {
			of = strings.Join(before, ", ") + ", " + client
		}
		if before := in.Header.Get("X-Forwarded-Host"); before != "" {
			host = before
		}
		if before := in.Header.Get("X-Forwarded-Proto"); before != "" {
			scheme = before
		}
		if before := in.Header["Forwarded"]; len(before) > 0 {
			out.Header["Forwarded"] = before
		}
	}
	out.Header.Set("X-Forwarded-For", of)
	out.Header.Set("X-Forwarded-Host", host)
	out.Header.Set("X-Forwarded-Proto", scheme)
}

// addNothing keeps the server from adding headers that the app left out.
func addNothing(ours, of http.Header) {
	for _, name := range []string{"Content-Type", "Date"} {
		if _, ok := of[name]; !ok {
			ours[name] = nil
		}
	}
}

// trailed is a request's body that, at its end, hands on the trailers. They are
// not known before.
type trailed struct {
	io.ReadCloser
	in      *http.Request
	trailer http.Header
}

func (t *trailed) Read(b []byte) (int, error) {
	n, err := t.ReadCloser.Read(b)
	if err == io.EOF {
		for name, values := range t.in.Trailer {
			t.trailer[name] = values
		}
	}
	return n, err
}

// buffers lends what bodies are copied through.
type buffers struct{ pool sync.Pool }

const bufferSize = 32 << 10

func newBuffers() *buffers {
	return &buffers{sync.Pool{New: func() any { return new([bufferSize]byte) }}}
}

func (b *buffers) Get() []byte  { return b.pool.Get().(*[bufferSize]byte)[:] }
func (b *buffers) Put(s []byte) { b.pool.Put((*[bufferSize]byte)(s)) }
