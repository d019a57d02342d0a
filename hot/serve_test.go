//go:build unix

package hot

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"hotreload/internal/appsock"
)

// served is a server under test.
type served struct {
	t       *testing.T
	app     *app
	address string
	end     context.CancelFunc
	result  chan error
	begun   chan string   // the path of each request that waits
	release chan struct{} // lets one of them go on
	over    chan struct{} // closed at the end of the test, and of streams
}

func serve(t *testing.T, a *app) *served {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	l := listener(t, a)
	s := &served{
		t: t, app: a, address: l.Addr().String(), end: cancel,
		result: make(chan error, 1), begun: make(chan string), release: make(chan struct{}), over: make(chan struct{}),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "here") })
	mux.HandleFunc("/wait", func(w http.ResponseWriter, r *http.Request) {
		s.begun <- r.URL.Path
		<-s.release
		_, _ = io.WriteString(w, "late")
	})
	mux.HandleFunc("/hijack", func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		defer conn.Close()
		s.begun <- r.URL.Path
		<-s.release
		_, _ = io.WriteString(conn, "hijacked")
	})
	mux.HandleFunc("/events", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		w.(http.Flusher).Flush()
		s.begun <- r.URL.Path
		<-s.over
	})
	mux.HandleFunc("/socket", func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		defer conn.Close()
		s.begun <- r.URL.Path
		<-s.over
	})
	server := &http.Server{Handler: mux, Protocols: new(http.Protocols)}
	server.Protocols.SetHTTP1(true)
	server.Protocols.SetUnencryptedHTTP2(true)
	go func() { s.result <- a.serve(ctx, server, l) }()
	t.Cleanup(func() {
		cancel()
		close(s.release)
		close(s.over)
		<-s.result
	})
	return s
}

// ended returns what Serve returned.
func (s *served) ended() error {
	err := <-s.result
	s.result <- nil
	return err
}

// client is one connection.
type client struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

func (s *served) connect() *client {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { conn.Close() })
	return &client{s.t, conn, bufio.NewReader(conn)}
}

func (c *client) send(path string) {
	c.t.Helper()
	if _, err := io.WriteString(c.conn, "GET "+path+" HTTP/1.1\r\nHost: app\r\n\r\n"); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) receive() (body string, closes bool) {
	c.t.Helper()
	response, err := http.ReadResponse(c.in, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return string(text), response.Close
}

// When the context ends, a request under way is answered, an idle connection may
// send one more, and a new one is refused.
func TestServeEndsInGoodOrder(t *testing.T) {
	s := serve(t, alone())
	idle, busy := s.connect(), s.connect()
	idle.send("/")
	if body, closes := idle.receive(); body != "here" || closes {
		t.Errorf("the answer is %q, close %t", body, closes)
	}
	busy.send("/wait")
	<-s.begun
	s.end()
	<-s.app.draining.begun
	for { // until the listener is closed
		conn, err := net.Dial("tcp", s.address)
		if err != nil {
			break
		}
		conn.Close()
	}
	idle.send("/")
	if body, closes := idle.receive(); body != "here" || !closes {
		t.Errorf("the last answer is %q, close %t; want here and the end", body, closes)
	}
	s.release <- struct{}{}
	if body, _ := busy.receive(); body != "late" {
		t.Errorf("the answer under way is %q, want late", body)
	}
	if err := s.ended(); err != nil {
		t.Errorf("Serve returned %v", err)
	}
}

// A connection on which nothing ever came holds nothing up.
func TestSilentConnection(t *testing.T) {
	s := serve(t, alone())
	silent, after := s.connect(), s.connect()
	after.send("/") // the silent one has been accepted by then
	after.receive()
	s.end()
	if err := s.ended(); err != nil {
		t.Errorf("Serve returned %v", err)
	}
	if _, err := silent.in.ReadByte(); !errors.Is(err, io.EOF) {
		t.Errorf("the silent connection: %v, want its end", err)
	}
}

// A hijacked connection ends by its handler.
func TestHijackedConnection(t *testing.T) {
	s := serve(t, alone())
	c := s.connect()
	c.send("/hijack")
	<-s.begun
	s.end()
	<-s.app.draining.begun
	s.release <- struct{}{}
	if text, err := io.ReadAll(c.in); string(text) != "hijacked" || err != nil {
		t.Errorf("the connection said %q, %v", text, err)
	}
	if err := s.ended(); err != nil {
		t.Errorf("Serve returned %v", err)
	}
}

// What does not end in time is cut, and Serve says so.
func TestDeadline(t *testing.T) {
	a, desk := testDesk(t)
	s := serve(t, a)
	desk.Go(context.Background(), <-desk.Asked(), nil)
	c := s.connect()
	c.send("/wait")
	<-s.begun
	if !desk.Drain(appsock.Limits{Within: 50 * time.Millisecond}) {
		t.Error("it does not say that it serves its requests")
	}
	err := s.ended()
	if err == nil || err.Error() != "hot: 1 of the requests under way had not ended after 50ms and were cut" {
		t.Errorf("Serve returned %v", err)
	}
	if _, err := http.ReadResponse(c.in, nil); err == nil {
		t.Error("it was answered all the same")
	}
}

// Over HTTP/2 the client is told to go away after what is under way.
func TestHTTP2(t *testing.T) {
	s := serve(t, alone())
	transport := &http.Transport{Protocols: new(http.Protocols)}
	transport.Protocols.SetUnencryptedHTTP2(true)
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	answer := make(chan string)
	go func() {
		response, err := client.Get("http://" + s.address + "/wait")
		if err != nil {
			answer <- err.Error()
			return
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			body = []byte(err.Error())
		}
		answer <- response.Proto + " " + string(body)
	}()
	<-s.begun
	s.end()
	<-s.app.draining.begun
	s.release <- struct{}{}
	if got := <-answer; got != "HTTP/2.0 late" {
		t.Errorf("the answer is %q", got)
	}
	if err := s.ended(); err != nil {
		t.Errorf("Serve returned %v", err)
	}
}

// A Shutdown that the app calls itself ends Serve as it does http.Server's.
func TestShutdownByTheApp(t *testing.T) {
	a := alone()
	l := listener(t, a)
	server := &http.Server{}
	result := make(chan error, 1)
	go func() { result <- a.serve(context.Background(), server, l) }()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, "GET / HTTP/1.0\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(conn); err != nil || !strings.Contains(string(text), "404") {
		t.Fatalf("%q, %v", text, err) // it serves
	}
	conn.Close()
	if err := server.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := <-result; !errors.Is(err, http.ErrServerClosed) {
		t.Errorf("Serve returned %v, want http.ErrServerClosed", err)
	}
}

// A listener of crypto/tls around ours is drained like ours.
func TestTLS(t *testing.T) {
	with := httptest.NewTLSServer(http.NotFoundHandler()) // for its certificate
	defer with.Close()
	a, desk := testDesk(t)
	l := tls.NewListener(listener(t, a), with.TLS)
	result := make(chan error, 1)
	go func() { result <- a.serve(context.Background(), &http.Server{}, l) }()
	go func() { desk.Go(context.Background(), <-desk.Asked(), nil) }()
	client := with.Client()
	defer client.CloseIdleConnections()
	response, err := client.Get("https://" + l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, response.Body)
	response.Body.Close()
	if !desk.Drain(appsock.Limits{Within: time.Minute}) {
		t.Error("it does not say that it serves its requests")
	}
	if err := <-result; err != nil {
		t.Errorf("Serve returned %v", err)
	}
}
