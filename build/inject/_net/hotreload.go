// This file is not part of Go. The tool hotreload adds it to package net of an app that it
// builds with runner.handover = "inject", so that a new version of the app can take over
// from the old one without losing a connection. It speaks the protocol of the tool's socket
// for apps.
//
// What always holds: without hotreload's socket in the environment, and for anything but
// TCP listeners at a fixed address, package net works as in Go. The file needs nothing that
// is newer than Go 1.21, or that imports net.

package net

import (
	"context"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// HotreloadServers is implemented by net/http, which we cannot import.
type HotreloadServers interface {
	// HotreloadEnd makes each response from now on the last one on its connection. It
	// reports whether any server is running.
	HotreloadEnd() (serves bool)
	// HotreloadWait returns when no request is in progress, or none has made progress within a
	// time, or at the latest after another. It calls tell when one makes progress.
	HotreloadWait(within, atMost time.Duration, tell func())
}

// HotreloadTrack is called by net/http when the first server runs.
func HotreloadTrack(servers HotreloadServers) {
	hotreload.mu.Lock()
	defer hotreload.mu.Unlock()
	hotreload.servers = servers
}

// hotreload is this process as the tool sees it.
var hotreload = hotreloadProcess{
	gates:    map[*TCPListener]*hotreloadGate{},
	admitted: make(chan struct{}), draining: make(chan struct{}),
}

type hotreloadProcess struct {
	attendOnce sync.Once
	sock       string
	line       *UnixConn // to the tool; nil without it
	admitOnce  sync.Once
	admitted   chan struct{} // closed when connections may be accepted, or the tool is gone
	draining   chan struct{} // closed when the process is to shut down

	mu      sync.Mutex
	gates   map[*TCPListener]*hotreloadGate
	servers HotreloadServers
}

// hotreloadGate belongs to a listener whose socket the tool keeps.
type hotreloadGate struct {
	network, address string
	paused           bool          // its socket is for the next process
	closed           chan struct{} // by its user
	back             chan struct{} // closed when an Accept has found that there are no more connections
	once             sync.Once     // closes that
}

// Listen is Go's, except for listeners that the tool passes to us.
func (lc *ListenConfig) Listen(ctx context.Context, network, address string) (Listener, error) {
	l, err := hotreload.listen(lc, network, address)
	switch {
	case err != nil:
		return nil, err
	case l != nil:
		return l, nil
	}
	return lc.hotreloadListen(ctx, network, address)
}

// ListenTCP is Go's, except for listeners that the tool passes to us.
func ListenTCP(network string, laddr *TCPAddr) (*TCPListener, error) {
	if laddr != nil {
		if l, err := hotreload.listen(&ListenConfig{}, network, laddr.String()); l != nil || err != nil {
			return l, err
		}
	}
	return hotreloadListenTCP(network, laddr)
}

// FileListener is Go's, except that the listeners of LISTEN_FDS are released when draining.
func FileListener(f *os.File) (Listener, error) {
	l, err := hotreloadFileListener(f)
	pid, _ := syscall.Getenv("LISTEN_PID")
	if tcp, ok := l.(*TCPListener); ok && pid == strconv.Itoa(syscall.Getpid()) && hotreload.attend() {
		hotreload.gate(tcp, "", "")
	}
	return l, err
}

// File is Go's, from when the process may accept: whoever gets the file may do so without
// our being asked again, such as a child that serves in place of this process.
func (ln *TCPListener) File() (*os.File, error) {
	if hotreload.gateOf(ln) != nil {
		hotreload.admit()
	}
	return ln.hotreloadFile()
}

// accept is Go's, from when the process may accept until it is to shut down. Then it blocks:
// many programs exit when Accept fails, in the middle of a request.
func (ln *TCPListener) accept() (*TCPConn, error) {
	g := hotreload.gateOf(ln)
	if g == nil {
		return ln.hotreloadAccept()
	}
	hotreload.admit()
	c, err := ln.hotreloadAccept()
	if err == nil || !hotreload.isDraining() {
		return c, err
	}
	g.once.Do(func() { close(g.back) })
	<-g.closed
	return nil, errClosed
}

// close is Go's; the socket may be closed already.
func (ln *TCPListener) close() error {
	g := hotreload.gateOf(ln)
	if g == nil {
		return ln.hotreloadClose()
	}
	hotreload.mu.Lock()
	defer hotreload.mu.Unlock()
	if hotreload.gates[ln] == nil {
		return errClosed
	}
	delete(hotreload.gates, ln)
	close(g.closed)
	if g.paused {
		return nil
	}
	return ln.hotreloadClose()
}

// listen returns the listener that the tool keeps for an address. Neither a listener nor an
// error: the address does not concern us, or Go will report what is wrong with it.
func (p *hotreloadProcess) listen(lc *ListenConfig, network, address string) (*TCPListener, error) {
	open := p.isOpen(network, address)
	if !isHotreloadable(network, address) || open && lc.Control == nil || !p.attend() {
		return nil, nil
	}
	fd := -1
	if !open {
		fd = p.ask(network, address, syscall.Getpid())
	}
	// Another listener of the app has the address. With SO_REUSEPORT that is meant.
	shared := fd < 0 && lc.Control != nil
	if shared {
		fd = p.ask(network, address, 0)
	}
	if fd < 0 {
		return nil, nil
	}
	file := os.NewFile(uintptr(fd), "listener")
	defer file.Close()
	l, err := hotreloadFileListener(file)
	ln, ok := l.(*TCPListener)
	if err != nil || !ok {
		return nil, nil
	}
	ln.lc = *lc
	if err := ln.hotreloadControl(lc, network); err != nil {
		_ = ln.hotreloadClose()
		return nil, &OpError{Op: "listen", Net: network, Source: nil, Addr: ln.Addr(), Err: err}
	}
	if shared && !ln.hotreloadReusesPort() {
		_ = ln.hotreloadClose()
		return nil, nil
	}
	p.gate(ln, network, address)
	return ln, nil
}

// hotreloadReusesPort reports whether the app has set SO_REUSEPORT, which package syscall does
// not name on all systems.
func (ln *TCPListener) hotreloadReusesPort() bool {
	option := 0x200 // BSD's
	if runtime.GOOS == "linux" && !strings.HasPrefix(runtime.GOARCH, "mips") {
		option = 15
	}
	value, err := syscall.GetsockoptInt(ln.fd.pfd.Sysfd, syscall.SOL_SOCKET, option)
	return err == nil && value != 0
}

// hotreloadControl lets the app set options of its socket. The socket is bound already, but
// most options can still be set.
func (ln *TCPListener) hotreloadControl(lc *ListenConfig, network string) error {
	if lc.Control == nil {
		return nil
	}
	raw, err := ln.SyscallConn()
	if err != nil {
		return err
	}
	if network == "tcp" {
		network = "tcp6"
		if ln.fd.family == syscall.AF_INET {
			network = "tcp4"
		}
	}
	return lc.Control(network, ln.Addr().String(), raw)
}

// isHotreloadable reports whether an address is for TCP, and fixed.
func isHotreloadable(network, address string) bool {
	if network != "tcp" && network != "tcp4" && network != "tcp6" {
		return false
	}
	for _, r := range address { // so that it needs no quoting
		if r <= ' ' || r > '~' || r == '"' || r == '\\' {
			return false
		}
	}
	_, port, err := SplitHostPort(address)
	return err == nil && strings.Trim(port, "0") != ""
}

// isOpen reports whether the process listens at an address: doing so again is an error.
func (p *hotreloadProcess) isOpen(network, address string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, g := range p.gates {
		if g.network == network && g.address == address {
			return true
		}
	}
	return false
}

// gate adds a listener that shares its socket with another process.
func (p *hotreloadProcess) gate(ln *TCPListener, network, address string) {
	g := &hotreloadGate{network: network, address: address, closed: make(chan struct{}), back: make(chan struct{})}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gates[ln] = g
	if p.isDraining() {
		g.paused = true
		_ = ln.hotreloadClose()
	}
}

func (p *hotreloadProcess) gateOf(ln *TCPListener) *hotreloadGate {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.gates[ln]
}

func (p *hotreloadProcess) isDraining() bool {
	select {
	case <-p.draining:
		return true
	default:
		return false
	}
}

// admit waits until this process may accept connections.
func (p *hotreloadProcess) admit() {
	p.admitOnce.Do(func() {
		p.say(`{"accept":{"keeps":false}}`)
		select {
		case <-p.admitted:
		case <-p.draining: // it will never serve
		}
	})
}

// drain shuts down, because there is a newer process.
func (p *hotreloadProcess) drain(within, atMost time.Duration) {
	p.mu.Lock()
	servers := p.servers
	p.mu.Unlock()
	serves := servers != nil && servers.HotreloadEnd()
	p.mu.Lock()
	close(p.draining)
	var gates []*hotreloadGate
	for ln, g := range p.gates {
		gates = append(gates, g)
		g.paused = true
		_ = ln.hotreloadClose() // connections that wait there are for the next process
	}
	p.mu.Unlock()
	p.say(`{"draining":{"serves":` + strconv.FormatBool(serves) + `}}`)
	if !serves {
		return
	}
	// Once a loop calls Accept again, the server knows the connection from the call before.
	patience := time.After(time.Second)
	for _, g := range gates {
		select {
		case <-g.back:
		case <-g.closed:
		case <-patience:
			patience = time.After(0)
		}
	}
	servers.HotreloadWait(within, atMost, func() { p.say(`{"progress":{}}`) })
	p.say(`{"drained":{}}`)
}
