package bus

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// dialTimeout is for one attempt to connect.
	dialTimeout = 5 * time.Second
	// reconnectWait is the pause between two attempts.
	reconnectWait = 250 * time.Millisecond
	// askTimeout is how long the broker may take to answer.
	askTimeout = 10 * time.Second
	// pings notice a connection that is dead and was not closed, in twice this time.
	pings = 10 * time.Second
)

// Access is how a client proves itself to the server.
type Access struct {
	Name        string // that it shows to the server
	Token       string
	Credentials string // a file
	CA          string // a file of certificates that are trusted, too
	ServerName  string // that the server's certificate has, if not the name in its address
}

// Conn is a connection to the bus. It is there from the start, though the server may not be.
type Conn struct {
	subjects
	nats *nats.Conn
	js   jetstream.JetStream
}

// Dial connects, and goes on to try as long as the connection is open. changed is told of the
// connection's ups and downs; it may be nil.
func Dial(server, project string, a Access, changed func(up bool, err error)) (*Conn, error) {
	if changed == nil {
		changed = func(bool, error) {}
	}
	options := []nats.Option{
		nats.Name(a.Name), nats.Timeout(dialTimeout), nats.MaxReconnects(-1), nats.ReconnectWait(reconnectWait),
		nats.RetryOnFailedConnect(true), nats.PingInterval(pings), nats.IgnoreAuthErrorAbort(),
		nats.ConnectHandler(func(*nats.Conn) { changed(true, nil) }),
		nats.ReconnectHandler(func(*nats.Conn) { changed(true, nil) }),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) { changed(false, err) }),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}), // else it prints
	}
	if a.Token != "" {
		options = append(options, nats.Token(a.Token))
	}
	if a.Credentials != "" {
		options = append(options, nats.UserCredentials(a.Credentials))
	}
	if a.CA != "" {
		options = append(options, nats.RootCAs(a.CA))
	}
	if a.ServerName != "" {
		options = append(options, func(o *nats.Options) error {
			if o.TLSConfig == nil {
				o.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12}
			}
			o.TLSConfig.ServerName = a.ServerName
			return nil
		})
	}
	nc, err := nats.Connect(server, options...)
	if err != nil {
		return nil, fmt.Errorf("connect to the bus at %s: %w", server, err)
	}
	js, err := jetstream.New(nc)
	if err != nil {
		nc.Close()
		return nil, err
	}
	return &Conn{subjects{project}, nc, js}, nil
}

// Close sends what is to be sent, and disconnects.
func (c *Conn) Close() {
	_ = c.nats.FlushTimeout(time.Second)
	c.nats.Close()
}

// Await waits until the connection is up.
func (c *Conn) Await(ctx context.Context) error {
	for status := c.nats.StatusChanged(nats.CONNECTED); !c.nats.IsConnected(); {
		select {
		case <-status:
		case <-time.After(reconnectWait): // it may have come between the question and the answer
		case <-ctx.Done():
			if err := c.nats.LastError(); err != nil {
				return fmt.Errorf("%w: %w", context.Cause(ctx), err)
			}
			return context.Cause(ctx)
		}
	}
	return nil
}

// explain says what to do about errors that are not ours.
func explain(err error) error {
	if errors.Is(err, jetstream.ErrJetStreamNotEnabled) || errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount) || errors.Is(err, nats.ErrNoResponders) {
		return errors.New("the NATS server has no JetStream, which keeps the versions; start it with -js, or turn it on for the account")
	}
	return err
}

// stores are where the project's state and artifacts are.
type stores struct {
	states  jetstream.KeyValue
	objects jetstream.ObjectStore
	chunk   uint32 // of an object, in one message
}

// makeStores makes them, if they are not there.
func (c *Conn) makeStores(ctx context.Context) (stores, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	kv, err := c.js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: c.bucket(), History: 1, Description: "what instances are to run"})
	if err != nil {
		return stores{}, fmt.Errorf("make a place on the bus for the desired state: %w", explain(err))
	}
	objects, err := c.js.CreateOrUpdateObjectStore(ctx, jetstream.ObjectStoreConfig{Bucket: c.bucket(), Description: "versions of the app"})
	if err != nil {
		return stores{}, fmt.Errorf("make a place on the bus for versions of the app: %w", explain(err))
	}
	return stores{kv, objects, c.chunk()}, nil
}

// usualChunk is what NATS recommends.
const usualChunk = 128 << 10

// chunk is how much of an object fits into a message of this server's.
func (c *Conn) chunk() uint32 { return uint32(min(usualChunk, c.nats.MaxPayload()/2)) }

// openStores opens those that a session has made.
func (c *Conn) openStores(ctx context.Context) (stores, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	kv, err := c.js.KeyValue(ctx, c.bucket())
	if err != nil {
		return stores{}, explain(err)
	}
	objects, err := c.js.ObjectStore(ctx, c.bucket())
	if err != nil {
		return stores{}, explain(err)
	}
	return stores{kv, objects, c.chunk()}, nil
}
