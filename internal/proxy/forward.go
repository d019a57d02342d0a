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

// flushAfter is how long data of a response whose length is known may be buffered
// in the hope of more. All other data is passed on at once.
const flushAfter = time.Millisecond

// forward sends the request to the app, once, and the response to the client. If
// the connection breaks before there is a response, the client gets status 502;
// after that, a response that is visibly cut short.
func (p *Proxy) forward(w http.ResponseWriter, r *http.Request, c *conn, v *visit) {
	if r.ProtoMajor == 1 {
		// An app may answer while it is still reading the body.
		http.NewResponseController(w).EnableFullDuplex()
	}
	if r.Header.Get("Upgrade") != "" {
		w = hijacker{w}
	}
	w = &moving{w, v}
	page := p.injection(r, v.to)
	var body io.Closer
	var sent *upload // nil: there is no body
	defer func() {
		// Nothing else closes a connection whose protocol was to change and did
		// not (golang/go#80875).
		if body != nil {
			body.Close()
		}
	}()
	proxy := httputil.ReverseProxy{
		Rewrite: func(pr *httputil.ProxyRequest) {
			rewrite(pr, v.to.target)
			page.prepare(pr.Out)
			if pr.Out.Body != nil {
				sent = &upload{ReadCloser: pr.Out.Body, progress: &v.to.progress}
				pr.Out.Body = sent
			}
		},
		Transport:     c,
		FlushInterval: flushAfter,
		BufferPool:    p.buffers,
		ErrorLog:      p.log,
		ModifyResponse: func(res *http.Response) error {
			body = res.Body
			if isStream(res) {
				v.stream()
			}
			addNothing(w.Header(), res.Header)
			page.apply(res)
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			if sent != nil && sent.failed.Load() && r.Context().Err() == nil {
				http.Error(w, "hotreload: the body of the request cannot be read: "+err.Error(), http.StatusBadRequest)
				return
			}
			p.unanswered(w, r, err)
		},
	}
	proxy.ServeHTTP(w, r)
}

// unanswered says that a request was sent and got no answer.
func (p *Proxy) unanswered(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		panic(http.ErrAbortHandler) // the client has gone, or the proxy is closing
	}
	p.page(w, r, page{
		Failure: Failure{
			What:    "The app did not answer",
			Details: r.Method + " " + r.URL.Path + " was sent to it: " + err.Error() + ".\nThe app may have acted on it, so it was not sent again.",
		},
		Status: http.StatusBadGateway,
		Sent:   true,
	})
}

// rewrite makes the outgoing request equal to the client's, and adds where it came from.
func rewrite(pr *httputil.ProxyRequest, t target) {
	in, out := pr.In, pr.Out
	out.URL.Scheme, out.URL.Host = t.scheme, t.address
	// ReverseProxy removes what it cannot parse from the query, and net/url escapes
	// a path again if it would have escaped it otherwise. Both are for the app to
	// judge. Only HTTP/2 can carry a space: in the first line of HTTP/1 it would end
	// the address.
	out.URL.RawQuery = strings.ReplaceAll(in.URL.RawQuery, " ", "%20")
	if path := rawPath(in); path != "" {
		out.URL.Opaque = path
	}
	setForwarded(in, out)
	if out.Body != nil && (in.ContentLength == -1 || in.Trailer != nil) {
		out.Trailer = http.Header{}
		for name := range in.Trailer {
			out.Trailer[name] = nil // announced before the body
		}
		out.Body = &trailed{ReadCloser: out.Body, in: in, trailer: out.Trailer}
	}
}

// rawPath returns the path as it was sent, or nothing where net/url has to write it:
// it takes an opaque URL that begins with two slashes to name a host.
func rawPath(r *http.Request) string {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.Contains(path, " ") {
		return ""
	}
	return path
}

// setForwarded tells the app who sent the request, to which host, by which scheme.
// What a client on this machine says of that is kept: it is a tunnel or another
// proxy, and knows more.
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

// trailed is a request's body that passes on the trailers at its end, when they are
// known.
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

// buffers is the pool of buffers that bodies are copied through.
type buffers struct{ pool sync.Pool }

const bufferSize = 32 << 10

func newBuffers() *buffers {
	return &buffers{sync.Pool{New: func() any { return new([bufferSize]byte) }}}
}

func (b *buffers) Get() []byte  { return b.pool.Get().(*[bufferSize]byte)[:] }
func (b *buffers) Put(s []byte) { b.pool.Put((*[bufferSize]byte)(s)) }
