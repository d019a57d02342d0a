//go:build unix

package appsock

import (
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hotreload/internal/appsock/wire"
)

// app stands for a process at a desk.
type app struct {
	*testing.T
	conn net.Conn
	in   *json.Decoder
}

func newDesk(t *testing.T) *Desk {
	t.Helper()
	dir, err := os.MkdirTemp("", "hr") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	sockets := NewSockets()
	d, err := Open(filepath.Join(dir, "s"), sockets)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		d.Close()
		sockets.Close()
		os.RemoveAll(dir)
	})
	return d
}

func dial(t *testing.T, d *Desk, first wire.Message) *app {
	t.Helper()
	conn, err := net.Dial("unix", d.Path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	a := &app{t, conn, json.NewDecoder(conn)}
	a.say(first)
	return a
}

func (a *app) say(m wire.Message) {
	a.Helper()
	if err := json.NewEncoder(a.conn).Encode(m); err != nil {
		a.Fatal(err)
	}
}

func (a *app) hear() (m wire.Message) {
	a.Helper()
	if err := a.in.Decode(&m); err != nil {
		a.Fatal(err)
	}
	return m
}

func TestOffer(t *testing.T) {
	d := newDesk(t)
	ask := func(name string) wire.Answer {
		return *dial(t, d, wire.Message{Plugin: &wire.Plugin{Name: name}}).hear().Answer
	}
	if a := ask("greet"); a.Path != "" || !strings.Contains(a.Error, `add its package to .hotreload.toml: [[build.plugin]] package = "./plugins/greet"`) {
		t.Errorf("with no plugins: %+v", a)
	}
	d.Offer(Offer{Paths: map[string]string{"greet": "/1.so", "mail": "/2.so"}, Packages: map[string][]string{"greet": {"greet/1"}}})
	if a := ask("greet"); a.Path != "/1.so" || a.Error != "" || !slices.Equal(a.Packages, []string{"greet/1"}) {
		t.Errorf("greet is %+v", a)
	}
	if a := ask("great"); a.Path != "" || !strings.Contains(a.Error, "greet, mail") {
		t.Errorf("great is %+v", a)
	}
	d.Offer(Offer{Why: "there is no cgo"})
	if a := ask("greet"); a.Error != "there is no cgo" {
		t.Errorf("without cgo: %+v", a)
	}
	if !d.AskedFor("great") || d.AskedFor("mail") {
		t.Error("AskedFor is wrong")
	}
}

// All processes that have a plugin open load its next version, and all must take it.
func TestLoad(t *testing.T) {
	d := newDesk(t)
	var apps []*app
	for range 2 {
		a := dial(t, d, wire.Message{Attend: &wire.Attend{PID: 1}})
		a.say(wire.Message{Slot: &wire.Slot{Name: "greet", Path: "/1.so"}})
		if o := <-d.Opened(); o.Name != "greet" || o.Path != "/1.so" {
			t.Errorf("%+v was opened", o)
		}
		apps = append(apps, a)
	}
	if !d.Has("greet") || d.Has("mail") {
		t.Error("Has is wrong")
	}
	answers := func(path string, answers ...wire.Message) (Outcome, bool) {
		t.Helper()
		done := make(chan struct{})
		go func() {
			defer close(done)
			for i, answer := range answers {
				if m := apps[i].hear(); m.Load == nil || m.Load.Path != path || m.Load.WithinMS != 2000 || !slices.Equal(m.Load.Packages, []string{"greet/1"}) {
					t.Errorf("it was told %+v", m)
				}
				apps[i].say(answer)
			}
		}()
		o, ok := d.Load(t.Context(), Version{Name: "greet", Path: path, Packages: []string{"greet/1"}}, 2*time.Second)
		<-done
		return o, ok
	}
	loaded := func(path string) wire.Message { return wire.Message{Loaded: &wire.Loaded{Name: "greet", Path: path}} }
	no := wire.Message{Rejected: &wire.Rejected{Name: "greet", Path: "/3.so", Reason: "no"}}
	if o, ok := answers("/2.so", loaded("/2.so"), loaded("/2.so")); !ok || o.Loaded == nil || o.Rejected != nil {
		t.Errorf("it came to %+v, %v", o, ok)
	}
	if o, ok := answers("/3.so", loaded("/3.so"), no); !ok || o.Rejected == nil || o.Rejected.Reason != "no" {
		t.Errorf("it came to %+v, %v", o, ok)
	}
	apps[0].conn.Close()
	apps[0], apps = apps[1], apps[1:]
	if o, ok := answers("/5.so", loaded("/5.so")); !ok || o.Loaded == nil {
		t.Errorf("with one of two left it came to %+v, %v", o, ok)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if o, ok := d.Load(ctx, Version{Name: "greet", Path: "/4.so"}, time.Second); ok {
		t.Errorf("without an answer it came to %+v", o)
	}
}
