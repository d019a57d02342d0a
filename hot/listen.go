package hot

import (
	"maps"
	"net"
	"slices"
	"strconv"
	"sync"
)

// Listen returns a listener for an address. Under hotreload, hotreload binds the address the
// first time that it is asked for, keeps it bound and passes it to each version of the app,
// so no connection is refused in between. Under systemd it is the inherited listener with
// that address; a listener that is the only one inherited is taken whatever its address.
// Otherwise Listen is net.Listen.
func Listen(network, addr string) (net.Listener, error) { return theApp().listen(network, addr) }

func (a *app) listen(network, addr string) (net.Listener, error) {
	l := a.listeners.claim(network, addr, !a.active())
	if l == nil && a.active() {
		l, _ = ask(a.process.Sock, network, addr) // if it fails, net.Listen will say why
	}
	if l == nil {
		var err error
		if l, err = net.Listen(network, addr); err != nil {
			return nil, err
		}
	}
	return a.gate(l), nil
}

// listeners are those of this process.
type listeners struct {
	inherited func() []net.Listener // in the order of LISTEN_FDS; nil stands for another kind of socket

	mu      sync.Mutex
	claimed map[int]bool // indices of inherited
	gates   map[*gate]bool
}

func newListeners() listeners {
	return listeners{
		inherited: sync.OnceValue(inheritedListeners),
		claimed:   map[int]bool{}, gates: map[*gate]bool{},
	}
}

// claim returns the inherited listener for an address, each at most once. With orOnly it
// takes the only listener there is if it has another address: what systemd passes is meant,
// whatever the app would listen on by itself. Hotreload can bind what it has not passed.
func (ls *listeners) claim(network, addr string, orOnly bool) net.Listener {
	inherited := ls.inherited()
	ls.mu.Lock()
	defer ls.mu.Unlock()
	for i, l := range inherited {
		if l == nil || ls.claimed[i] {
			continue
		}
		only := orOnly && len(inherited) == 1 && sameFamily(l.Addr().Network(), network)
		if only || isAt(l.Addr(), network, addr) {
			ls.claimed[i] = true
			return l
		}
	}
	return nil
}

func (ls *listeners) add(g *gate) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	ls.gates[g] = true
}

func (ls *listeners) remove(g *gate) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	delete(ls.gates, g)
}

// pause has all listeners accept no more.
func (ls *listeners) pause() {
	ls.mu.Lock()
	gates := slices.Collect(maps.Keys(ls.gates))
	ls.mu.Unlock()
	for _, g := range gates {
		g.pause()
	}
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

	closed chan struct{} // by the app
	once   sync.Once
	paused sync.Once
}

// gate wraps a listener, unless it is a gate or hotreload does not run this process.
func (a *app) gate(l net.Listener) net.Listener {
	if g, ok := l.(*gate); ok {
		return g
	}
	if !a.active() {
		return l
	}
	g := &gate{Listener: l, app: a, closed: make(chan struct{})}
	a.process.Attend()
	a.listeners.add(g)
	if a.draining.hasBegun() {
		g.pause()
	}
	return g
}

// Accept returns the next connection. Once the process is to end, it blocks until the
// listener is closed: many a main takes an error for the end of its work, and would exit
// in the middle of a request.
func (g *gate) Accept() (net.Conn, error) {
	g.app.admit()
	conn, err := g.Listener.Accept()
	if err != nil && g.app.draining.hasBegun() {
		<-g.closed
		return nil, net.ErrClosed
	}
	return conn, err
}

// Close closes the listener for good.
func (g *gate) Close() (err error) {
	err = net.ErrClosed
	g.once.Do(func() {
		err = nil
		close(g.closed)
		g.app.listeners.remove(g)
		g.pause()
	})
	return err
}

// pause closes this process's descriptor of the socket. Connections that wait in the
// socket are for the next process.
func (g *gate) pause() { g.paused.Do(func() { _ = g.Listener.Close() }) }
