package proxy

import (
	"compress/gzip"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"hotreload/internal/proxy/browser"
)

// withPages starts a proxy that gives pages their script.
func withPages(t *testing.T) *testProxy {
	t.Helper()
	return openWith(t, Config{Listen: "127.0.0.1:0"}, browser.New(browser.Options{}))
}

var scriptTag = regexp.MustCompile(`<script async="" src="/\.well-known/hotreload/client\.js\?v=\w+"[^>]*></script>`)

const (
	wholePage  = "<!doctype html><html><head><title>x</title></head><body>page</body></html>"
	withScript = "<!doctype html><html><head>¦<title>x</title></head><body>page</body></html>"
)

// What the app answers, and what the client gets: ¦ stands for the script.
func TestScriptInPages(t *testing.T) {
	f := withPages(t)
	var app http.HandlerFunc
	f.serveFunc(func(w http.ResponseWriter, r *http.Request) { app(w, r) })
	answer := func(headers, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			status := 200
			for line := range strings.Lines(headers) {
				name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
				if name == "Status" {
					status, _ = strconv.Atoi(value)
					continue
				}
				w.Header().Add(name, value)
			}
			w.WriteHeader(status)
			io.WriteString(w, body)
		}
	}
	const (
		html    = "Content-Type: text/html; charset=utf-8\n"
		xhtml   = "Content-Type: application/xhtml+xml\n"
		xmlPage = "<?xml version=\"1.0\"?><html><head></head><body/></html>"
	)
	for _, c := range []struct {
		name, request, headers, body, want string
	}{
		{"a page", "", html, wholePage, withScript},
		{"to a browser", "Sec-Fetch-Dest: document", html, "<p>fragment", "¦<p>fragment"},
		{"XHTML", "Sec-Fetch-Dest: document", xhtml, xmlPage, "<?xml version=\"1.0\"?><html><head>¦</head><body/></html>"},
		{"another XML", "Sec-Fetch-Dest: document", xhtml, "<p>alone</p>", "<p>alone</p>"},
		{"in a frame", "Sec-Fetch-Dest: iframe", html, wholePage, withScript},
		{"of known length", "", html + "Content-Length: " + strconv.Itoa(len(wholePage)), wholePage, withScript},
		{"an error page", "", html + "Status: 500", wholePage, withScript},
		{"a page not found", "", html + "Status: 404", wholePage, withScript},
		{"a redirect", "", html + "Status: 302\nLocation: /x", "<html><a href=/x>Found</a>", "<html><a href=/x>Found</a>"},
		{"a fragment", "", html, "<tr><td>x", "<tr><td>x"},
		{"for htmx", "HX-Request: true", html, wholePage, wholePage},
		{"for a script", "Sec-Fetch-Dest: empty", html, wholePage, wholePage},
		{"a download", "", html + "Content-Disposition: attachment; filename=a.html", wholePage, wholePage},
		{"a part", "Range: bytes=0-9", html + "Status: 206\nContent-Range: bytes 0-9/99", wholePage[:10], wholePage[:10]},
		{"text", "", "Content-Type: text/plain", wholePage, wholePage},
		{"an unknown encoding", "", html + "Content-Encoding: compress", wholePage, wholePage},
		{"behind another proxy of ours", "Hotreload-Script: 1", html, wholePage, wholePage},
		{"for a rebound name", "Host: evil.example", html, wholePage, wholePage},
	} {
		t.Run(c.name, func(t *testing.T) {
			app = answer(c.headers, c.body)
			r := request(t, "GET", f.url+"/", nil)
			for line := range strings.Lines(c.request) {
				name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
				if r.Header.Set(name, value); name == "Host" {
					r.Host = value
				}
			}
			res := f.do(r)
			body := read(t, res)
			if got := scriptTag.ReplaceAllString(body, "¦"); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if n := res.ContentLength; n >= 0 && n != int64(len(body)) {
				t.Errorf("Content-Length is %d, %d bytes came", n, len(body))
			}
		})
	}
}

// encoder is a content encoding.
type encoder interface {
	io.WriteCloser
	Flush() error
}

// encoders are those that browsers know.
var encoders = map[string]func(io.Writer) encoder{
	"gzip": func(w io.Writer) encoder { return gzip.NewWriter(w) },
	"br":   func(w io.Writer) encoder { return brotli.NewWriter(w) },
	"zstd": func(w io.Writer) encoder {
		e, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
		if err != nil {
			panic(err)
		}
		return e
	},
}

