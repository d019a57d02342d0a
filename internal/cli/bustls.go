package cli

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"

	"hotreload/internal/bus"
	"hotreload/internal/fleet"
)

// fromRoot makes the paths of a config's files absolute.
func fromRoot(root string, files ...*string) {
	for _, file := range files {
		if *file != "" && !filepath.IsAbs(*file) {
			*file = filepath.Join(root, *file)
		}
	}
}

// reached is where a broker of ours is reached: by us, and by agents on other machines. Its
// certificate may be for another name than we know it by.
func reached(server string, c fleet.Config, a *bus.Access) (ours, public string, err error) {
	u, err := url.Parse(server)
	if err != nil {
		return "", "", err
	}
	host, port := u.Hostname(), u.Port()
	name := host
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
		if name, err = os.Hostname(); err != nil {
			return "", "", err
		}
	}
	scheme := "nats"
	if c.Certificate != "" {
		scheme = "tls"
		pair, err := tls.LoadX509KeyPair(c.Certificate, c.Key)
		if err != nil {
			return "", "", fmt.Errorf("bus.certificate: %w", err)
		}
		if names := pair.Leaf.DNSNames; len(names) > 0 {
			name = names[0]
		} else if addresses := pair.Leaf.IPAddresses; len(addresses) > 0 {
			name = addresses[0].String()
		}
		a.ServerName = name
		if a.CA == "" { // it may be signed by itself
			a.CA = c.Certificate
		}
	}
	return scheme + "://" + net.JoinHostPort(host, port), scheme + "://" + net.JoinHostPort(name, port), nil
}
