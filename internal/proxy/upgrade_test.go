package proxy

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/coder/websocket"
)

// echo answers each message of a WebSocket with its name and the message.
func echo(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"chat"}})
		if err != nil {
			return
		}
		defer c.CloseNow()
		c.SetReadLimit(-1)
		for {
			kind, message, err := c.Read(r.Context())
			if err != nil {
				return
			}
			if err := c.Write(r.Context(), kind, append([]byte(name+": "), message...)); err != nil {
				return
			}
		}
	}
}

func (f *testProxy) webSocket() *websocket.Conn {
	f.t.Helper()
	c, res, err := websocket.Dial(f.t.Context(), f.url+"/socket?a;b", &websocket.DialOptions{Subprotocols: []string{"chat"}, HTTPClient: f.client})
	if err != nil {
		f.t.Fatalf("open a WebSocket: %v (%v)", err, res)
	}
	f.t.Cleanup(func() { c.CloseNow() })
	c.SetReadLimit(-1)
	return c
}

func (f *testProxy) say(c *websocket.Conn, message string) string {
	f.t.Helper()
	if err := c.Write(f.t.Context(), websocket.MessageText, []byte(message)); err != nil {
		f.t.Fatal(err)
	}
	_, answer, err := c.Read(f.t.Context())
	if err != nil {
		f.t.Fatal(err)
	}
	return string(answer)
}

// A WebSocket stays with the version that it began with, until both sides have
// closed it.
func TestWebSocket(t *testing.T) {
	f := openProxy(t)
	f.serve(echo("old"))
	c := f.webSocket()
	if c.Subprotocol() != "chat" {
		t.Errorf("the subprotocol is %q, want chat", c.Subprotocol())
	}
	long := strings.Repeat("x", 1<<20)
	if got := f.say(c, long); got != "old: "+long {
		t.Errorf("a long message came back with %d bytes", len(got))
	}
	next := httptest.NewServer(echo("new"))
	t.Cleanup(next.Close)
	idle := f.switchTo(next)
	if got := f.say(c, "hello"); got != "old: hello" {
		t.Errorf("after the switch %q answers, want the old version", got)
	}
	if got := f.say(f.webSocket(), "hello"); got != "new: hello" {
		t.Errorf("a new WebSocket got %q, want the new version", got)
	}
	if err := c.Close(websocket.StatusNormalClosure, "bye"); err != nil {
		t.Errorf("close: %v", err)
	}
	<-idle
}

// When the app closes a WebSocket, the client learns why.
func TestAppClosesWebSocket(t *testing.T) {
	f := openProxy(t)
	f.serveFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, err := websocket.Accept(w, r, nil); err == nil {
			c.Close(websocket.StatusGoingAway, "a new version is here")
		}
	})
	_, _, err := f.webSocket().Read(t.Context())
	if websocket.CloseStatus(err) != websocket.StatusGoingAway {
		t.Errorf("the client got %v, want the app's words", err)
	}
}

// An app may refuse a WebSocket.
func TestRefusedWebSocket(t *testing.T) {
	f := openProxy(t)
	f.serveFunc(func(w http.ResponseWriter, r *http.Request) { http.Error(w, "not you", http.StatusForbidden) })
	_, res, err := websocket.Dial(t.Context(), f.url, nil)
	if err == nil || res == nil || res.StatusCode != http.StatusForbidden {
		t.Errorf("got %v and %v, want 403", res, err)
	}
}

// Any protocol may be upgraded to. Either side may finish sending first, and what a
// client sends before the answer is not lost.
func TestUpgradeHalfClosed(t *testing.T) {
	f := openProxy(t)
	app := script(t, func(c net.Conn, r *bufio.Reader) {
		if _, err := http.ReadRequest(r); err != nil {
			return
		}
		io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: shout\r\n\r\nhello ")
		all, err := io.ReadAll(r)
		fmt.Fprint(c, strings.ToUpper(string(all)), " ", err)
	})
	f.Switch(app.Addr().String(), 1)
	w := f.dial()
	w.say("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: shout\r\n\r\nearly ")
	if res := w.hear("GET"); res.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("got %s, want 101", res.Status)
	}
	w.say("and late")
	if err := w.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if all, err := io.ReadAll(w.r); err != nil || string(all) != "hello EARLY AND LATE <nil>" {
		t.Errorf("got %q and %v", all, err)
	}
}

// An upgrade to a protocol that was not requested is refused, and no connection of
// it stays open.
func TestWrongUpgrade(t *testing.T) {
	f := openProxy(t)
	ended := make(chan error, 1)
	app := script(t, func(c net.Conn, r *bufio.Reader) {
		if _, err := http.ReadRequest(r); err != nil {
			return
		}
		io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n")
		_, err := io.ReadAll(r)
		ended <- err
	})
	f.Switch(app.Addr().String(), 1)
	w := f.dial()
	w.say("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: shout\r\n\r\n")
	if res := w.hear("GET"); res.StatusCode != http.StatusBadGateway {
		t.Errorf("got %s, want 502", res.Status)
	}
	<-ended
}

// Closing the proxy closes upgraded connections, too.
func TestCloseCutsWebSockets(t *testing.T) {
	var c *websocket.Conn
	ok := t.Run("open", func(t *testing.T) {
		f := openProxy(t)
		f.serve(echo("app"))
		var err error
		c, _, err = websocket.Dial(t.Context(), f.url, &websocket.DialOptions{HTTPClient: f.client})
		if err != nil {
			t.Fatal(err)
		}
		f.say(c, "hello")
	})
	if !ok {
		return
	}
	defer c.CloseNow()
	if _, _, err := c.Read(t.Context()); err == nil {
		t.Error("the WebSocket is still open")
	}
}
