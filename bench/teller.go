package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"hotreload/internal/supervise"
)

// teller is a running tool that tells what it does, a line at a time.
type teller struct {
	process *supervise.Process
	began   time.Time
	lines   chan told
	ended   chan struct{} // closed when nothing of its process tree is left
}

// told is a line and when it came.
type told struct {
	at   time.Time
	text string
}

// startTeller starts a tool in dir.
func startTeller(w *workspace, dir string, command ...string) (*teller, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		return nil, errors.Join(err, read.Close(), write.Close())
	}
	t := &teller{began: time.Now(), lines: make(chan told, 1<<16), ended: make(chan struct{})}
	t.process, err = supervise.Start(supervise.Spec{
		Path: command[0], Args: command, Dir: dir, Env: w.environment(dir),
		StopSignal: syscall.SIGTERM, Grace: stopGrace,
	}, supervise.Streams{In: null, Out: write, Err: write})
	null.Close()
	write.Close()
	if err != nil {
		return nil, errors.Join(err, read.Close())
	}
	go func() {
		defer close(t.lines)
		defer read.Close()
		for lines := bufio.NewReader(read); ; {
			text, err := lines.ReadString('\n')
			if err != nil {
				return
			}
			t.lines <- told{time.Now(), text}
		}
	}()
	go func() {
		defer close(t.ended)
		t.process.Wait()
		t.process.Reap()
	}()
	return t, nil
}

// await returns the first line from now on that is as wanted.
func (t *teller) await(ctx context.Context, what string, wanted func(text string) bool) (told, error) {
	for {
		select {
		case <-ctx.Done():
			return told{}, context.Cause(ctx)
		case line, ok := <-t.lines:
			if !ok {
				return told{}, fmt.Errorf("it ended before %s", what)
			}
			if wanted(line.text) {
				return line, nil
			}
		}
	}
}

// event is a line of hotreload's JSON stream, as far as it is needed here.
type event struct {
	Time  time.Time `json:"time"`
	Type  string    `json:"type"`
	Paths []string  `json:"paths"`
	MS    int64     `json:"ms"`
}

// event returns the first event from now on that is of a type and as wanted.
// The others are counted by their type.
func (t *teller) event(ctx context.Context, kind string, wanted func(event) bool, passed map[string]int) (event, error) {
	var found event
	_, err := t.await(ctx, kind, func(text string) bool {
		var e event
		if json.Unmarshal([]byte(text), &e) != nil {
			return false
		}
		found = e
		if e.Type == kind && (wanted == nil || wanted(e)) {
			return true
		}
		if passed != nil {
			passed[e.Type]++
		}
		return false
	})
	return found, err
}

// concerns is the condition that a path is among the event's.
func concerns(path string) func(event) bool {
	return func(e event) bool { return strings.Join(e.Paths, "\n") == path }
}

// stop ends the tool with all its processes.
func (t *teller) stop() {
	t.process.Stop()
	<-t.ended
	for range t.lines { // to its end
	}
}
