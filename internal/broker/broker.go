// Package broker runs the NATS server of hotreload --bus, which is a program of its own.
//
// In go Settings; out comes a server that listens, and where. What always holds: it is started
// again when it ends unasked; it ends with us, however we end; the program is found, or else
// built once from a copy of its sources, which is part of hotreload.
package broker

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"
)

// name is the program's.
const name = "hotreload-broker"

// Find finds the program beside this one or in PATH; empty: it has to be made.
func Find() string {
	file := executableName(name)
	if self, err := os.Executable(); err == nil {
		if beside := filepath.Join(filepath.Dir(self), file); isFile(beside) {
			return beside
		}
	}
	path, _ := exec.LookPath(file) // an error: it is not there
	return path
}

// executableName is what a program's file is called here.
func executableName(name string) string {
	if runtime.GOOS == "windows" {
		return name + ".exe"
	}
	return name
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// Broker is a NATS server that is kept running.
type Broker struct {
	program  string
	settings Settings
	stopping chan struct{}
	done     chan struct{}
}

// Settings are what the program is told.
type Settings struct {
	Listen      string `json:"listen"`
	Store       string `json:"store,omitempty"` // a directory; empty: without JetStream, as servers of others may be
	Token       string `json:"token,omitempty"`
	Certificate string `json:"certificate,omitempty"`
	Key         string `json:"key,omitempty"`
	MaxMessage  int32  `json:"max_message,omitempty"` // bytes; 0: the server's default
}

// startAgain is the pause before a broker that has ended is started again.
const startAgain = 500 * time.Millisecond

// Start starts a broker and waits until it listens. It ends with us, also if we are killed,
// because its input ends.
func Start(program string, s Settings) (b *Broker, server string, err error) {
	b = &Broker{program: program, settings: s, stopping: make(chan struct{}), done: make(chan struct{})}
	p, at, err := b.start()
	if err != nil {
		return nil, "", err
	}
	u, err := url.Parse(at)
	if err != nil {
		p.end()
		return nil, "", err
	}
	b.settings.Listen = u.Host // there again, if it has to be
	go b.keep(p)
	return b, at, nil
}

// Stop ends the broker.
func (b *Broker) Stop() {
	close(b.stopping)
	<-b.done
}

// keep starts the broker again whenever it ends unasked.
func (b *Broker) keep(p *process) {
	defer close(b.done)
	for {
		select {
		case <-p.ended:
		case <-b.stopping:
			p.end()
			return
		}
		for p = nil; p == nil; {
			select {
			case <-time.After(startAgain):
				p, _, _ = b.start() // else again; the session says that the connection is lost
			case <-b.stopping:
				return
			}
		}
	}
}

// process is one process of it.
type process struct {
	input io.Closer
	ended chan struct{}
}

func (p *process) end() {
	_ = p.input.Close()
	<-p.ended
}

// start starts a process, and waits until it listens.
func (b *Broker) start() (p *process, server string, err error) {
	cmd := exec.Command(b.program)
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, "", err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, "", err
	}
	cmd.SysProcAttr = apart()
	if err := cmd.Start(); err != nil {
		return nil, "", err
	}
	p = &process{in, make(chan struct{})}
	var started struct{ URL, Error string }
	err = json.NewEncoder(in).Encode(b.settings)
	if err == nil {
		err = json.NewDecoder(out).Decode(&started)
	}
	go func() {
		defer close(p.ended)
		_ = cmd.Wait() // how it ended makes no difference
	}()
	if err == nil && started.Error != "" {
		err = errors.New(started.Error)
	}
	if err != nil {
		p.end()
		return nil, "", fmt.Errorf("%s: %w", b.program, err)
	}
	return p, started.URL, nil
}
