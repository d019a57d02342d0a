package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"hotreload/internal/config"
	"hotreload/internal/proxy"
	"hotreload/internal/proxy/browser"
	"hotreload/runner"
	"hotreload/session"
)

const (
	// proxyPatience is how long the proxy's port may stay taken after a session was killed.
	proxyPatience = 3 * time.Second
	// proxyAgain is the pause between two attempts to listen on it.
	proxyAgain = 50 * time.Millisecond
)

// appProxy is the proxy in front of the app, or nothing where the config has none, and the
// hub of the app's pages.
type appProxy struct {
	proxy *proxy.Proxy
	hub   *browser.Hub    // nil: pages are told nothing
	alone *browser.Server // the hub's port where there is no proxy; else nil
	lacks string          // why pages are told nothing though they should be; empty: they are
}

// openProxy listens where the config says, if it does. After a crash it waits for the
// port: the processes of the session that was killed may have it for a moment longer.
func openProxy(l *config.Loaded, edit *editing, afterCrash bool) (appProxy, error) {
	c := l.Config.Proxy
	var f appProxy
	if c.Browser {
		f.hub = browser.New(browser.Options{Root: l.Root, Hosts: []string{c.Listen}, Overlay: true, Open: edit.open})
	}
	if c.Listen == "" {
		if f.hub == nil {
			return f, nil
		}
		var err error
		if f.alone, err = browser.NewServer(f.hub, l.Root); err != nil { // the app does without
			return appProxy{lacks: err.Error()}, nil
		}
		return f, nil
	}
	for _, file := range []*string{&c.Certificate, &c.Key} {
		if *file != "" && !filepath.IsAbs(*file) {
			*file = filepath.Join(l.Root, *file)
		}
	}
	p, err := proxy.New(c, nil) // an error between it and a client is reported to the client
	if err != nil {
		return appProxy{}, usageError{err.Error()}
	}
	if f.proxy = p; f.hub != nil {
		p.Pages(f.hub)
	}
	var taken *proxy.TakenError
	until := time.Now().Add(proxyPatience)
	for err = p.Listen(); afterCrash && errors.As(err, &taken) && time.Now().Before(until); err = p.Listen() {
		time.Sleep(proxyAgain)
	}
	if errors.As(err, &taken) {
		return appProxy{}, fmt.Errorf("%w%s", err, holder(taken.Address))
	}
	return f, err
}

// pages is the hub for the session; nil: there is none.
func (f appProxy) pages() session.Pages {
	if f.hub == nil {
		return nil
	}
	return f.hub
}

// script is the element that the user can put into pages; empty: the proxy does that.
func (f appProxy) script() string {
	if f.alone == nil {
		return ""
	}
	return f.alone.Line()
}

// forApp is what a version of the app is told of the script in its pages; nil: nothing.
func (f appProxy) forApp() func(gen int) string {
	if f.alone == nil {
		return nil
	}
	return f.alone.Env
}

// holder names the process that listens on an address, as the end of a sentence, or
// returns "" if it is not known.
func holder(address string) string {
	_, port, _ := net.SplitHostPort(address)
	number, err := strconv.Atoi(port)
	if err != nil {
		return ""
	}
	if who := runner.PortHolder(number); who != "" {
		return ": " + who
	}
	return ""
}

// url is the proxy's URL, or "" without a proxy.
func (f appProxy) url() string {
	if f.proxy == nil {
		return ""
	}
	return f.proxy.URL()
}

// run serves until stop is called, which returns the error that ended it, if any. An
// error that ends it earlier goes to lost at once.
func (f appProxy) run(lost func(error)) (stop func() error) {
	var serve func(context.Context) error
	switch {
	case f.proxy != nil:
		serve = f.proxy.Run
	case f.alone != nil:
		serve = f.alone.Run
	default:
		return func() error { return nil }
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	var hub sync.WaitGroup
	hub.Go(func() { f.hub.Run(ctx) })
	go func() {
		err := serve(ctx)
		if err != nil {
			lost(err)
		}
		hub.Wait()
		ended <- err
	}()
	return func() error {
		cancel()
		return <-ended
	}
}