// Pages come in pieces, encoded or not, and each piece arrives before the next is sent.
func TestPageInPieces(t *testing.T) {
	pieces := []string{"<!doctype html>", "<html><head>", "<title>", "x</title>", "page without an end"}
	for _, name := range []string{"", "gzip", "br", "zstd"} {
		t.Run(name, func(t *testing.T) {
			f := withPages(t)
			next := make(chan struct{})
			f.serveFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				out := io.Writer(w)
				flush := func() error { return nil }
				if encode := encoders[name]; encode != nil {
					w.Header().Set("Content-Encoding", name)
					e := encode(w)
					out, flush = e, e.Flush
				}
				for _, p := range pieces {
					io.WriteString(out, p)
					flush()
					http.NewResponseController(w).Flush()
					select {
					case <-next:
					case <-r.Context().Done():
					}
				}
				<-r.Context().Done()
			})
			r := request(t, "GET", f.url+"/", nil)
			r.Header.Set("Accept-Encoding", "gzip, br, zstd")
			res := f.do(r)
			defer res.Body.Close()
			if e := res.Header.Get("Content-Encoding"); e != "" {
				t.Errorf("Content-Encoding is %s", e)
			}
			got := ""
			for n, piece := range pieces {
				if n > 0 {
					next <- struct{}{}
				}
				for want := strings.Join(pieces[:n+1], ""); scriptTag.ReplaceAllString(got, "") != want; {
					buffer := make([]byte, 1000)
					k, err := res.Body.Read(buffer)
					if got += string(buffer[:k]); err != nil {
						t.Fatalf("waiting for %q: %q, %v", piece, got, err)
					}
				}
			}
			if !scriptTag.MatchString(got) {
				t.Errorf("there is no script in %q", got)
			}
		})
	}
}

// Trailers come behind a page, however it was encoded.
func TestTrailersOfAPage(t *testing.T) {
	f := withPages(t)
	f.serveFunc(func(w http.ResponseWriter, r *http.Request) {
		name := r.URL.Query().Get("as")
		h := w.Header()
		h.Set("Content-Type", "text/html")
		h.Set("Content-Encoding", name)
		h.Set("Trailer", "Sum")
		e := encoders[name](w)
		io.WriteString(e, wholePage)
		e.Close()
		http.NewResponseController(w).Flush()
		h.Set("Sum", "1")
	})
	for name := range encoders {
		r := request(t, "GET", f.url+"/?as="+name, nil)
		r.Header.Set("Accept-Encoding", name)
		res := f.do(r)
		if body := scriptTag.ReplaceAllString(read(t, res), "¦"); body != withScript || res.Trailer.Get("Sum") != "1" {
			t.Errorf("%s: the page is %s, the trailers %v", name, body, res.Trailer)
		}
	}
}

