package proxy

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/coder/websocket"
)

const (
	switches   = 20
	uploadSize = 1 << 20
)

// shop is the app of the load tests. All its versions count together how often
// they received each request.
type shop struct {
	t    *testing.T
	mu   sync.Mutex
	seen map[string]int
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.seen[r.URL.RawQuery]++
	s.mu.Unlock()
	switch r.URL.Path {
	case "/upload":
		n, _ := io.Copy(io.Discard, r.Body)
		fmt.Fprint(w, n)
	case "/events":
		w.Header().Set("Content-Type", "text/event-stream")
		for range 100 {
			io.WriteString(w, "data: x\n\n")
			http.NewResponseController(w).Flush()
		}
	case "/socket":
		echo("shop")(w, r)
	default:
		io.Copy(w, r.Body)
	}
}

// open starts a version of the shop at the address.
func (s *shop) open(address string) *httptest.Server {
	s.t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		s.t.Fatal(err)
	}
	app := httptest.NewUnstartedServer(s)
	app.Listener.Close()
	app.Listener = l
	app.Start()
	return app
}

// load is one client of each kind; all send requests without pause until they are stopped.
// No two requests are the same.
type load struct {
	f       *testProxy
	ctx     context.Context // ends with the first failure
	fail    context.CancelCauseFunc
	stop    atomic.Bool
	ids     atomic.Int64
	answers []chan struct{} // of each client; holds a token when one has come lately
	done    sync.WaitGroup
}

func startLoad(f *testProxy) *load {
	l := &load{f: f}
	l.ctx, l.fail = context.WithCancelCause(f.t.Context())
	l.client("new connections", l.fresh)
	l.client("keep-alive GET", l.wired("GET /get?%d HTTP/1.1\r\nHost: a\r\n\r\n"))
	l.client("keep-alive POST", l.wired("POST /post?%d HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"))
	l.client("event stream", l.events)
	l.client("WebSocket", l.socket)
	l.client("upload", l.upload)
	return l
}

// client starts a client in a goroutine of its own.
func (l *load) client(name string, ask func(id int64) error) {
	answered := make(chan struct{}, 1)
	l.answers = append(l.answers, answered)
	l.done.Go(func() {
		for n := 1; !l.stop.Load(); n++ {
			if err := ask(l.ids.Add(1)); err != nil {
				l.fail(fmt.Errorf("%s, request %d: %w", name, n, err))
				return
			}
			select {
			case answered <- struct{}{}:
			default:
			}
		}
	})
}

// everyone returns when each client has sent another request and received the response.
func (l *load) everyone() {
	for range 3 { // an old token; one of a request that was under way; the new one
		for _, answered := range l.answers {
			select {
			case <-answered:
			case <-l.ctx.Done():
				return
			}
		}
	}
}

// finish stops the clients and checks that no request was lost or sent twice.
func (l *load) finish(s *shop) {
	l.f.t.Helper()
	l.stop.Store(true)
	l.done.Wait()
	if err := context.Cause(l.ctx); err != nil {
		l.f.t.Errorf("a request was lost: %v", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, n := range s.seen {
		if n != 1 {
			l.f.t.Errorf("request %s was sent %d times", id, n)
		}
	}
	if int64(len(s.seen)) != l.ids.Load() {
		l.f.t.Errorf("%d requests were made, the app saw %d", l.ids.Load(), len(s.seen))
	}
	l.f.t.Logf("%d requests", len(s.seen))
}

func want(got, wanted string) error {
	if got != wanted {
		return fmt.Errorf("the answer is %q, want %q", got, wanted)
	}
	return nil
}

// fresh sends each request over a new connection.
func (l *load) fresh(id int64) error {
	c, err := net.Dial("tcp", l.f.address())
	if err != nil {
		return err
	}
	defer c.Close()
	fmt.Fprintf(c, "GET /get?%d HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", id)
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, res.Body)
	if err != nil {
		return err
	}
	return want(res.Status, "200 OK")
}

// wired sends its requests over one connection.
func (l *load) wired(text string) func(int64) error {
	w := l.f.dial()
	_, wanted, _ := strings.Cut(text, "\r\n\r\n")
	return func(id int64) error {
		if _, err := fmt.Fprintf(w, text, id); err != nil {
			return err
		}
		res, err := http.ReadResponse(w.r, nil)
		if err != nil {
			return err
		}
		body, err := io.ReadAll(res.Body)
		if err != nil {
			return err
		}
		return want(res.Status+string(body), "200 OK"+wanted)
	}
}

func (l *load) events(id int64) error {
	r, err := http.NewRequestWithContext(l.ctx, "GET", fmt.Sprintf("%s/events?%d", l.f.url, id), nil)
	if err != nil {
		return err
	}
	return l.finally(r, strings.Repeat("data: x\n\n", 100))
}

func (l *load) upload(id int64) error {
	r, err := http.NewRequestWithContext(l.ctx, "PUT", fmt.Sprintf("%s/upload?%d", l.f.url, id), io.LimitReader(noise(), uploadSize))
	if err != nil {
		return err
	}
	return l.finally(r, fmt.Sprint(uploadSize))
}

func (l *load) finally(r *http.Request, wanted string) error {
	r.Close = true // or net/http's own client would retry it
	res, err := l.f.client.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	return want(res.Status+string(body), "200 OK"+wanted)
}

func (l *load) socket(id int64) error {
	c, _, err := websocket.Dial(l.ctx, fmt.Sprintf("%s/socket?%d", l.f.url, id), &websocket.DialOptions{HTTPClient: l.f.client})
	if err != nil {
		return err
	}
	defer c.CloseNow()
	for range 20 {
		if err := c.Write(l.ctx, websocket.MessageText, []byte("hello")); err != nil {
			return err
		}
		_, answer, err := c.Read(l.ctx)
		if err != nil {
			return err
		}
		if err := want(string(answer), "shop: hello"); err != nil {
			return err
		}
	}
	return c.Close(websocket.StatusNormalClosure, "")
}

// Twenty versions, each of which takes over while the previous one is busy.
func TestNothingLostWhenVersionsOverlap(t *testing.T) {
	f, s := openProxy(t), &shop{t: t, seen: map[string]int{}}
	app := s.open("127.0.0.1:0")
	f.switchTo(app)
	l := startLoad(f)
	for range switches {
		l.everyone()
		next := s.open("127.0.0.1:0")
		<-f.switchTo(next)
		app.Close()
		app = next
	}
	l.everyone()
	l.finish(s)
	app.Close()
}

// Twenty versions at the same address, with gaps in which none serves.
func TestNothingLostInGaps(t *testing.T) {
	f, s := openProxy(t), &shop{t: t, seen: map[string]int{}}
	app := s.open("127.0.0.1:0")
	address := app.Listener.Addr().String()
	f.switchTo(app)
	l := startLoad(f)
	for range switches {
		l.everyone()
		<-f.Hold().Idle
		app.Close()
		app = s.open(address)
		f.switchTo(app)
	}
	l.everyone()
	l.finish(s)
	app.Close()
}
