package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// fleetOptions are what a fleet is made of.
type fleetOptions struct {
	hotreload string
	subject   subject
	instances int      // 0: a session without a bus
	session   []string // flags of the session
	proxied   bool     // the session and each instance have a proxy
}

// fleet is a session, and the instances that follow it.
type fleet struct {
	options   fleetOptions
	place     place
	teller    *teller // the session
	agents    []*teller
	addresses []string // of the instances
	version   int      // that was served last
}

// startFleet starts a session, and instances that join it.
func startFleet(ctx context.Context, w *workspace, o fleetOptions, version string) (*fleet, error) {
	p, err := newPlace(ctx, w)
	if err != nil {
		return nil, err
	}
	if err := o.subject.layOut(p.tree); err != nil {
		return nil, err
	}
	if err := o.subject.edit(p.tree, version); err != nil {
		return nil, err
	}
	command := slices.Concat([]string{o.hotreload, "--ui", "json"}, o.session, o.proxy(p.address))
	if o.instances > 0 {
		command = append(command, "--bus")
	}
	f := &fleet{options: o, place: p}
	f.teller, err = startTeller(w, p.tree, slices.Concat(command, []string{o.subject.pkg, "--"}, o.subject.args(p.address, p.data))...)
	if err != nil {
		return nil, err
	}
	if err := f.join(ctx, w); err != nil {
		f.stop()
		return nil, err
	}
	return f, nil
}

// proxy is the flag for a proxy at an address.
func (o fleetOptions) proxy(address string) []string {
	if !o.proxied {
		return nil
	}
	return []string{"--set", "proxy.listen=" + address}
}

// join has the instances join the session, and waits until they serve.
func (f *fleet) join(ctx context.Context, w *workspace) error {
	ctx, cancel := context.WithTimeout(ctx, firstPatience)
	defer cancel()
	if _, err := f.teller.event(ctx, "app.ready", nil, nil); err != nil || f.options.instances == 0 {
		return err
	}
	text, err := w.run(ctx, f.place.tree, f.options.hotreload, "send", "status")
	if err != nil {
		return err
	}
	var status struct{ Elsewhere struct{ Join string } }
	if err := json.Unmarshal(text, &status); err != nil || status.Elsewhere.Join == "" {
		return fmt.Errorf("read how instances join from the session's status: %w", err)
	}
	for i := range f.options.instances {
		address, err := w.address(ctx)
		if err != nil {
			return err
		}
		dir := filepath.Join(f.place.dir, fmt.Sprintf("instance-%d", i))
		if err := os.Mkdir(dir, 0o700); err != nil {
			return err
		}
		command := append([]string{f.options.hotreload}, strings.Fields(status.Elsewhere.Join)[1:]...)
		command = append(command, "--name", strconv.Itoa(i), "--cache", dir, "--ui", "json")
		agent, err := startTeller(w, dir, slices.Concat(command, f.options.proxy(address), []string{"--"}, f.options.subject.args(address, filepath.Join(dir, "data")))...)
		if err != nil {
			return err
		}
		f.agents, f.addresses = append(f.agents, agent), append(f.addresses, address)
	}
	_, err = f.served(ctx)
	return err
}

// busEvent is what is needed of an event about instances.
type busEvent struct {
	Type    string `json:"type"`
	Name    string `json:"name"`
	Version int    `json:"version"`
	Bytes   int64  `json:"bytes"`
	Reason  string `json:"reason"`
}

// arrival is a version everywhere.
type arrival struct {
	at    time.Time
	bytes int64 // that an instance was sent
}

// served waits until a newer version is served everywhere.
func (f *fleet) served(ctx context.Context) (arrival, error) {
	var a arrival
	have := map[string]bool{}
	line, err := f.teller.await(ctx, "all instances served a version", func(text string) bool {
		var e busEvent
		if json.Unmarshal([]byte(text), &e) != nil {
			return false
		}
		switch {
		case e.Type == "app.ready" && f.options.instances == 0:
			return true
		case e.Type == "agent.update":
			a.bytes = max(a.bytes, e.Bytes)
		case e.Type == "agent.ready" && e.Version > f.version:
			have[e.Name] = true
			if len(have) == f.options.instances {
				f.version = e.Version
				return true
			}
		}
		return false
	})
	a.at = line.at
	return a, err
}

// turn has an edit served everywhere.
func (f *fleet) turn(ctx context.Context, edit func(tree string) error) (time.Duration, int64, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, editPatience, fmt.Errorf("the edit did not come to life within %v", editPatience))
	defer cancel()
	start := time.Now()
	if err := edit(f.place.tree); err != nil {
		return 0, 0, err
	}
	a, err := f.served(ctx)
	return a.at.Sub(start), a.bytes, err
}

// stop ends the instances and the session.
func (f *fleet) stop() {
	for _, a := range f.agents {
		a.stop()
	}
	f.teller.stop()
}
