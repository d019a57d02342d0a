// Command demo shows what hotreload --bus does. It starts a session of the app beside it, three
// instances and a client that asks all of them all the time. Save ../main.go with another
// greeting: one instance has it first, and then all, and no request is lost. Have main panic: it
// does so at one instance, which goes back to the version before.
//
// Run it in examples/fleet, with hotreload in PATH:
//
//	go run ./demo
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// instances are where the three are asked.
var instances = map[string]string{"one": "127.0.0.1:18081", "two": "127.0.0.1:18082", "three": "127.0.0.1:18083"}

func main() {
	log.SetFlags(0)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		log.Fatal(err)
	}
}

// run runs all until the context ends.
func run(ctx context.Context) error {
	var work sync.WaitGroup
	defer work.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	start := func(dir string, args ...string) error {
		cmd := exec.CommandContext(ctx, "hotreload", args...)
		cmd.Dir, cmd.Stdout, cmd.Stderr = dir, os.Stdout, os.Stderr
		cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
		if err := cmd.Start(); err != nil {
			return err
		}
		work.Go(func() { _ = cmd.Wait() })
		return nil
	}
	if err := start(".", "--ui", "plain"); err != nil {
		return err
	}
	join, err := joinLine(ctx)
	if err != nil {
		return err
	}
	for name, address := range instances {
		dir, err := os.MkdirTemp("", "instance-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		args := append(join[1:], "--name", name, "--cache", dir, "--ui", "json", "--", "-addr", address)
		if err := quietly(ctx, &work, dir, args); err != nil {
			return err
		}
	}
	load(ctx, &work)
	return nil
}

// quietly starts an instance. The session says what happens to it.
func quietly(ctx context.Context, work *sync.WaitGroup, dir string, args []string) error {
	cmd := exec.CommandContext(ctx, "hotreload", args...)
	cmd.Dir = dir
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	if err := cmd.Start(); err != nil {
		return err
	}
	work.Go(func() { _ = cmd.Wait() })
	return nil
}

// joinLine asks the session how instances are started.
func joinLine(ctx context.Context) ([]string, error) {
	for { // the first time, the session builds the broker
		out, err := exec.CommandContext(ctx, "hotreload", "send", "status").Output()
		var status struct {
			Elsewhere struct{ Join string }
		}
		if err == nil && json.Unmarshal(out, &status) == nil && status.Elsewhere.Join != "" {
			return strings.Fields(status.Elsewhere.Join), nil
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return nil, errors.New("the session did not say how instances join it")
		}
	}
}

// load asks all instances all the time, and tells now and then what they answer.
func load(ctx context.Context, work *sync.WaitGroup) {
	var asked, lost atomic.Int64
	var answers sync.Map // instance -> what it answered last
	for name, address := range instances {
		for range 2 {
			work.Go(func() {
				client := http.Client{Timeout: 30 * time.Second}
				for ctx.Err() == nil {
					text, err := ask(ctx, &client, address)
					if _, began := answers.Load(name); err != nil && ctx.Err() == nil && began {
						lost.Add(1)
					}
					if err == nil {
						asked.Add(1)
						answers.Store(name, text)
					}
					time.Sleep(10 * time.Millisecond)
				}
			})
		}
	}
	for tick := time.NewTicker(5 * time.Second); ; {
		select {
		case <-tick.C:
			line := fmt.Sprintf("demo: %d requests, %d lost;", asked.Load(), lost.Load())
			for _, name := range []string{"one", "two", "three"} {
				if text, ever := answers.Load(name); ever {
					line += fmt.Sprintf(" %s says %q", name, text)
				} else {
					line += " " + name + " is silent"
				}
			}
			log.Println(line)
		case <-ctx.Done():
			return
		}
	}
}

func ask(ctx context.Context, client *http.Client, address string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address, nil)
	if err != nil {
		return "", err
	}
	response, err := client.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = errors.New(response.Status)
	}
	return strings.TrimSpace(string(text)), err
}
