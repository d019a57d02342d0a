package runner

import (
	"fmt"
	"os"
	"path/filepath"

	"hotreload/build"
	"hotreload/internal/appsock"
)

// Request asks for an artifact to be run in place of what runs now.
type Request struct {
	Gen      int // the version, for the events
	Artifact build.Artifact
	Config   Config
	Root     string   // the project's directory, absolute
	Listens  bool     // whether the app can open a port, so that looking for one makes sense
	Unplug   string   // why there are no plugins; empty: the artifact's count
	Strategy Strategy // how it takes over from the version before it
	Proxied  Proxied  // where it listens, if it is behind the proxy
}

// Strategy is how a new version takes over from the one before it.
type Strategy string

const (
	// Restart: the old process is stopped first.
	Restart Strategy = "restart"
	// Socket: the new process gets the old one's listeners.
	Socket Strategy = "socket"
	// Inject: as Socket, for an app that does not know of it: see package build/inject.
	Inject Strategy = "inject"
	// Proxy: the proxy sends new requests to the new process. Where two processes cannot
	// run side by side it holds them until the new one serves.
	Proxy Strategy = "proxy"
)

// CanSwap tells whether a process can get another one's listeners on this system.
const CanSwap = appsock.Supported

// Passes reports whether the new version gets the old one's listeners.
func (s Strategy) Passes() bool { return s == Socket || s == Inject }

// dir is the working directory of the app.
func (r Request) dir() string {
	if filepath.IsAbs(r.Config.Dir) {
		return r.Config.Dir
	}
	return filepath.Join(r.Root, r.Config.Dir)
}

// check finds what would fail before anything is stopped or started for it, and
// returns the environment to start in.
func (r Request) check() (env []string, from []EnvFile, err error) {
	if info, err := os.Stat(r.dir()); err != nil || !info.IsDir() {
		return nil, nil, fmt.Errorf("runner.dir: %s is not a directory", r.dir())
	}
	if _, err := r.wrapper(); err != nil {
		return nil, nil, err
	}
	return Environment(r.Config, r.Root)
}
