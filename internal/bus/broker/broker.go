// Package broker runs a NATS server with JetStream.
//
// In go Settings; out comes a server that listens, and where. What always holds: nobody uses
// it without the token; what it stores is in one directory, and bounded; it ends with the
// context, or with whoever has started it.
//
// It is a program of its own, hotreload-broker, and not part of hotreload: the server's packages
// start a timer in each process that they are linked into, which hotreload's supervisors are,
// too, and would more than double what hotreload's own code is.
package broker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

const (
	// patience is how long the server may take to listen.
	patience = 10 * time.Second
	// maxStore bounds what versions take on the disk.
	maxStore = 4 << 30
	// maxMemory bounds what is kept in memory, which nothing of ours is.
	maxMemory = 64 << 20
)

// Settings are what a server is made of. The program reads them from its input, because what is
// in its arguments all users of the machine can see.
type Settings struct {
	Listen      string `json:"listen"`
	Store       string `json:"store"` // a directory
	Token       string `json:"token"`
	Certificate string `json:"certificate,omitempty"`
	Key         string `json:"key,omitempty"`
}

// Started is what the program answers.
type Started struct {
	URL   string `json:"url,omitempty"`
	Error string `json:"error,omitempty"`
}

// Main is the program: it reads Settings from in, writes Started to out, and serves until in
// ends.
func Main(in io.Reader, out io.Writer) error {
	input := json.NewDecoder(in)
	var s Settings
	if err := input.Decode(&s); err != nil {
		return fmt.Errorf("this program is started by hotreload --bus, which tells it what to do: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() { // ends with the input, which is as long as the program runs
		_, _ = io.Copy(io.Discard, in)
		cancel()
	}()
	answer := json.NewEncoder(out)
	err := Run(ctx, s, func(url string) { _ = answer.Encode(Started{URL: url}) })
	if err != nil {
		_ = answer.Encode(Started{Error: err.Error()})
	}
	return err
}

// Run serves until the context ends. listening is called once the server can be reached.
func Run(ctx context.Context, s Settings, listening func(url string)) error {
	o, err := s.options()
	if err != nil {
		return err
	}
	srv, err := server.NewServer(o)
	if err != nil {
		return fmt.Errorf("start the broker: %w", err)
	}
	go srv.Start()
	defer srv.WaitForShutdown()
	defer srv.Shutdown()
	for deadline := time.Now().Add(patience); !srv.ReadyForConnections(50 * time.Millisecond); {
		switch {
		case ctx.Err() != nil:
			return nil
		case !srv.Running(), time.Now().After(deadline):
			return errors.New("the broker cannot listen on " + s.Listen)
		}
	}
	listening(srv.ClientURL())
	<-ctx.Done()
	return nil
}

func (s Settings) options() (*server.Options, error) {
	host, name, err := net.SplitHostPort(s.Listen)
	if err != nil {
		return nil, err
	}
	port, err := strconv.Atoi(name)
	if err != nil {
		return nil, err
	}
	if port == 0 {
		port = server.RANDOM_PORT
	}
	o := &server.Options{
		Host: host, Port: port, Authorization: s.Token,
		JetStream: true, StoreDir: s.Store, JetStreamMaxStore: maxStore, JetStreamMaxMemory: maxMemory,
		NoLog: true, NoSigs: true, DisableShortFirstPing: true,
	}
	if s.Certificate != "" {
		o.TLSConfig, err = server.GenTLSConfig(&server.TLSConfigOpts{CertFile: s.Certificate, KeyFile: s.Key})
	}
	return o, err
}
