package bus

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"hotreload/internal/fleet"
)

// TokenEnv is the variable in which an agent finds the token of the broker.
const TokenEnv = "HOTRELOAD_TOKEN"

// Address is what an agent is joined by: a server, a project there, and the key that signs
// what it may run. It has no secret in it.
type Address struct {
	Server  string // for NATS, such as "nats://127.0.0.1:4222"
	Project string
	Key     ed25519.PublicKey
}

// String is the address as one URL.
func (a Address) String() string {
	return strings.TrimSuffix(a.Server, "/") + "/" + a.Project + "/" + base64.RawURLEncoding.EncodeToString(a.Key)
}

// ParseAddress reads an address.
func ParseAddress(text string) (Address, error) {
	const advice = "; copy the line that the session prints, such as nats://127.0.0.1:4222/PROJECT/KEY"
	u, err := url.Parse(text)
	if err != nil {
		return Address{}, errors.New("this is not the address of a bus" + advice) // the error might quote a token
	}
	if u.User != nil {
		return Address{}, fmt.Errorf("a token in the address is there for all users of this machine to see; put it into a file and name that with --token-file, or into the variable %s", TokenEnv)
	}
	switch u.Scheme {
	case "nats", "tls", "ws", "wss":
	default:
		return Address{}, fmt.Errorf("%s is not the address of a bus%s", text, advice)
	}
	project, key, _ := strings.Cut(strings.Trim(u.Path, "/"), "/")
	public, err := base64.RawURLEncoding.DecodeString(key)
	if u.Host == "" || Token(project) != project || project == "" || err != nil || len(public) != ed25519.PublicKeySize {
		return Address{}, fmt.Errorf("%s lacks the project or the public key%s", text, advice)
	}
	return Address{u.Scheme + "://" + u.Host, project, public}, nil
}

// Open reports whether the connection would be neither encrypted nor within this machine.
func (a Address) Open() bool {
	u, err := url.Parse(a.Server)
	return err != nil || (u.Scheme == "nats" || u.Scheme == "ws") && !fleet.Loopback(u.Hostname())
}

// ReadToken reads a token from a file or, without one, from the environment, of which it is
// removed: the app has no business with it.
func ReadToken(file string) (string, error) {
	token := os.Getenv(TokenEnv)
	_ = os.Unsetenv(TokenEnv)
	if file == "" {
		return token, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("read the token of the bus: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}
