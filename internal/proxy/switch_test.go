package proxy

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// saying returns a handler that answers with a name.
func saying(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, name) }
}

// asked is the result of a request.
type asked struct {
	status int
	body   string
	err    error
}

// ask sends a GET and returns at once.
func (f *testProxy) ask(ctx context.Context, path string) <-chan asked {
	answer := make(chan asked, 1)
	go func() {
		r, err := http.NewRequestWithContext(ctx, "GET", f.url+path, nil)
		if err != nil {
			answer <- asked{err: err}
			return
		}
		res, err := f.client.Do(r)
		if err != nil {
			answer <- asked{err: err}
			return
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		answer <- asked{res.StatusCode, string(body), err}
	}()
	return answer
}

// New requests go to the new version; the old one answers those that it has.
func TestSwitchOverlaps(t *testing.T) {
	f := openProxy(t)
	entered, leave := make(chan struct{}), make(chan struct{})
	f.serveFunc(func(w http.ResponseWriter, r *http.Request) {
		close(entered)
		<-leave
		io.WriteString(w, "old")
	})
	slow := f.ask(t.Context(), "/")
	<-entered
	next := httptest.NewServer(saying("new"))
	t.Cleanup(next.Close)
	idle := f.switchTo(next)
	if _, body := f.get("/"); body != "new" {
		t.Errorf("after the switch %q answers, want the new version", body)
	}
	select {
	case <-idle:
		t.Error("the old version is called idle while it works")
	default:
	}
	close(leave)
	if a := <-slow; a.err != nil || a.body != "old" {
		t.Errorf("the request under way got %q and %v, want the old version's answer", a.body, a.err)
	}
	<-idle
}

// Versions that are still busy do not wait for each other.
func TestSwitchTwiceWhileFirstIsBusy(t *testing.T) {
	f := openProxy(t)
	entered, leave := make(chan struct{}), make(chan struct{})
	f.serveFunc(func(w http.ResponseWriter, r *http.Request) {
		close(entered)
		<-leave
	})
	slow := f.ask(t.Context(), "/")
	<-entered
	apps := [2]*httptest.Server{httptest.NewServer(saying("second")), httptest.NewServer(saying("third"))}
	first := f.switchTo(apps[0])
	<-f.switchTo(apps[1])
	apps[0].Close()
	defer apps[1].Close()
	if _, body := f.get("/"); body != "third" {
		t.Errorf("%q answers, want the third version", body)
	}
	close(leave)
	<-slow
	<-first
}

// Streams, which may never end, are not waited for with the other requests.
func TestStreamsAreNotRequests(t *testing.T) {
	f := openProxy(t)
	app := http.NewServeMux()
	app.HandleFunc("/socket", echo("old"))
	app.HandleFunc("/events", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	f.serve(app)
	events, err := f.client.Get(f.url + "/events")
	if err != nil {
		t.Fatal(err)
	}
	defer events.Body.Close()
	posted, err := f.client.Post(f.url+"/events", "text/plain", strings.NewReader("with a body"))
	if err != nil {
		t.Fatal(err)
	}
	defer posted.Body.Close()
	socket := f.webSocket()
	leaving := f.Hold()
	<-leaving.Answered
	select {
	case <-leaving.Idle:
		t.Error("the old version is called idle while it has streams")
	default:
	}
	if got := f.say(socket, "hello"); got != "old: hello" {
		t.Errorf("the WebSocket answers %q", got)
	}
	socket.CloseNow()
	events.Body.Close()
	posted.Body.Close()
	<-leaving.Idle
}

// While no version serves a request waits; it has not been sent before.
func TestHold(t *testing.T) {
	f := openProxy(t)
	seen := make(chan string, 10)
	f.serveFunc(func(w http.ResponseWriter, r *http.Request) { seen <- "old" + r.URL.Path })
	f.get("/before")
	<-f.Hold().Idle
	held := f.ask(t.Context(), "/held")
	posted := make(chan string, 1)
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen <- "new" + r.URL.Path
		if r.Method == "POST" {
			body, _ := io.ReadAll(r.Body)
			posted <- string(body)
		}
	}))
	defer app.Close()
	w := f.dial()
	w.say("POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo")
	f.switchTo(app)
	w.say("dy")
	if res := w.hear("POST"); res.StatusCode != 200 {
		t.Errorf("the held POST got %s", res.Status)
	}
	if a := <-held; a.status != 200 {
		t.Errorf("the held GET got %d, %v", a.status, a.err)
	}
	if got := <-posted; got != "body" {
		t.Errorf("the app read %q of the held POST, want all of it", got)
	}
	counts := map[string]int{}
	for range 3 {
		counts[<-seen]++
	}
	if len(seen) > 0 || counts["old/before"] != 1 || counts["new/held"] != 1 || counts["new/form"] != 1 {
		t.Errorf("the apps saw %v and %d more, want each request once", counts, len(seen))
	}
}

// Requests wait for the first version, too.
func TestRequestsBeforeTheFirstVersionWait(t *testing.T) {
	f := openProxy(t)
	early := f.ask(t.Context(), "/")
	f.serve(saying("first"))
	if a := <-early; a.body != "first" {
		t.Errorf("got %q and %v, want the first version's answer", a.body, a.err)
	}
}

// A held request of a client that has gone is dropped.
func TestClientGoesAwayWhileHeld(t *testing.T) {
	f := openProxy(t)
	ctx, cancel := context.WithCancel(t.Context())
	gone := f.ask(ctx, "/gone")
	cancel()
	<-gone
	seen := make(chan string, 2)
	f.serveFunc(func(w http.ResponseWriter, r *http.Request) { seen <- r.URL.Path })
	f.get("/after")
	if path := <-seen; path != "/after" {
		t.Errorf("the app was sent %s, whose client has gone", path)
	}
}

// A request that a crashed version cannot accept goes to its successor.
func TestVersionThatNoLongerListens(t *testing.T) {
	f := openProxy(t)
	app := f.serve(saying("crashed"))
	f.get("/")
	app.Close()
	waiting := f.ask(t.Context(), "/")
	f.serve(saying("restarted"))
	if a := <-waiting; a.status != 200 || a.body != "restarted" {
		t.Errorf("got %d %q and %v, want the next version's answer", a.status, a.body, a.err)
	}
}

func TestSwitchToInvalidAddress(t *testing.T) {
	f := openProxy(t)
	for _, target := range []string{"", "8080", "ftp://localhost:1", "http://localhost:1/path", "localhost:"} {
		if _, err := f.Switch(target, 1); err == nil {
			t.Errorf("Switch(%q) has no error", target)
		}
	}
}

// Switch, Hold and Fail after the end have no effect and do not block.
func TestAfterClose(t *testing.T) {
	p, err := New(Config{Listen: "127.0.0.1:0"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Listen(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := p.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Switch("localhost:1", 1); err != nil {
		t.Error(err)
	}
	<-p.Hold().Idle
	<-p.Fail(Failure{}).Idle
}
