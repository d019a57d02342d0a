// Package proxy is an HTTP server in front of the app. It forwards each request to the
// version of the app that serves now.
//
// In go the addresses of versions (Switch), the news that no version serves for the
// moment (Hold), and what failed (Fail). Out comes what the app answers.
//
// What always holds:
//   - A request is sent once. It may wait before it is sent, never after: no error
//     makes the proxy send it again. A client whose request was cut short can tell.
//   - A version answers everything that it was sent, however many versions have
//     followed. What Switch, Hold and Fail return tells when it has.
//   - Path, query and body are the client's, byte for byte. Nothing is held back:
//     what one side sends, the other gets at once.
//
// What the proxy does with requests is one immutable value, the situation. It is
// replaced as a whole, so there is nothing to lock:
//
//	Switch, Hold, Fail ─▶ situation ─▶ answer ─▶ forward ─▶ pool ─▶ the app
//
// A request enters the gate of the version that it goes to. When the situation
// changes, the gate of the version before is shut, and the channels that the caller
// got are closed once the last request has left. A WebSocket or a stream of events
// moves on to a gate of its own: whoever waits for requests to end need not wait for
// what may never end.
//
// httputil.ReverseProxy forwards. Where it is not enough:
//   - http.Transport retries a request that is idempotent, by its method or by an
//     Idempotency-Key, when a connection that was used before breaks. So a pool hands
//     out connections (http.ClientConn, which never retries).
//   - An app that closes an idle connection just as a request is on its way loses the
//     request. So a connection is idle for 250 ms at most, less than any server's
//     timeout, and before it is used again a look at the socket tells whether the app
//     has closed it.
//   - ReverseProxy drops what it cannot parse from the query, and net/url writes some
//     paths differently. rewrite restores the client's bytes, and the server adds no
//     Content-Type or Date of its own.
//   - It drops the trailers of requests, and what a client sends behind an upgrade
//     before it is answered (golang/go#80875). trailed and hijacker keep them.
//
// The proxy speaks HTTP/2 without encryption to the app only where the app is known
// to: the target begins with h2c://, or the request is one of gRPC. It does not probe,
// because a server that does not know HTTP/2 would hand the probe to the app as a request.
package proxy

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"hotreload/internal/proxy/browser"
)

// Proxy is the server in front of the app.
type Proxy struct {
	config    Config
	log       *log.Logger
	now       atomic.Pointer[situation]
	name      string       // the prefix of its marks, different for each proxy
	marks     atomic.Int64 // given out so far
	inside    *gate        // of the requests that are being answered
	buffers   *buffers
	listeners []net.Listener
	tls       *tls.Config  // nil: without encryption
	hub       *browser.Hub // what pages listen to; nil: pages are left alone
	pages     http.Handler // answers what open pages ask; nil: nothing does
}

// New returns a proxy that does not listen yet. Errors of connections that no client
// can be told of go to the logger, which may be nil.
func New(c Config, to *log.Logger) (*Proxy, error) {
	if key, problem := c.Check(); problem != "" {
		return nil, errors.New(key + ": " + problem)
	}
	if to == nil {
		to = log.New(io.Discard, "", 0)
	}
	p := &Proxy{config: c, log: to, name: rand.Text(), inside: newGate(func() {}), buffers: newBuffers()}
	p.now.Store(&situation{mark: p.name, over: make(chan struct{})})
	return p, nil
}

// Pages gives pages a script that listens to a hub. It is called before Run.
func (p *Proxy) Pages(hub *browser.Hub) { p.hub, p.pages = hub, hub.Handler() }

// Listen opens the port, so that connections wait there for Run. When another
// program has it, the error is a *TakenError.
func (p *Proxy) Listen() error {
	if p.config.Certificate != "" {
		pair, err := tls.LoadX509KeyPair(p.config.Certificate, p.config.Key)
		if err != nil {
			return fmt.Errorf("read proxy.certificate %s and proxy.key %s: %w", p.config.Certificate, p.config.Key, err)
		}
		p.tls = &tls.Config{Certificates: []tls.Certificate{pair}}
	}
	var err error
	p.listeners, err = listen(p.config.Listen)
	return err
}

// URL returns the address for browsers. Listen must have succeeded.
func (p *Proxy) URL() string {
	scheme := "http"
	if p.tls != nil {
		scheme = "https"
	}
	host, port, _ := net.SplitHostPort(p.listeners[0].Addr().String())
	if ip := net.ParseIP(host); ip.IsLoopback() || ip.IsUnspecified() {
		host = "localhost"
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

// Run serves until the context ends, and then cuts off what is under way: the app
// has been stopped by then, and had its time to answer. Run is called once, after
// Listen.
func (p *Proxy) Run(ctx context.Context) error {
	// This context ends handlers, those of hijacked connections included.
	working, cut := context.WithCancelCause(context.WithoutCancel(ctx))
	server := p.server(working)
	group, ctx := errgroup.WithContext(ctx)
	for _, l := range p.listeners {
		group.Go(func() error { return p.serve(server, l) })
	}
	group.Go(func() error {
		<-ctx.Done()
		answered := p.inside.shut()
		cut(errClosing)
		err := server.Close()
		<-answered
		<-p.Hold().Idle // closes the connections to the app
		return err
	})
	return group.Wait()
}

var errClosing = errors.New("the proxy is closing")

func (p *Proxy) serve(server *http.Server, l net.Listener) (err error) {
	if p.tls != nil {
		err = server.ServeTLS(l, "", "")
	} else {
		err = server.Serve(l)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("accept connections at %s: %w", l.Addr(), err)
}

// server returns a server without timeouts: a stream may be silent for hours, an
// upload may stop at a breakpoint, and to close an idle connection is to lose the
// request that the client has just sent over it.
func (p *Proxy) server(working context.Context) *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(p.tls != nil)
	protocols.SetUnencryptedHTTP2(p.tls == nil) // for gRPC clients, which know in advance
	return &http.Server{
		Handler:                      p,
		Protocols:                    protocols,
		TLSConfig:                    p.tls,
		ErrorLog:                     p.log,
		BaseContext:                  func(net.Listener) context.Context { return working },
		DisableGeneralOptionsHandler: true, // OPTIONS * is for the app
	}
}

// ServeHTTP answers a request: with the app's response, if there can be one.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !p.inside.enter() {
		panic(http.ErrAbortHandler)
	}
	defer p.inside.leave()
	switch {
	case r.Method == http.MethodConnect:
		http.Error(w, "hotreload: this proxy stands in front of an app and does not tunnel; CONNECT is not supported", http.StatusMethodNotAllowed)
	case strings.HasPrefix(r.URL.Path, controlPrefix):
		p.control(w, r)
	default:
		p.answer(w, r)
	}
}
