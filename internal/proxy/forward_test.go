package proxy

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"slices"
	"strings"
	"testing"

	"net/http/httptrace"
)

// The request line arrives as it was sent, with and without a body.
func TestPathAndQueryUnchanged(t *testing.T) {
	for _, body := range []string{"", "x"} {
		t.Run("body"+body, func(t *testing.T) { pathAndQueryUntouched(t, body) })
	}
}

func pathAndQueryUntouched(t *testing.T, body string) {
	f := openProxy(t)
	lines := make(chan string, 1)
	app := script(t, func(c net.Conn, r *bufio.Reader) {
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				return
			}
			for head := line; head != "\r\n"; {
				if head, err = r.ReadString('\n'); err != nil {
					return
				}
			}
			if _, err := r.Discard(len(body)); err != nil {
				return
			}
			lines <- strings.TrimSuffix(line, "\r\n")
			io.WriteString(c, "HTTP/1.1 204 No Content\r\n\r\n")
		}
	})
	f.Switch(app.Addr().String(), 1)
	w := f.dial()
	for _, uri := range []string{
		"/", "/a%2Fb", "/a%2fb", "/%41", "/a|b", `/"quoted"`, "/[x]", "/ü", "/a//b", "//a/b", "/a/../b", "/a/./b/", "/a;b=c", "/100%25",
		"/?", "/?a;b", "/?a=1;b=2&c", "/?%", "/?a=%zz&b", "/?a+b=c%20d", "/?q=ü", "/p?redirect=http://x/?y", "/a:b", "/*",
	} {
		line := "GET " + uri + " HTTP/1.1"
		w.say("%s\r\nHost: app\r\nContent-Length: %d\r\n\r\n%s", line, len(body), body)
		if res := w.hear("GET"); res.StatusCode != 204 {
			t.Errorf("%s: %s", uri, res.Status)
			continue
		}
		if got := <-lines; got != line {
			t.Errorf("sent %q, the app got %q", line, got)
		}
	}
	w.say("OPTIONS * HTTP/1.1\r\nHost: app\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	w.hear("OPTIONS")
	if got := <-lines; got != "OPTIONS * HTTP/1.1" {
		t.Errorf("OPTIONS * arrived as %q", got)
	}
}

// Hop-by-hop headers are not forwarded; all others are.
func TestHeaders(t *testing.T) {
	f := openProxy(t)
	heads := make(chan *http.Request, 1)
	f.serveFunc(func(w http.ResponseWriter, r *http.Request) {
		heads <- r
		h := w.Header()
		h.Set("Connection", "X-Hop")
		h.Set("X-Hop", "1")
		h.Set("Keep-Alive", "timeout=5")
		h["Content-Type"], h["Date"] = nil, nil
		h["Set-Cookie"] = []string{"a=1", "b=2"}
		io.WriteString(w, "<html>")
	})
	w := f.dial()
	w.say("GET / HTTP/1.1\r\nHost: app.test:81\r\nConnection: X-Mine\r\nX-Mine: 1\r\nKeep-Alive: 1\r\nTE: trailers\r\nAccept-Encoding: br\r\nX-Kept: 1\r\nX-Kept: 2\r\n\r\n")
	res := w.hear("GET")
	r := <-heads
	if r.Host != "app.test:81" {
		t.Errorf("Host is %q, want the client's", r.Host)
	}
	for name, want := range map[string][]string{
		"X-Mine": nil, "Keep-Alive": nil, "User-Agent": nil,
		"Accept-Encoding": {"br"}, "Te": {"trailers"}, "X-Kept": {"1", "2"},
		"X-Forwarded-For": {"127.0.0.1"}, "X-Forwarded-Host": {"app.test:81"}, "X-Forwarded-Proto": {"http"},
	} {
		if got := r.Header[name]; !slices.Equal(got, want) {
			t.Errorf("the app got %s %q, want %q", name, got, want)
		}
	}
	for name, want := range map[string][]string{
		"X-Hop": nil, "Keep-Alive": nil, "Content-Type": nil, "Date": nil,
		"Set-Cookie": {"a=1", "b=2"}, "Content-Length": {"6"},
	} {
		if got := res.Header[name]; !slices.Equal(got, want) {
			t.Errorf("the client got %s %q, want %q", name, got, want)
		}
	}
}

