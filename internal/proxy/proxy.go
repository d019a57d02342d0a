// Package proxy is the front door: an HTTP server that forwards each request to
// the version of the app that serves now.
//
// In go the addresses of versions (Switch), the word that there is none for a
// moment (Hold), or what has gone wrong (Fail). Out comes what the app answers.
//
// What always holds:
//   - A request is sent once. It waits before it is sent, never after; no error
//     makes it go out again. A client whose request was cut short is told so.
//   - What one version was sent it answers to the end, however many versions
//     have come since. What Switch, Hold and Fail return tells when nothing of
//     it is left.
//   - Path, query and body are byte for byte those of the client, and
//     nothing is kept back: what one side sends, the other gets at once.
//
// What the front door does is one value, the situation. It is replaced as a
// whole, so there is nothing to lock:
//
//	Switch, Hold, Fail ─▶ situation ─▶ answer ─▶ forward ─▶ lane ─▶ the app
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
)

// Proxy is a front door.
type Proxy struct {
	config    Config
	log       *log.Logger
	now       atomic.Pointer[situation]
	name      string       // begins the marks of situations; another one for each front door
	marks     atomic.Int64 // given out so far
	inside    *gate        // of the requests that are being answered
	buffers   *buffers
	listeners []net.Listener
	tls       *tls.Config // nil: without encryption
}

// New makes a front door that is still closed. Faults of connections, which no
// client can be told of, go to the log; it may be nil.
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

// Listen opens the port, so that connections wait there for Run. When somebody
// else has it, the error is a *TakenError.
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

// URL is where a browser finds the front door, once Listen has opened it.
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

// Run serves until the context ends, and then cuts what is under way: the app
// has been stopped by then, and had its time to answer. It is called once,
// after Listen.
func (p *Proxy) Run(ctx context.Context) error {
	// Handlers end by this context, those of hijacked connections too.
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
		<-p.Hold().Idle // lets go of the connections to the app
		return err
	})
	return group.Wait()
}

var errClosing = errors.New("the front door closes")

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

// server has no time-outs: a stream may be silent for hours, an upload may stop
// at a breakpoint, and a connection closed for idleness is a request lost when
// the client has just sent one.
func (p *Proxy) server(working context.Context) *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(p.tls != nil)
	protocols.SetUnencryptedHTTP2(p.tls == nil) // for gRPC clients, which know before they ask
	return &http.Server{
		Handler:                      p,
		Protocols:                    protocols,
		TLSConfig:                    p.tls,
		ErrorLog:                     p.log,
		BaseContext:                  func(net.Listener) context.Context { return working },
		DisableGeneralOptionsHandler: true, // OPTIONS * is for the app
	}
}

// ServeHTTP answers a request, by the app's words if there are any to be had.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !p.inside.enter() {
		panic(http.ErrAbortHandler)
	}
	defer p.inside.leave()
	switch {
	case r.Method == http.MethodConnect:
		http.Error(w, "hotreload: this is the front door of an app, and no proxy for CONNECT", http.StatusMethodNotAllowed)
	case strings.HasPrefix(r.URL.Path, controlPrefix):
		p.control(w, r)
	default:
		p.answer(w, r)
	}
}
