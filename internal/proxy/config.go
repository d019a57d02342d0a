package proxy

import (
	"fmt"
	"net"
	"net/url"
	"strings"
)

// Config is the [proxy] table of the config file.
type Config struct {
	Listen      string `toml:"listen" doc:"address of the proxy, such as \":8080\"; without a host it listens on the loopback interface only"`
	Target      string `toml:"target" doc:"where the app listens: host:port, or https:// or h2c:// before it; empty: the app is given a port as PORT"`
	Certificate string `toml:"certificate" doc:"certificate file; with it and its key the proxy speaks HTTPS and HTTP/2"`
	Key         string `toml:"key" doc:"key file of the certificate"`
	Browser     bool   `toml:"browser" doc:"tell open pages what has changed: stylesheets and images are swapped in, and pages reload when a new version serves; for that a script is added to pages"`
	Overlay     bool   `toml:"overlay" doc:"show on open pages why a build failed or the app crashed"`
}

// DefaultConfig is the config where the config file says nothing.
func DefaultConfig() Config { return Config{Browser: true, Overlay: true} }

// Check says what is wrong with a config that sets listen, and with which key.
// Both are empty if nothing is.
func (c Config) Check() (key, problem string) {
	if _, _, err := listenAddresses(c.Listen); err != nil {
		return "proxy.listen", err.Error()
	}
	if c.Target != "" {
		t, err := parseTarget(c.Target)
		if err != nil {
			return "proxy.target", err.Error()
		}
		if sameAddress(c.Listen, t.address) {
			return "proxy.target", fmt.Sprintf("%q is where the proxy itself listens; the app needs another port", c.Target)
		}
	}
	switch {
	case c.Certificate == "" && c.Key != "":
		return "proxy.key", "needs its certificate, in proxy.certificate"
	case c.Certificate != "" && c.Key == "":
		return "proxy.certificate", "needs its key, in proxy.key"
	}
	return "", ""
}

// listenAddresses returns where the proxy listens. Without a host that is the
// loopback interface, at both its addresses, because some programs take localhost
// for the one and some for the other: sibling is the host of the second, or empty.
func listenAddresses(listen string) (address, sibling string, err error) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil || port == "" || strings.Contains(port, "/") {
		return "", "", fmt.Errorf("%q is not an address; write for example \":8080\", or \"0.0.0.0:8080\" to be reachable from the network", listen)
	}
	if !isPort(port) {
		return "", "", fmt.Errorf("%q has no valid port; %s", listen, portAdvice)
	}
	switch host {
	case "", "localhost":
		return net.JoinHostPort("127.0.0.1", port), "::1", nil
	case "*":
		host = ""
	}
	return net.JoinHostPort(host, port), "", nil
}

const portAdvice = "write a number up to 65535"

// isPort reports whether a port is a number or the name of a service.
func isPort(port string) bool {
	_, err := net.LookupPort("tcp", port)
	return err == nil
}

// target is where a version of the app listens, and what it speaks there.
type target struct {
	scheme  string // http or https
	address string
	http2   bool // without encryption: the config says that the app speaks it
}

func parseTarget(text string) (target, error) {
	scheme, address, ok := strings.Cut(text, "://")
	if !ok {
		scheme, address = "http", text
	}
	t := target{scheme: scheme}
	switch scheme {
	case "http", "https":
	case "h2c":
		t.scheme, t.http2 = "http", true
	default:
		return target{}, fmt.Errorf("%q has an unknown scheme; use http, https or h2c", text)
	}
	host, port, err := net.SplitHostPort(address)
	// It becomes part of each request's URL.
	if _, parseErr := url.Parse(t.scheme + "://" + address); err != nil || port == "" || parseErr != nil || strings.Contains(address, "/") {
		return target{}, fmt.Errorf("%q is not an address; write for example \"localhost:8081\"", text)
	}
	if !isPort(port) {
		return target{}, fmt.Errorf("%q has no valid port; %s", text, portAdvice)
	}
	if host == "" {
		host = "localhost"
	}
	t.address = net.JoinHostPort(host, port)
	return t, nil
}

// sameAddress reports whether two addresses are one, judging by their text.
func sameAddress(a, b string) bool {
	hostA, portA, _ := net.SplitHostPort(a)
	hostB, portB, _ := net.SplitHostPort(b)
	return portA == portB && portA != "0" && (hostA == hostB || isLocal(hostA) && isLocal(hostB))
}

// isLocal reports whether a host is this machine: its loopback, or all its addresses.
func isLocal(host string) bool {
	ip := net.ParseIP(host)
	return host == "" || host == "*" || host == "localhost" || ip.IsLoopback() || ip.IsUnspecified()
}