// A tunnel on this machine knows who its client is, so its headers are kept.
func TestForwardedByATunnel(t *testing.T) {
	f := openProxy(t)
	heads := make(chan http.Header, 1)
	f.serveFunc(func(w http.ResponseWriter, r *http.Request) { heads <- r.Header })
	r := request(t, "GET", f.url, nil)
	r.Header.Set("X-Forwarded-For", "192.0.2.1")
	r.Header.Set("X-Forwarded-Host", "demo.example")
	r.Header.Set("X-Forwarded-Proto", "https")
	r.Header.Set("Forwarded", "for=192.0.2.1")
	read(t, f.do(r))
	h := <-heads
	for name, want := range map[string]string{
		"X-Forwarded-For": "192.0.2.1, 127.0.0.1", "X-Forwarded-Host": "demo.example",
		"X-Forwarded-Proto": "https", "Forwarded": "for=192.0.2.1",
	} {
		if got := h.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

// Responses without a body keep their headers.
func TestResponsesWithoutBody(t *testing.T) {
	f := openProxy(t)
	f.serveFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Etag", `"1"`)
		switch r.URL.Path {
		case "/204":
			w.WriteHeader(204)
		case "/304":
			w.WriteHeader(304)
		default:
			w.Header().Set("Content-Length", "12345")
		}
	})
	for _, c := range []struct {
		method, path string
		status       int
		length       int64
	}{{"HEAD", "/", 200, 12345}, {"GET", "/204", 204, 0}, {"GET", "/304", 304, 0}, {"HEAD", "/304", 304, -1}} {
		res := f.do(request(t, c.method, f.url+c.path, nil))
		body := read(t, res)
		if res.StatusCode != c.status || res.ContentLength != c.length || body != "" || res.Header.Get("Etag") != `"1"` {
			t.Errorf("%s %s: %s, length %d, body %q, header %v", c.method, c.path, res.Status, res.ContentLength, body, res.Header)
		}
	}
}

// Trailers are forwarded both ways, announced or not.
// A client's body that cannot be read is the client's fault.
func TestMalformedBody(t *testing.T) {
	f := openProxy(t)
	f.serveFunc(func(_ http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body); <-r.Context().Done() })
	for _, wrong := range []string{"zz\r\n", "2\r\nhixx\r\n", "ffffffffffffffffff\r\n"} {
		w := f.dial()
		w.say("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n%s", wrong)
		res := w.hear("POST")
		if body := read(t, res); res.StatusCode != 400 || !strings.Contains(body, "the body of the request cannot be read") {
			t.Errorf("%q is answered with %s: %s", wrong, res.Status, body)
		}
	}
}

func TestTrailers(t *testing.T) {
	f := openProxy(t)
	trailers := make(chan http.Header, 1)
	f.serveFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "X-Announced")
		io.Copy(w, r.Body)
		trailers <- r.Trailer
		w.Header().Set("X-Announced", "1")
		w.Header().Set(http.TrailerPrefix+"X-Surprise", "2")
	})
	w := f.dial()
	w.say("POST / HTTP/1.1\r\nHost: a\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n")
	w.say("0\r\nX-Sum: 3\r\nX-Unsaid: 4\r\n\r\n")
	res := w.hear("POST")
	if body := read(t, res); body != "hi" {
		t.Errorf("body %q", body)
	}
	got := <-trailers
	if got.Get("X-Sum") != "3" || got.Get("X-Unsaid") != "4" {
		t.Errorf("the app got the trailers %v, want both", got)
	}
	if res.Trailer.Get("X-Announced") != "1" || res.Trailer.Get("X-Surprise") != "2" {
		t.Errorf("the client got the trailers %v, want both", res.Trailer)
	}
	w.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	res = w.hear("GET")
	read(t, res)
	if <-trailers; res.Trailer.Get("X-Announced") != "1" || res.Trailer.Get("X-Surprise") != "2" {
		t.Errorf("to a GET the client got the trailers %v, want both", res.Trailer)
	}
}

