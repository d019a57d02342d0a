package browser

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"

	"golang.org/x/sync/errgroup"

	"hotreload/internal/appsock/wire"
)

// Server is a hub at a port of its own, for an app that has no proxy in front of it: its
// pages are of another origin than the hub.
type Server struct {
	hub      *Hub
	listener net.Listener
}

// The ports of which each project has one that it prefers. Linux gives none of them to
// outgoing connections, and apps that have a port of their own choose a lower one.
const (
	firstPort = 61_000
	ports     = 4_500
)

// NewServer opens a port on the loopback interface: the same for a project whenever it is
// free, so that pages find the next session.
func NewServer(h *Hub, root string) (*Server, error) {
	hash := fnv.New32a()
	io.WriteString(hash, root)
	preferred := firstPort + int(hash.Sum32()%ports)
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(preferred)))
	if err != nil {
		l, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		return nil, fmt.Errorf("open a port for the pages of the app: %w; to do without, set browser = false under [proxy]", err)
	}
	h.alone = true
	return &Server{h, l}, nil
}

// Run serves until the context ends.
func (s *Server) Run(ctx context.Context) error {
	server := &http.Server{Handler: s.hub.Handler(), ErrorLog: log.New(io.Discard, "", 0)}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		if err := server.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("accept connections of pages at %s: %w", s.listener.Addr(), err)
		}
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		return server.Close()
	})
	return group.Wait()
}

// ScriptURL is the address of the script.
func (s *Server) ScriptURL() string { return "http://" + s.listener.Addr().String() + clientPath() }

// Env is the value of wire.PagesEnv for a process, by the version that it is started as.
func (s *Server) Env(gen int) string {
	state, _, _ := s.hub.now()
	env, err := json.Marshal(wire.Pages{Src: s.ScriptURL(), Token: s.hub.token, Mark: state.ID + "." + strconv.Itoa(gen)})
	if err != nil {
		panic(err) // plain strings
	}
	return string(env)
}

// Line is the element for a page that gets the script neither from a proxy nor from hot.Browser.
// It has no token, and so the page reloads and shows no problems.
func (s *Server) Line() string {
	return fmt.Sprintf(`<script src="http://%s%s" async></script>`, s.listener.Addr(), clientFile)
}
