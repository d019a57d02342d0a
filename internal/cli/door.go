package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"time"

	"hotreload/internal/config"
	"hotreload/internal/proxy"
	"hotreload/runner"
)

const (
	// doorPatience is how long a session that was killed may hold on to the front door.
	doorPatience = 3 * time.Second
	// doorAgain is the pause between two tries to open it.
	doorAgain = 50 * time.Millisecond
)

// door is the front door; without one its proxy is nil.
type door struct{ proxy *proxy.Proxy }

// openDoor opens the front door if the config names one. After a crash it waits for the
// port, which the session that was killed may have for a moment more.
func openDoor(l *config.Loaded, afterCrash bool) (*door, error) {
	c := l.Config.Proxy
	if c.Listen == "" {
		return &door{}, nil
	}
	for _, file := range []*string{&c.Certificate, &c.Key} {
		if *file != "" && !filepath.IsAbs(*file) {
			*file = filepath.Join(l.Root, *file)
		}
	}
	p, err := proxy.New(c, nil) // what goes wrong between it and a client the client is told
	if err != nil {
		return nil, usageError{err.Error()}
	}
	var taken *proxy.TakenError
	until := time.Now().Add(doorPatience)
	for err = p.Listen(); afterCrash && errors.As(err, &taken) && time.Now().Before(until); err = p.Listen() {
		time.Sleep(doorAgain)
	}
	if errors.As(err, &taken) {
		return nil, fmt.Errorf("%w%s", err, holder(taken.Address))
	}
	return &door{p}, err
}

// holder names who listens on an address, as the end of a sentence; empty if that is not known.
func holder(address string) string {
	_, port, _ := net.SplitHostPort(address)
	number, err := strconv.Atoi(port)
	if err != nil {
		return ""
	}
	if who := runner.PortHolder(number); who != "" {
		return ": " + who
	}
	return ""
}

// url is where the front door is; empty if there is none.
func (d *door) url() string {
	if d.proxy == nil {
		return ""
	}
	return d.proxy.URL()
}

// run serves until stop is called, which returns why it could not, if so. When it cannot
// go on, lost is told.
func (d *door) run(lost func(error)) (stop func() error) {
	if d.proxy == nil {
		return func() error { return nil }
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		err := d.proxy.Run(ctx)
		if err != nil {
			lost(err)
		}
		ended <- err
	}()
	return func() error {
		cancel()
		return <-ended
	}
}
