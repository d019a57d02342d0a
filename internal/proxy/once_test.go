package proxy

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
)

// The app answers once and closes the connection at the second request, which
// net/http's Transport would retry: nothing of the response has arrived, the
// method is idempotent or there is an Idempotency-Key, and there is no body or one
// that can be read again.
func TestNeverSentTwice(t *testing.T) {
	for _, c := range []struct{ method, body string }{
		{"GET", ""}, {"HEAD", ""}, {"OPTIONS", ""}, {"TRACE", ""}, {"DELETE", ""}, {"POST", ""}, {"POST", "body"}, {"PUT", "body"}, {"GET", "body"},
	} {
		t.Run(c.method+c.body, func(t *testing.T) {
			f := openProxy(t)
			var got atomic.Int32
			app := script(t, func(conn net.Conn, r *bufio.Reader) {
				for {
					req, err := http.ReadRequest(r)
					if err != nil {
						return
					}
					io.Copy(io.Discard, req.Body)
					if got.Add(1) > 1 {
						return
					}
					io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
				}
			})
			f.Switch(app.Addr().String(), 1)
			send := func() (*http.Response, string) {
				r := request(t, c.method, f.url, strings.NewReader(c.body))
				r.Header.Set("Idempotency-Key", "1")
				res := f.do(r)
				if c.method == "HEAD" {
					return res, "not sent again"
				}
				return res, read(t, res)
			}
			if res, _ := send(); res.StatusCode != 200 {
				t.Fatalf("the first request got %s", res.Status)
			}
			if res, body := send(); res.StatusCode != 502 || !strings.Contains(body, "not sent again") {
				t.Errorf("got %s %q, want 502 and a word why", res.Status, body)
			}
			if n := got.Load(); n != 2 {
				t.Errorf("the app was sent %d requests, want each once: 2", n)
			}
		})
	}
}

// A connection that the app has closed while it was idle is not used. No request
// was sent over it, so none is lost.
func TestClosedWhileIdle(t *testing.T) {
	for _, body := range []string{"", "body"} {
		f := openProxy(t)
		closed := make(chan struct{}, 10)
		app := script(t, func(c net.Conn, r *bufio.Reader) {
			req, err := http.ReadRequest(r)
			if err != nil {
				return
			}
			io.Copy(io.Discard, req.Body)
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
			c.Close()
			closed <- struct{}{}
		})
		f.Switch(app.Addr().String(), 1)
		for range 5 {
			res := f.do(request(t, "POST", f.url, strings.NewReader(body)))
			if text := read(t, res); res.StatusCode != 200 || text != "ok" {
				t.Fatalf("with body %q: got %s %q", body, res.Status, text)
			}
			<-closed
		}
	}
}

// What an app sends unasked is not taken for the response to the next request.
func TestUnsolicitedResponse(t *testing.T) {
	f := openProxy(t)
	app := script(t, func(c net.Conn, r *bufio.Reader) {
		req, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		const answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
		io.WriteString(c, answer+req.URL.Path+answer+"no")
		io.Copy(io.Discard, r)
	})
	f.Switch(app.Addr().String(), 1)
	for _, path := range []string{"/a", "/b", "/c"} {
		if status, body := f.get(path); status != 200 || body != path {
			t.Errorf("%s: %d %q", path, status, body)
		}
	}
}

// A response that was cut short does not look complete.
func TestCutResponse(t *testing.T) {
	f := openProxy(t)
	app := script(t, func(c net.Conn, r *bufio.Reader) {
		http.ReadRequest(r)
		io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n")
	})
	f.Switch(app.Addr().String(), 1)
	res := f.do(request(t, "GET", f.url, nil))
	defer res.Body.Close()
	if body, err := io.ReadAll(res.Body); err == nil || string(body) != "ok" {
		t.Errorf("read %q and %v, want what came and an error", body, err)
	}
}

// A connection to the app carries many requests, and one that the app has closed
// none.
func TestConnectionsAreReused(t *testing.T) {
	f := openProxy(t)
	reused := make(chan struct{}, 1)
	app := script(t, func(c net.Conn, r *bufio.Reader) {
		if _, err := http.ReadRequest(r); err != nil {
			return
		}
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
		if _, err := http.ReadRequest(r); err != nil {
			return
		}
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
		reused <- struct{}{}
	})
	f.Switch(app.Addr().String(), 1)
	for range 3 {
		// A stalled machine may leave a connection idle for too long.
		for again := true; again; {
			if status, body := f.get("/"); status != 200 || body != "ok" {
				t.Fatalf("got %d %q", status, body)
			}
			select {
			case <-reused:
				again = false
			default:
			}
		}
	}
}