// Announced trailers arrive as announced, even behind an empty body.
func TestAnnouncedTrailers(t *testing.T) {
	f := openProxy(t)
	f.serveFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "X-Sum")
		w.WriteHeader(200)
		w.Header().Set("X-Sum", "1")
	})
	for _, method := range []string{"GET", "POST"} {
		res := f.do(request(t, method, f.url, strings.NewReader(strings.Repeat("x", len(method)-3))))
		if _, ok := res.Trailer["X-Sum"]; !ok {
			t.Errorf("%s: the response announces no trailer", method)
		}
		read(t, res)
		if res.Trailer.Get("X-Sum") != "1" {
			t.Errorf("%s: got the trailers %v", method, res.Trailer)
		}
	}
}

// A response may begin before the request has ended.
func TestFullDuplex(t *testing.T) {
	f := openProxy(t)
	f.serveFunc(func(w http.ResponseWriter, r *http.Request) {
		c := http.NewResponseController(w)
		c.EnableFullDuplex()
		w.WriteHeader(200)
		c.Flush()
		piece := make([]byte, 1)
		for {
			if _, err := io.ReadFull(r.Body, piece); err != nil {
				return
			}
			w.Write(piece)
			c.Flush()
		}
	})
	body, write := io.Pipe()
	res := f.do(request(t, "POST", f.url, body))
	defer res.Body.Close()
	got := make([]byte, 1)
	for _, piece := range "abc" {
		fmt.Fprintf(write, "%c", piece)
		if _, err := io.ReadFull(res.Body, got); err != nil || got[0] != byte(piece) {
			t.Fatalf("sent %c, got %q and %v", piece, got, err)
		}
	}
	write.Close()
	if rest, err := io.ReadAll(res.Body); len(rest) > 0 || err != nil {
		t.Errorf("then %q and %v, want the end", rest, err)
	}
}

// The client is asked for the body only when the app asks for it.
func TestExpectContinue(t *testing.T) {
	f := openProxy(t)
	f.serveFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/refused" {
			w.WriteHeader(http.StatusExpectationFailed)
			return
		}
		io.Copy(w, r.Body)
	})
	const head = "POST %s HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"
	w := f.dial()
	w.say(head, "/wanted")
	if res := w.hear("POST"); res.StatusCode != 100 {
		t.Fatalf("got %s, want 100", res.Status)
	}
	w.say("body")
	if res := w.hear("POST"); res.StatusCode != 200 || read(t, res) != "body" {
		t.Errorf("got %s, want the body back", res.Status)
	}
	w = f.dial()
	w.say(head, "/refused")
	if res := w.hear("POST"); res.StatusCode != 417 {
		t.Errorf("got %s, want 417 and no 100 before it", res.Status)
	}
}

// Informational responses arrive, each with its own headers.
func TestEarlyHints(t *testing.T) {
	f := openProxy(t)
	f.serveFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "</a.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Del("Link")
		w.WriteHeader(http.StatusProcessing)
		io.WriteString(w, "done")
	})
	var seen []string
	trace := &httptrace.ClientTrace{Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
		seen = append(seen, fmt.Sprint(code, h.Get("Link")))
		return nil
	}}
	r := request(t, "GET", f.url, nil)
	res := f.do(r.WithContext(httptrace.WithClientTrace(r.Context(), trace)))
	if body := read(t, res); body != "done" || res.Header.Get("Link") != "" {
		t.Errorf("body %q, header %v", body, res.Header)
	}
	if want := []string{"103</a.css>; rel=preload", "102"}; !slices.Equal(seen, want) {
		t.Errorf("saw %q, want %q", seen, want)
	}
}

func TestConnectRefused(t *testing.T) {
	f := openProxy(t)
	f.serve(saying("app"))
	w := f.dial()
	w.say("CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n")
	if res := w.hear("CONNECT"); res.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("got %s, want 405", res.Status)
	}
}

// A request line with an absolute URL is understood.
func TestAbsoluteForm(t *testing.T) {
	f := openProxy(t)
	f.serveFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Host, " ", r.RequestURI) })
	w := f.dial()
	w.say("GET http://app.test/a?b HTTP/1.1\r\nHost: app.test\r\n\r\n")
	if body := read(t, w.hear("GET")); body != "app.test /a?b" {
		t.Errorf("the app saw %q", body)
	}
}
