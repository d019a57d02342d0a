package proxy

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// certificate writes a certificate for this machine, and returns a config that trusts it.
func certificate(t *testing.T) (certFile, keyFile string, trust *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotAfter:     time.Now().Add(time.Hour),
		DNSNames:     []string{"localhost"},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, kind string, content []byte) string {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	roots := x509.NewCertPool()
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots.AddCert(cert)
	return write("cert.pem", "CERTIFICATE", der), write("key.pem", "PRIVATE KEY", private), &tls.Config{RootCAs: roots}
}

// clientOf returns a client of the proxy that speaks other protocols.
func (f *testProxy) clientOf(trust *tls.Config, set func(*http.Protocols)) *http.Client {
	protocols := new(http.Protocols)
	set(protocols)
	transport := &http.Transport{Protocols: protocols, TLSClientConfig: trust, DisableCompression: true}
	f.t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// With a certificate browsers speak HTTP/2 with the proxy, and WebSockets
// go over HTTP/1.1 beside it.
func TestCertificate(t *testing.T) {
	cert, key, trust := certificate(t)
	f := openWith(t, Config{Listen: "127.0.0.1:0", Certificate: cert, Key: key}, nil)
	f.serveFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "" {
			echo("app")(w, r)
			return
		}
		fmt.Fprint(w, r.Proto, " ", r.Header.Get("X-Forwarded-Proto"))
	})
	f.client = f.clientOf(trust, func(p *http.Protocols) { p.SetHTTP2(true) })
	res := f.do(request(t, "GET", f.url, nil))
	if body := read(t, res); res.Proto != "HTTP/2.0" || body != "HTTP/1.1 https" {
		t.Errorf("the client got %s, the app %q; want HTTP/2.0 in front and HTTP/1.1 behind", res.Proto, body)
	}
	f.client = f.clientOf(trust, func(p *http.Protocols) { p.SetHTTP1(true) })
	if got := f.say(f.webSocket(), "hello"); got != "app: hello" {
		t.Errorf("the WebSocket answers %q", got)
	}
}

// h2cApp speaks HTTP/2 alone, without encryption, as gRPC servers do.
func h2cApp(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	app := httptest.NewUnstartedServer(h)
	app.Config.Protocols = new(http.Protocols)
	app.Config.Protocols.SetUnencryptedHTTP2(true)
	app.Start()
	t.Cleanup(app.Close)
	return app.Listener.Addr().String()
}

func unencrypted(p *http.Protocols) { p.SetUnencryptedHTTP2(true) }

// A gRPC call needs no config: messages both ways at once, and the status in
// the trailers.
func TestGRPC(t *testing.T) {
	f := openProxy(t)
	f.Switch(h2cApp(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/grpc")
		w.Header().Set("Trailer", "Grpc-Status")
		http.NewResponseController(w).Flush()
		piece := make([]byte, 1)
		for {
			if _, err := io.ReadFull(r.Body, piece); err != nil {
				break
			}
			w.Write(piece)
			http.NewResponseController(w).Flush()
		}
		w.Header().Set("Grpc-Status", "0")
		w.Header().Set(http.TrailerPrefix+"Grpc-Message", r.Proto)
	}), 1)
	f.client = f.clientOf(nil, unencrypted)
	for range 3 {
		body, write := io.Pipe()
		r := request(t, "POST", f.url+"/pkg.Service/Method", body)
		r.Header.Set("Content-Type", "application/grpc+proto")
		r.Header.Set("Te", "trailers")
		res := f.do(r)
		got := make([]byte, 1)
		for _, piece := range "abc" {
			fmt.Fprintf(write, "%c", piece)
			if _, err := io.ReadFull(res.Body, got); err != nil || got[0] != byte(piece) {
				t.Fatalf("sent %c, got %q and %v", piece, got, err)
			}
		}
		write.Close()
		read(t, res)
		if res.Trailer.Get("Grpc-Status") != "0" || res.Trailer.Get("Grpc-Message") != "HTTP/2.0" {
			t.Errorf("the trailers are %v", res.Trailer)
		}
	}
}

// With an h2c target, every client's requests reach the app over HTTP/2.
func TestTargetOfHTTP2(t *testing.T) {
	f := openWith(t, Config{Listen: "127.0.0.1:0", Target: "h2c://" + h2cApp(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %s %s", r.Proto, r.Host, r.RequestURI, body)
	})}, nil)
	if _, err := f.Switch("", 1); err != nil {
		t.Fatal(err)
	}
	r := request(t, "POST", f.url+"/a%2Fb?c;d", strings.NewReader("body"))
	r.Host = "app.test"
	if body := read(t, f.do(r)); body != "HTTP/2.0 app.test /a%2Fb?c;d body" {
		t.Errorf("the app saw %q", body)
	}
}

// Requests over HTTP/2 are sent once, too.
func TestNeverSentTwiceOverHTTP2(t *testing.T) {
	f := openProxy(t)
	arrived := make(chan string, 10)
	f.Switch("h2c://"+h2cApp(t, func(w http.ResponseWriter, r *http.Request) {
		arrived <- r.URL.Path
		panic(http.ErrAbortHandler)
	}), 1)
	if status, _ := f.get("/once"); status != 502 {
		t.Errorf("got %d, want 502", status)
	}
	f.get("/then")
	if first, second := <-arrived, <-arrived; first != "/once" || second != "/then" || len(arrived) > 0 {
		t.Errorf("the app got %s, %s and %d more", first, second, len(arrived))
	}
}

// What HTTP/2 allows in a path and HTTP/1 does not is escaped.
func TestSpaceInPath(t *testing.T) {
	f := openProxy(t)
	lines := make(chan string, 1)
	f.serveFunc(func(w http.ResponseWriter, r *http.Request) { lines <- r.RequestURI })
	f.client = f.clientOf(nil, unencrypted)
	r := request(t, "GET", f.url, nil)
	r.URL.Opaque = "/a b"
	r.URL.RawQuery = "c d"
	read(t, f.do(r))
	if got := <-lines; got != "/a%20b?c%20d" {
		t.Errorf("the app got %q", got)
	}
}

// An app that speaks TLS itself is reached, WebSockets and all.
func TestTargetOfHTTPS(t *testing.T) {
	f := openProxy(t)
	app := httptest.NewUnstartedServer(echo("app"))
	app.EnableHTTP2 = true
	app.StartTLS()
	t.Cleanup(app.Close)
	if _, err := f.Switch(app.URL, 1); err != nil {
		t.Fatal(err)
	}
	c := f.webSocket()
	if got := f.say(c, "hello"); got != "app: hello" {
		t.Errorf("the WebSocket answers %q", got)
	}
	c.Close(websocket.StatusNormalClosure, "")
}

// A client that cancels its stream cancels the app's, and the connection
// to the app stays usable.
func TestCancelOverHTTP2(t *testing.T) {
	f := openProxy(t)
	entered, ended := make(chan struct{}), make(chan struct{})
	f.Switch("h2c://"+h2cApp(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			close(entered)
			<-r.Context().Done()
			close(ended)
		}
	}), 1)
	f.client = f.clientOf(nil, unencrypted)
	ctx, cancel := context.WithCancel(t.Context())
	gone := f.ask(ctx, "/slow")
	<-entered
	cancel()
	<-ended
	<-gone
	if status, _ := f.get("/next"); status != 200 {
		t.Errorf("the next request got %d", status)
	}
}