// A browser gets no page from its cache, which would be one of a former version. Other
// clients may ask as they like.
func TestPagesAreNotCached(t *testing.T) {
	f := withPages(t)
	f.serveFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Etag", `"1"`)
		w.Header().Set("Last-Modified", "Mon, 02 Jan 2006 15:04:05 GMT")
		w.Header().Set("Cache-Control", "public, max-age=3600")
		w.Header().Set("Accept-Ranges", "bytes")
		w.Header().Set("Content-Type", "text/html")
		if r.Header.Get("If-None-Match") == `"1"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(wholePage)))
		io.WriteString(w, wholePage)
	})
	ask := func(method string, h ...string) *http.Response {
		r := request(t, method, f.url+"/", nil)
		for n := 0; n < len(h); n += 2 {
			r.Header.Set(h[n], h[n+1])
		}
		res := f.do(r)
		read(t, res)
		return res
	}
	for _, method := range []string{"GET", "HEAD"} {
		res := ask(method, "Sec-Fetch-Dest", "document", "If-None-Match", `"1"`, "Range", "bytes=0-1")
		h := res.Header
		if res.StatusCode != 200 || h.Get("Etag") != "" || h.Get("Last-Modified") != "" || h.Get("Accept-Ranges") != "" || h.Get("Cache-Control") != "no-cache" {
			t.Errorf("%s: %s %v", method, res.Status, h)
		}
		if method == "HEAD" && res.ContentLength >= 0 {
			t.Errorf("HEAD says %d bytes", res.ContentLength)
		}
	}
	if res := ask("GET", "If-None-Match", `"1"`); res.StatusCode != 304 || res.Header.Get("Etag") != `"1"` {
		t.Errorf("another client: %s %v", res.Status, res.Header)
	}
}

// What may change once more within the second in which it changed last comes without that second.
func TestFreshFileIsAskedForAgain(t *testing.T) {
	f := withPages(t)
	f.serveFunc(func(w http.ResponseWriter, r *http.Request) {
		age, err := time.ParseDuration(r.FormValue("age"))
		if err != nil {
			t.Error(err)
		}
		if r.FormValue("etag") != "" {
			w.Header().Set("Etag", `"x"`)
		}
		w.Header().Set("Last-Modified", time.Now().Add(-age).UTC().Format(http.TimeFormat))
	})
	for query, want := range map[string]bool{"age=0s": false, "age=0s&etag=1": true, "age=1h": true} {
		r := request(t, "GET", f.url+"/?"+query, nil)
		r.Header.Set("Sec-Fetch-Dest", "script")
		res := f.do(r)
		read(t, res)
		if got := res.Header.Get("Last-Modified") != ""; got != want || res.Header.Get("Cache-Control") != "no-cache" {
			t.Errorf("%s: it has a Last-Modified: %t, want %t, and Cache-Control: %q", query, got, want, res.Header.Get("Cache-Control"))
		}
	}
}

// The page knows the version that has made it, and that it must not be loaded again if
// that would send a form.
func TestPageKnowsItsVersion(t *testing.T) {
	f := withPages(t)
	f.serveFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Security-Policy", "script-src 'nonce-abc'")
		io.WriteString(w, wholePage)
	})
	_, body := f.get("/")
	tag := scriptTag.FindString(body)
	for _, want := range []string{`data-mark="` + f.hub.Mark(1) + `"`, `data-token="` + f.hub.Token() + `"`, `nonce="abc"`} {
		if !strings.Contains(tag, want) {
			t.Errorf("%s is not in %s", want, tag)
		}
	}
	if strings.Contains(tag, "data-method") {
		t.Errorf("a page is taken for the answer to a form: %s", tag)
	}
	body = read(t, f.do(request(t, "POST", f.url+"/", strings.NewReader("a=1"))))
	if tag := scriptTag.FindString(body); !strings.Contains(tag, `data-method="POST"`) {
		t.Errorf("the answer to a form is loaded again: %s", tag)
	}
}

// With proxies in a row the first one's script is the only one.
func TestOneScript(t *testing.T) {
	inner, outer := withPages(t), withPages(t)
	inner.serveFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, wholePage)
	})
	if _, err := outer.Switch(inner.address(), 1); err != nil {
		t.Fatal(err)
	}
	_, body := outer.get("/")
	if tags := scriptTag.FindAllString(body, -1); len(tags) != 1 || !strings.Contains(tags[0], outer.hub.Token()) {
		t.Errorf("the scripts are %q", tags)
	}
}

// The script is there, and so is what it listens to; other paths are nothing.
func TestHubBehindTheProxy(t *testing.T) {
	f := withPages(t)
	f.serveFunc(func(w http.ResponseWriter, r *http.Request) { t.Errorf("the app was asked for %s", r.URL) })
	for path, want := range map[string]int{"client.js": 200, "now": 200, "state": 200, "none": 404} {
		if status, body := f.get(browser.Prefix + path); status != want {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
}

// Over TLS browsers speak HTTP/2, where a length that is wrong breaks the response.
func TestScriptOverHTTP2(t *testing.T) {
	cert, key, trust := certificate(t)
	f := openWith(t, Config{Listen: "127.0.0.1:0", Certificate: cert, Key: key}, browser.New(browser.Options{}))
	f.serveFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Length", strconv.Itoa(len(wholePage)))
		io.WriteString(w, wholePage)
	})
	f.client = f.clientOf(trust, func(p *http.Protocols) { p.SetHTTP2(true) })
	res := f.do(request(t, "GET", f.url, nil))
	if got := scriptTag.ReplaceAllString(read(t, res), "¦"); res.Proto != "HTTP/2.0" || got != withScript {
		t.Errorf("%s: %q", res.Proto, got)
	}
}
