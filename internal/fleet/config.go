package fleet

import (
	"net"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Config is the [bus] table of the config file.
type Config struct {
	Listen      string        `toml:"listen" doc:"where hotreload starts a broker for instances of the app, e.g. \"127.0.0.1:4222\"; empty: it starts none; --bus chooses an address on this machine"`
	URL         string        `toml:"url" doc:"a NATS server or cluster of yours, with JetStream, to use instead"`
	Credentials string        `toml:"credentials" doc:"the NATS credentials file for url; instances have their own"`
	CA          string        `toml:"ca" doc:"a file of certificates that the server at url is checked against, besides the system's"`
	Certificate string        `toml:"certificate" doc:"with key: a certificate file, so that the broker that listens talks TLS"`
	Key         string        `toml:"key" doc:"the certificate's key file"`
	Plain       bool          `toml:"plain" doc:"also without TLS, and not only on this machine: whoever reads the network learns the token and the app"`
	Project     string        `toml:"project" doc:"the name that session and instances meet under; empty: the module path"`
	Rollout     string        `toml:"rollout" doc:"canary: one instance first, and the others when it has served for ready; all: all at once"`
	Ready       time.Duration `toml:"ready" doc:"how long a canary serves before the others follow"`
}

// Rollouts.
const (
	CanaryFirst = "canary"
	AllAtOnce   = "all"
)

// DefaultListen is where the broker listens if only --bus is said.
const DefaultListen = "127.0.0.1:4222"

// DefaultConfig has the values of keys that the config file does not set.
func DefaultConfig() Config { return Config{Rollout: CanaryFirst, Ready: 2 * time.Second} }

// On reports whether there is a bus.
func (c Config) On() bool { return c.Listen != "" || c.URL != "" }

// Check finds the key that is wrong, and says why.
func (c Config) Check() (key, problem string) {
	switch {
	case c.Listen != "" && c.URL != "":
		return "bus.listen", "and bus.url exclude each other: hotreload starts a broker, or uses yours; remove one"
	case (c.Certificate == "") != (c.Key == ""):
		return "bus.certificate", "and bus.key belong together; set both or none"
	case c.Rollout != CanaryFirst && c.Rollout != AllAtOnce:
		return "bus.rollout", `is neither "canary" nor "all"`
	case c.URL != "":
		return c.checkURL()
	case c.Listen == "":
		return "", ""
	}
	host, port, err := net.SplitHostPort(c.Listen)
	if err == nil {
		_, err = net.LookupPort("tcp", port)
	}
	if err != nil {
		return "bus.listen", `is not an address; write for example "` + DefaultListen + `"`
	}
	if !Loopback(host) && c.Certificate == "" && !c.Plain {
		return "bus.listen", "is open to other machines, and the broker would talk to them without encryption; " +
			"set certificate and key, or, if the network is trusted, plain = true"
	}
	return "", ""
}

// checkURL checks where the user's own server is.
func (c Config) checkURL() (key, problem string) {
	for server := range strings.SplitSeq(c.URL, ",") {
		u, err := url.Parse(strings.TrimSpace(server))
		switch {
		case err != nil || u.Host == "" || !slices.Contains([]string{"nats", "tls", "ws", "wss"}, u.Scheme):
			return "bus.url", `is not the address of a NATS server; write for example "tls://nats.example.com:4222"`
		case u.User != nil:
			return "bus.url", "has a token or a password in it, for all to see; set the variable HOTRELOAD_TOKEN, or bus.credentials"
		case (u.Scheme == "nats" || u.Scheme == "ws") && !Loopback(u.Hostname()) && !c.Plain:
			return "bus.url", "leads to another machine, without encryption; write tls://, or, if the network is trusted, set plain = true"
		}
	}
	return "", ""
}

// Loopback reports whether a host is this machine and nothing else.
func Loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
