package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// brokerName is the program.
const brokerName = "hotreload-broker"

// findBroker finds it beside this program or in PATH, and else builds it.
func findBroker(sources fs.FS, say func(string)) (string, error) {
	name := executableName(brokerName)
	if self, err := os.Executable(); err == nil {
		if beside := filepath.Join(filepath.Dir(self), name); isFile(beside) {
			return beside, nil
		}
	}
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	return makeBroker(sources, say)
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// broker is a NATS server that is kept running.
type broker struct {
	program  string
	settings brokerSettings
	stopping chan struct{}
	done     chan struct{}
}

// brokerSettings are as in package broker, which is not part of this program.
type brokerSettings struct {
	Listen      string `json:"listen"`
	Store       string `json:"store"`
	Token       string `json:"token"`
	Certificate string `json:"certificate,omitempty"`
	Key         string `json:"key,omitempty"`
}

// startAgain is the pause before a broker that has ended is started again.
const startAgain = 500 * time.Millisecond

// runBroker starts a broker and waits until it listens. It ends with us, also if we are killed,
// because its input ends.
func runBroker(program string, s brokerSettings) (b *broker, server string, err error) {
	b = &broker{program: program, settings: s, stopping: make(chan struct{}), done: make(chan struct{})}
	process, at, err := b.start()
	if err != nil {
		return nil, "", err
	}
	u, err := url.Parse(at)
	if err != nil {
		process.end()
		return nil, "", err
	}
	b.settings.Listen = u.Host // there again, if it has to be
	go b.keep(process)
	return b, at, nil
}

// stop ends the broker.
func (b *broker) stop() {
	close(b.stopping)
	<-b.done
}

// keep starts the broker again whenever it ends unasked.
func (b *broker) keep(p *brokerProcess) {
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

// brokerProcess is one process of it.
type brokerProcess struct {
	input io.Closer
	ended chan struct{}
}

func (p *brokerProcess) end() {
	_ = p.input.Close()
	<-p.ended
}

// start starts a process, and waits until it listens.
func (b *broker) start() (p *brokerProcess, server string, err error) {
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
	p = &brokerProcess{in, make(chan struct{})}
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
