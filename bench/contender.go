package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"hotreload/internal/supervise"
)

const (
	// firstPatience bounds a cold build and start, editPatience one edit.
	firstPatience, editPatience = 15 * time.Minute, 3 * time.Minute
	// stopGrace is what a contender gets to stop its app and clean up.
	stopGrace = 10 * time.Second
	// tailSize is how much of its output an error quotes.
	tailSize = 2000
)

// contender is one kind at work on its own copy of a subject.
type contender struct {
	kind    kind
	subject subject
	place   place

	process *supervise.Process
	ask     *os.File        // its stdin; nil when it is not asked
	log     *os.File        // what it and the app print
	alive   context.Context // ends, with a reason, when the process does
	ended   chan struct{}   // closed when nothing of its process tree is left
}

// startContender lays out a tree, starts the contender in it and waits until
// the app answers with the first version.
func startContender(ctx context.Context, w *workspace, k kind, s subject, version string) (*contender, error) {
	p, err := newPlace(ctx, w)
	if err != nil {
		return nil, err
	}
	if err := s.layOut(p.tree); err != nil {
		return nil, err
	}
	if err := s.edit(p.tree, version); err != nil {
		return nil, err
	}
	c := &contender{kind: k, subject: s, place: p, ended: make(chan struct{})}
	if err := c.launch(ctx, w); err != nil {
		return nil, fmt.Errorf("%s: %w", k.name, err)
	}
	if err := c.await(version, firstPatience); err != nil {
		c.stop()
		return nil, err
	}
	return c, nil
}

func newPlace(ctx context.Context, w *workspace) (place, error) {
	dir, err := os.MkdirTemp(w.dir, "")
	if err != nil {
		return place{}, fmt.Errorf("make a directory for a contender: %w", err)
	}
	address, err := w.address(ctx)
	if err != nil {
		return place{}, err
	}
	behind, err := w.address(ctx)
	if err != nil {
		return place{}, err
	}
	return place{
		dir: dir, tree: filepath.Join(dir, "app"), data: filepath.Join(dir, "data", "pb_data"),
		address: address, behind: behind,
	}, nil
}

// launch starts the process under a supervisor that ends its whole tree.
func (c *contender) launch(ctx context.Context, w *workspace) (err error) {
	command, err := c.kind.command(c.subject, c.place)
	if err != nil {
		return err
	}
	stdin, err := c.stdin()
	if err != nil {
		return fmt.Errorf("make its stdin: %w", err)
	}
	defer stdin.Close()
	c.log, err = os.Create(filepath.Join(c.place.dir, "output.log"))
	if err != nil {
		return fmt.Errorf("make its log: %w", err)
	}
	c.process, err = supervise.Start(supervise.Spec{
		Path: command[0], Args: command, Dir: c.place.tree, Env: w.environment(c.place.tree),
		StopSignal: syscall.SIGTERM, Grace: stopGrace,
	}, supervise.Streams{In: stdin, Out: c.log, Err: c.log})
	if err != nil {
		return errors.Join(err, c.log.Close())
	}
	alive, die := context.WithCancelCause(ctx)
	c.alive = alive
	go func() { // until stop, or until it ends by itself
		defer close(c.ended)
		exit := c.process.Wait()
		die(fmt.Errorf("it ended by itself: %s", describe(exit)))
		c.process.Reap()
	}()
	return nil
}

func describe(exit supervise.Exit) string {
	if exit.Signal != "" {
		return exit.Signal
	}
	return fmt.Sprintf("status %d", exit.Code)
}

// stdin is what the process reads: requests, or nothing.
func (c *contender) stdin() (*os.File, error) {
	if !c.kind.asked {
		return os.Open(os.DevNull)
	}
	read, write, err := os.Pipe()
	c.ask = write
	return read, err
}

// warm makes an edit and waits until what that leads to in the background is done.
func (c *contender) warm(version string) error {
	if !c.kind.warms {
		return nil
	}
	progress("%s: %s makes its library", c.subject.name, c.kind.name)
	if _, err := c.turn(version); err != nil {
		return err
	}
	return c.awaitText("builds are faster from here on", 0, firstPatience)
}

// turn brings one edit to life and returns how long that took.
func (c *contender) turn(version string) (time.Duration, error) {
	start := time.Now()
	if err := c.subject.edit(c.place.tree, version); err != nil {
		return 0, err
	}
	if c.ask != nil {
		if _, err := io.WriteString(c.ask, "\n"); err != nil {
			return 0, fmt.Errorf("%s: ask it to build: %w", c.kind.name, err)
		}
	}
	if err := c.await(version, editPatience); err != nil {
		return 0, err
	}
	return time.Since(start), nil
}

// await returns when the app answers with the version.
func (c *contender) await(version string, patience time.Duration) error {
	ctx, cancel := context.WithTimeoutCause(c.alive, patience, fmt.Errorf("the edit did not come to life within %v", patience))
	defer cancel()
	if err := poll(ctx, c.place.address, version); err != nil {
		return fmt.Errorf("%s: %w; the end of its output:\n%s", c.kind.name, err, c.tail())
	}
	return nil
}

// awaitText returns when it has printed a text, from an offset on.
func (c *contender) awaitText(text string, from int64, patience time.Duration) error {
	late := time.After(patience)
	for {
		printed, err := io.ReadAll(io.NewSectionReader(c.log, from, math.MaxInt64-from))
		if err != nil || strings.Contains(string(printed), text) {
			return err
		}
		select {
		case <-c.alive.Done():
			return fmt.Errorf("%s: %w", c.kind.name, context.Cause(c.alive))
		case <-late:
			return fmt.Errorf("%s: no %q within %v; the end of its output:\n%s", c.kind.name, text, patience, c.tail())
		case <-time.After(pollPause):
		}
	}
}

// tail is the end of what it printed.
func (c *contender) tail() string {
	info, err := c.log.Stat()
	if err != nil {
		return err.Error()
	}
	text := make([]byte, tailSize)
	n, err := c.log.ReadAt(text, max(0, info.Size()-tailSize))
	if err != nil && !errors.Is(err, io.EOF) {
		return err.Error()
	}
	return string(text[:n])
}

// stop ends the contender with all its processes.
func (c *contender) stop() {
	c.process.Stop()
	<-c.ended
	c.log.Close()
	if c.ask != nil {
		c.ask.Close()
	}
}
