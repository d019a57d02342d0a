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

// An app that answers once and cuts the connection at the second request, which
// net/http's own Transport would send again.
func TestNeverSentTwice(t *testing.T) {
	for _, method := range []string{"GET", "HEAD", "OPTIONS", "TRACE", "DELETE", "POST", "PUT"} {
		t.Run(method, func(t *testing.T) {
			f := openFront(t)
			var got atomic.Int32
			app := script(t, func(c net.Conn, r *bufio.Reader) {
				for {
					if _, err := http.ReadRequest(r); err != nil || got.Add(1) > 1 {
						return
					}
					io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
				}
			})
			f.Switch(app.Addr().String())
			if status, _ := f.get("/first"); status != 200 {
				t.Fatalf("the first request got %d", status)
			}
			r := request(t, method, f.url+"/second", nil)
			r.Header.Set("Idempotency-Key", "1") // would make Transport repeat a POST
			res := f.do(r)
			body := read(t, res)
			if res.StatusCode != 502 || method != "HEAD" && !strings.Contains(body, "not sent again") {
				t.Errorf("got %s %q, want 502 and a word why", res.Status, body)
			}
			if n := got.Load(); n != 2 {
				t.Errorf("the app was sent %d requests, want each once: 2", n)
			}
		})
	}
}

// A response that breaks off must not look complete.
func TestCutResponse(t *testing.T) {
	f := openFront(t)
	app := script(t, func(c net.Conn, r *bufio.Reader) {
		http.ReadRequest(r)
		io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n")
	})
	f.Switch(app.Addr().String())
	res := f.do(request(t, "GET", f.url, nil))
	defer res.Body.Close()
	if body, err := io.ReadAll(res.Body); err == nil || string(body) != "ok" {
		t.Errorf("read %q and %v, want what came and an error", body, err)
	}
}

// A connection to the app serves many requests, and one that the app has closed
// none.
func TestConnectionsAreReused(t *testing.T) {
	f := openFront(t)
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
	f.Switch(app.Addr().String())
	for range 3 {
		// A machine that stands still lets a connection rest for too long.
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
