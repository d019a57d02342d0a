package hot

import (
	"net"
	"strconv"
	"sync"
)

// Listen returns the listener for an address that hotreload or systemd passes to this
// process, or else what net.Listen returns. Hotreload binds the address itself the
// first time it is asked for, keeps it bound between versions, and passes it to each:
// no connection is refused in between. systemd's listeners are told apart by
// their addresses; the only one that it passes is taken whatever its address.
func Listen(network, addr string) (net.Listener, error) { return theApp().listen(network, addr) }

func (a *app) listen(network, addr string) (net.Listener, error) {
	l := a.claim(network, addr)
	if l == nil && a.sock != "" {
		// Whatever is wrong, net.Listen will say it.
		l, _ = ask(a.sock, network, addr)
	}
	if l == nil {
		var err error
		if l, err = net.Listen(network, addr); err != nil {
			return nil, err
		}
	}
	return a.gate(l), nil
}

// claim finds the inherited listener for an address. Each is found once.
func (a *app) claim(network, addr string) net.Listener {
	listeners := a.inherited()
	a.mu.Lock()
	defer a.mu.Unlock()
	found, alike := -1, 0
	for i, l := range listeners {
		switch {
		case l == nil || a.claimed[i]:
		case isAt(l.Addr(), network, addr):
			a.claimed[i] = true
			return l
		case sameFamily(l.Addr().Network(), network):
			found, alike = i, alike+1
		}
	}
	// Hotreload can bind what it has not passed, systemd cannot: what it passes
	// is meant, whatever the app would listen on by itself.
	if alike != 1 || len(listeners) != 1 || a.sock != "" {
		return nil
	}
	a.claimed[found] = true
	return listeners[found]
}

func sameFamily(have, want string) bool {
	if want == "tcp4" || want == "tcp6" {
		want = "tcp"
	}
	return have == want
}

// isAt reports whether a listener is what net.Listen would return for an address.
func isAt(have net.Addr, network, addr string) bool {
	tcp, ok := have.(*net.TCPAddr)
	if !ok {
		return have.Network() == network && have.String() == addr
	}
	if !sameFamily("tcp", network) {
		return false
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	if number, err := net.LookupPort(network, port); err != nil || number != tcp.Port || number == 0 {
		return false
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		return tcp.IP.IsUnspecified()
	}
	if want, err := net.ResolveTCPAddr(network, net.JoinHostPort(host, strconv.Itoa(tcp.Port))); err == nil {
		return want.IP.Equal(tcp.IP)
	}
	return false
}

// gate is a listener that accepts from when this process may until it is to end.
type gate struct {
	net.Listener
	app *app

	closed chan struct{} // by its user
	once   sync.Once
	paused sync.Once
}

// gate puts one before a listener, unless it is one or hotreload does not run us.
func (a *app) gate(l net.Listener) net.Listener {
	if g, ok := l.(*gate); ok {
		return g
	}
	if a.sock == "" {
		return l
	}
	g := &gate{Listener: l, app: a, closed: make(chan struct{})}
	a.process.Attend()
	a.mu.Lock()
	a.gates[g] = true
	a.mu.Unlock()
	if a.isDraining() {
		g.pause()
	}
	return g
}

// Accept returns the next connection. Once the process is to end there is none
// more: it then blocks, because many a main takes an error for the end of its work
// and exits in the middle of a request.
func (g *gate) Accept() (net.Conn, error) {
	g.app.admit()
	conn, err := g.Listener.Accept()
	if err != nil && g.app.isDraining() {
		<-g.closed
		return nil, net.ErrClosed
	}
	return conn, err
}

// Close ends it for good.
func (g *gate) Close() (err error) {
	err = net.ErrClosed
	g.once.Do(func() {
		err = nil
		close(g.closed)
		g.app.mu.Lock()
		delete(g.app.gates, g)
		g.app.mu.Unlock()
		g.pause()
	})
	return err
}

// pause lets go of the socket. Connections that wait in it are for the next process.
func (g *gate) pause() { g.paused.Do(func() { _ = g.Listener.Close() }) }
