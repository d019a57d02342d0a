package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync/atomic"
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

// settings are what a server is made of. The program reads them from its input, because what is
// in its arguments all users of the machine can see.
type settings struct {
	Listen      string `json:"listen"`
	Store       string `json:"store"` // a directory; empty: without JetStream, as other servers may be
	Token       string `json:"token"`
	Certificate string `json:"certificate"`
	Key         string `json:"key"`
	MaxMessage  int32  `json:"max_message"` // bytes; 0: the server's default
}

// serve serves until the context ends. listening is called once the server can be reached.
func (s settings) serve(ctx context.Context, listening func(url string)) error {
	o, err := s.options()
	if err != nil {
		return err
	}
	srv, err := server.NewServer(o)
	if err != nil {
		return fmt.Errorf("start the broker: %w", err)
	}
	var problem problem
	srv.SetLogger(&problem, false, false)
	defer srv.WaitForShutdown()
	defer srv.Shutdown()
	srv.Start()
	if text := problem.text.Load(); text != nil {
		return errors.New(*text)
	}
	if !srv.ReadyForConnections(patience) {
		return fmt.Errorf("the broker does not listen on %s within %v", s.Listen, patience)
	}
	listening(srv.ClientURL())
	<-ctx.Done()
	return nil
}

func (s settings) options() (*server.Options, error) {
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
		Host: host, Port: port, Authorization: s.Token, MaxPayload: s.MaxMessage,
		JetStream: s.Store != "", StoreDir: s.Store, JetStreamMaxStore: maxStore, JetStreamMaxMemory: maxMemory,
		NoLog: true, NoSigs: true, DisableShortFirstPing: true,
	}
	if s.Certificate != "" {
		o.TLSConfig, err = server.GenTLSConfig(&server.TLSConfigOpts{CertFile: s.Certificate, KeyFile: s.Key})
	}
	return o, err
}

// problem is a logger that keeps what prevents a server from running.
type problem struct{ text atomic.Pointer[string] }

func (p *problem) Fatalf(format string, v ...any) {
	text := fmt.Sprintf(format, v...)
	p.text.CompareAndSwap(nil, &text)
}

func (*problem) Errorf(string, ...any)  {}
func (*problem) Warnf(string, ...any)   {}
func (*problem) Noticef(string, ...any) {}
func (*problem) Debugf(string, ...any)  {}
func (*problem) Tracef(string, ...any)  {}
