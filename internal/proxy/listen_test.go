package proxy

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

func TestConfig(t *testing.T) {
	for _, c := range []struct {
		config Config
		want   string // part of the error; empty: none
	}{
		{Config{Listen: ":8080"}, ""},
		{Config{Listen: "*:8080", Target: ":8081"}, ""},
		{Config{Listen: "0.0.0.0:8080", Target: "http://127.0.0.1:8081"}, ""},
		{Config{Listen: "8080"}, `proxy.listen: "8080" is not an address`},
		{Config{Listen: "localhost:"}, `proxy.listen: "localhost:" is not an address`},
		{Config{Listen: ":99999"}, `proxy.listen: ":99999" has no valid port; write a number up to 65535`},
		{Config{Listen: ":-1"}, `proxy.listen: ":-1" has no valid port`},
		{Config{Listen: ":8080", Target: "h2c://localhost:65536"}, `proxy.target: "h2c://localhost:65536" has no valid port`},
		{Config{Listen: ""}, `proxy.listen: "" is not an address`},
		{Config{Listen: ":8080", Target: "ftp://a:1"}, `proxy.target: "ftp://a:1" has an unknown scheme`},
		{Config{Listen: ":8080", Target: "localhost"}, `proxy.target: "localhost" is not an address`},
		{Config{Listen: ":8080", Target: "localhost:1/a"}, `proxy.target: "localhost:1/a" is not an address`},
		{Config{Listen: ":8080", Target: "127.0.0.1:8080"}, "is where the proxy itself listens"},
		{Config{Listen: "192.0.2.1:8080", Target: ":8080"}, ""},
		{Config{Listen: ":8080", Certificate: "a.pem"}, "proxy.key"},
	} {
		_, err := New(c.config, nil)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%+v: %v, want %q", c.config, err, c.want)
		}
	}
}

// Unless the config says otherwise the proxy is not reachable from the network, and
// this machine reaches it by both addresses of localhost.
func TestListensOnLoopback(t *testing.T) {
	f := openWith(t, Config{Listen: ":0"}, nil)
	f.serve(saying("app"))
	for _, l := range f.listeners {
		if host, _, _ := net.SplitHostPort(l.Addr().String()); !net.ParseIP(host).IsLoopback() {
			t.Errorf("it listens on %s", l.Addr())
		}
		res, err := f.client.Get("http://" + l.Addr().String())
		if err != nil || read(t, res) != "app" {
			t.Errorf("ask at %s: %v", l.Addr(), err)
		}
	}
	if !strings.HasPrefix(f.URL(), "http://localhost:") {
		t.Errorf("its URL is %s", f.URL())
	}
}

// A port that another program has is an error that says so.
func TestPortTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	p, err := New(Config{Listen: ":" + port}, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = p.Listen()
	var taken *TakenError
	if !errors.As(err, &taken) || !strings.Contains(err.Error(), "127.0.0.1:"+port) || !strings.Contains(err.Error(), "proxy.listen") {
		t.Errorf("got %v", err)
	}
}

// If one of the two addresses is taken, neither stays open.
func TestPortTakenOnOtherLoopback(t *testing.T) {
	l, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Skip("no IPv6 here")
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	p, err := New(Config{Listen: ":" + port}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var taken *TakenError
	if err := p.Listen(); !errors.As(err, &taken) {
		t.Errorf("got %v, want that ::1 is taken", err)
	}
	again, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		t.Errorf("127.0.0.1 is still open: %v", err)
		return
	}
	again.Close()
}

// A connection made between Listen and Run waits.
func TestListenBeforeRun(t *testing.T) {
	p, err := New(Config{Listen: "127.0.0.1:0"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Listen(); err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("tcp", p.listeners[0].Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, "GET / HTTP/1.0\r\n\r\n")
	run(t, p)
	p.Fail(Failure{What: "Not yet"})
	if body, err := io.ReadAll(c); err != nil || !strings.Contains(string(body), http.StatusText(http.StatusServiceUnavailable)) {
		t.Errorf("got %q and %v", body, err)
	}
}

func TestUnreadableCertificate(t *testing.T) {
	p, err := New(Config{Listen: ":0", Certificate: "none.pem", Key: "none.key"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Listen(); err == nil || !strings.Contains(err.Error(), "proxy.certificate none.pem") {
		t.Errorf("got %v", err)
	}
}
