package proxy

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"hotreload/internal/chromium"
	"hotreload/internal/proxy/browser"
)

// theBrowser is what tests look at pages with.
var theBrowser chromium.Browser

func TestMain(m *testing.M) {
	code := m.Run()
	theBrowser.Close()
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, "goroutines are left:", err)
		code = 1
	}
	os.Exit(code)
}

// testProxy is a proxy that is running, and a client of it.
type testProxy struct {
	*Proxy
	t      *testing.T
	stop   func() // ends it before the test does
	url    string
	client *http.Client
}

// openProxy starts a proxy on a free port until the test ends.
func openProxy(t *testing.T) *testProxy { return openWith(t, Config{Listen: "127.0.0.1:0"}, nil) }

// openWith starts one with a hub of its pages, unless that is nil.
func openWith(t *testing.T, c Config, hub *browser.Hub) *testProxy {
	t.Helper()
	p, err := New(c, log.New(t.Output(), "proxy: ", 0))
	if err != nil {
		t.Fatal(err)
	}
	if hub != nil {
		p.Pages(hub)
	}
	if err := p.Listen(); err != nil {
		t.Fatal(err)
	}
	stop := run(t, p)
	transport := &http.Transport{DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &testProxy{
		Proxy:  p,
		t:      t,
		stop:   stop,
		url:    strings.Replace(p.URL(), "localhost", "127.0.0.1", 1),
		client: &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
}

// run runs the proxy and its hub until stop is called, or the test ends.
func run(t *testing.T, p *Proxy) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	var hub sync.WaitGroup
	hub.Go(func() { p.hub.Run(ctx) })
	stop = sync.OnceFunc(func() {
		cancel()
		hub.Wait()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// address is where the proxy listens.
func (f *testProxy) address() string { return f.listeners[0].Addr().String() }

// serve switches to an app that the handler implements.
func (f *testProxy) serve(h http.Handler) *httptest.Server {
	f.t.Helper()
	app := newServer(f.t, h)
	f.switchTo(app)
	return app
}

// newServer starts an app until the test ends.
func newServer(t *testing.T, h http.Handler) *httptest.Server {
	app := httptest.NewServer(h)
	t.Cleanup(app.Close)
	return app
}

func (f *testProxy) serveFunc(h http.HandlerFunc) *httptest.Server {
	f.t.Helper()
	return f.serve(h)
}

// switchTo switches to the app. The channel is closed when the previous version is idle.
func (f *testProxy) switchTo(app *httptest.Server) (idle <-chan struct{}) {
	f.t.Helper()
	leaving, err := f.Switch(app.Listener.Addr().String(), 1)
	if err != nil {
		f.t.Fatal(err)
	}
	return leaving.Idle
}

// get returns the status and the body of a path.
func (f *testProxy) get(path string) (int, string) {
	f.t.Helper()
	res, err := f.client.Get(f.url + path)
	if err != nil {
		f.t.Fatal(err)
	}
	return res.StatusCode, read(f.t, res)
}

func (f *testProxy) do(r *http.Request) *http.Response {
	f.t.Helper()
	res, err := f.client.Do(r)
	if err != nil {
		f.t.Fatal(err)
	}
	return res
}

// read reads a response to its end.
func read(t *testing.T, res *http.Response) string {
	t.Helper()
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("read the response: %v", err)
	}
	return string(b)
}

func request(t *testing.T, method, url string, body io.Reader) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// wire is a raw connection of a client.
type wire struct {
	*net.TCPConn
	t *testing.T
	r *bufio.Reader
}

func (f *testProxy) dial() *wire {
	f.t.Helper()
	c, err := net.Dial("tcp", f.address())
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { c.Close() })
	return &wire{c.(*net.TCPConn), f.t, bufio.NewReader(c)}
}

func (w *wire) say(format string, args ...any) {
	w.t.Helper()
	if _, err := fmt.Fprintf(w.TCPConn, format, args...); err != nil {
		w.t.Fatal(err)
	}
}

// hear reads the head of one response.
func (w *wire) hear(method string) *http.Response {
	w.t.Helper()
	res, err := http.ReadResponse(w.r, &http.Request{Method: method})
	if err != nil {
		w.t.Fatalf("read a response: %v", err)
	}
	return res
}

// script is an app that gets the raw connections.
func script(t *testing.T, serve func(c net.Conn, r *bufio.Reader)) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			serve(c, bufio.NewReader(c))
			c.Close()
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	return l
}
