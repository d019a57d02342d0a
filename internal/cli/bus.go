package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"

	"hotreload/internal/broker"
	"hotreload/internal/bus"
	"hotreload/internal/config"
	"hotreload/internal/control"
	"hotreload/internal/fleet"
	"hotreload/session"
)

// busEnd is an end of the bus: that of a session, that of an agent, or none.
type busEnd interface {
	// options completes what the session is given.
	options(session.Options) session.Options
	// attend follows the session until its updates end.
	attend(updates <-chan session.Update, commands chan<- session.Command)
}

// noBus is where the config has none.
type noBus struct{}

func (noBus) options(o session.Options) session.Options { return o }

func (noBus) attend(updates <-chan session.Update, _ chan<- session.Command) {
	for range updates {
	}
}

// anyPort has the broker listen on this machine, wherever there is room.
const anyPort = "127.0.0.1:0"

// openBus starts a broker, if the config says so, and connects to it.
func openBus(l *config.Loaded, p project) (busEnd, func(), error) {
	c := l.Config.Bus
	if !c.On() {
		return noBus{}, func() {}, nil
	}
	fromRoot(l.Root, &c.Credentials, &c.CA, &c.Certificate, &c.Key)
	dir := filepath.Join(cacheDir(l.Root), "bus")
	if err := private(dir); err != nil {
		return nil, nil, err
	}
	secrets, err := bus.OpenSecrets(dir)
	if err != nil {
		return nil, nil, err
	}
	server, err := findServer(c, dir, secrets.Token)
	if err != nil {
		return nil, nil, err
	}
	server.access.Name = "hotreload in " + l.Root
	cross := newCrossBuilders(p, l.Root)
	hub, err := bus.OpenHub(context.Background(), bus.HubOptions{
		Config: c, Server: server.url, Public: server.public, Project: projectName(l), Root: l.Root,
		Dir: dir, Key: secrets, Access: server.access, Cross: cross.build,
	})
	if err != nil {
		server.stop()
		return nil, nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		hub.Run(ctx)
	}()
	return sessionBus{hub, joinLine(hub.Address(), c, secrets)}, func() {
		cancel()
		drain(hub.Events(), done)
		cross.close()
		server.stop()
	}, nil
}

// drain takes what the session does not take any more.
func drain(events <-chan fleet.Event, done <-chan struct{}) {
	for {
		select {
		case <-events:
		case <-done:
			return
		}
	}
}

// busServer is a NATS server and how to use it.
type busServer struct {
	url    string
	public string // for agents, if that is another one
	access bus.Access
	stop   func()
}

// findServer is the user's own server, or a broker that it starts.
func findServer(c fleet.Config, dir, token string) (busServer, error) {
	s := busServer{url: c.URL, access: bus.Access{Credentials: c.Credentials, CA: c.CA}, stop: func() {}}
	var err error
	if c.URL != "" {
		s.access.Token, err = bus.ReadToken("")
		return s, err
	}
	s.access.Token = token
	program, err := findBroker(func(text string) { fmt.Fprintln(os.Stderr, "hotreload: "+text) })
	if err != nil {
		return s, err
	}
	if s.url, s.stop, err = startBroker(program, dir, c, token); err != nil {
		return s, err
	}
	if s.url, s.public, err = reached(s.url, c, &s.access); err != nil {
		s.stop()
	}
	return s, err
}

// projectName is what session and agents meet under.
func projectName(l *config.Loaded) string {
	name := l.Config.Bus.Project
	if text, err := os.ReadFile(filepath.Join(l.Root, "go.mod")); name == "" && err == nil {
		name = modfile.ModulePath(text)
	}
	if name == "" {
		name = filepath.Base(l.Root)
	}
	return bus.Token(name)
}

// joinLine is what to run where an instance belongs.
func joinLine(a bus.Address, c fleet.Config, s bus.Secrets) string {
	line := "hotreload agent " + a.String()
	if c.Listen != "" {
		line += " --token-file " + s.TokenFile
	}
	return line
}

// sessionBus is a session's end.
type sessionBus struct {
	hub  *bus.Hub
	join string
}

func (b sessionBus) options(o session.Options) session.Options {
	o.Fleet, o.Ways.Join = b.hub, b.join
	return o
}

// attend publishes what happens, and takes commands from the bus.
func (b sessionBus) attend(updates <-chan session.Update, commands chan<- session.Command) {
	answers := control.NewAnswers(commands, setter(commands))
	defer answers.Close()
	var buf []byte
	for {
		select {
		case u, ok := <-updates:
			if !ok {
				return
			}
			answers.Update(u.State)
			if out, is := u.Event.Data.(session.AppOutput); is && len(out.Lines) == 0 {
				continue
			}
			if buf = u.Event.AppendJSON(buf[:0]); len(buf) > 0 {
				b.hub.Publish(u.Event.Data.Type(), buf)
			}
		case r := <-b.hub.Requests():
			answers.Take(r.Data, r.Reply)
		}
	}
}

// findBroker finds the broker's program, or builds it for this user.
func findBroker(say func(string)) (string, error) {
	if program := broker.Find(); program != "" {
		return program, nil
	}
	base, err := os.UserCacheDir()
	if err != nil {
		base = fallbackCache()
	}
	dir := filepath.Join(base, "hotreload", "broker")
	if err := private(filepath.Dir(dir), dir); err != nil {
		return "", err
	}
	return broker.Make(dir, say)
}

// startBroker starts a broker where the config says, or where there is room.
func startBroker(program, dir string, c fleet.Config, token string) (url string, stop func(), err error) {
	candidates := []string{c.Listen}
	port := filepath.Join(dir, "listen")
	if c.Listen == anyPort {
		candidates = []string{fleet.DefaultListen, anyPort}
		if before, err := os.ReadFile(port); err == nil { // agents know that one
			candidates = append([]string{string(before)}, candidates...)
		}
	}
	settings := broker.Settings{Store: filepath.Join(dir, "store"), Token: token, Certificate: c.Certificate, Key: c.Key}
	for _, settings.Listen = range candidates {
		b, server, failed := broker.Start(program, settings)
		if err = failed; err != nil {
			continue
		}
		if err := os.WriteFile(port, []byte(strings.TrimPrefix(strings.TrimPrefix(server, "tls://"), "nats://")), 0o600); err != nil {
			b.Stop()
			return "", nil, err
		}
		return server, b.Stop, nil
	}
	return "", nil, fmt.Errorf("start the broker: %w", err)
}
