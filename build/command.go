package build

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"hotreload/internal/supervise"
)

// exitError is a command that ran and said no, in contrast to one that did not run.
type exitError struct {
	command string
	exit    supervise.Exit
}

func (e *exitError) Error() string {
	if e.exit.Signal != "" {
		return fmt.Sprintf("%s was ended by %s", e.command, e.exit.Signal)
	}
	return fmt.Sprintf("%s exited with status %d", e.command, e.exit.Code)
}

// printed is what a command printed.
type printed struct{ out, err string }

// run runs a command in the root until it ends or the context does, and
// returns all it printed, in the order in which it did. When it returns, no
// process of the command is alive.
func (b *Builder) run(ctx context.Context, command, env []string) (string, error) {
	printed, err := b.execute(ctx, execution{command: command, dir: b.root, env: env, together: true})
	return printed.out, err
}

// execution is a command to be run.
type execution struct {
	command  []string
	dir      string
	env      []string
	together bool                               // stderr goes where stdout goes
	sift     func(to io.Writer, from io.Reader) // passes on what stdout is of interest for; nil: all of it
}

// execute runs a command until it ends or the context does. When it returns, no
// process of the command is alive.
func (b *Builder) execute(ctx context.Context, e execution) (printed, error) {
	path, err := lookPath(e.command[0], e.dir)
	if err != nil {
		return printed{}, err
	}
	stdout, err := newCapture()
	if err != nil {
		return printed{}, err
	}
	defer stdout.read.Close()
	if e.sift != nil {
		stdout.sift = e.sift
	}
	stderr := stdout
	if !e.together {
		if stderr, err = newCapture(); err != nil {
			stdout.write.Close()
			return printed{}, err
		}
		defer stderr.read.Close()
	}
	p, err := b.starter.Start(supervise.Spec{
		Path: path, Args: e.command, Dir: e.dir, Env: unique(e.env),
		StopSignal: syscall.SIGINT, Grace: stopGrace,
	}, supervise.Streams{Out: stdout.write, Err: stderr.write})
	stdout.write.Close()
	stderr.write.Close() // perhaps twice
	if err != nil {
		return printed{}, err
	}
	kill := context.AfterFunc(ctx, p.Kill)
	defer kill()
	var reading sync.WaitGroup
	reading.Go(stdout.drain)
	if !e.together {
		reading.Go(stderr.drain)
	}
	if b.isOpen {
		b.starter.Prepare() // for the next one, while this one runs
	}
	exit := p.Wait()
	p.Reap()
	reading.Wait()
	all := printed{out: stdout.text.String()}
	if !e.together {
		all.err = stderr.text.String()
	}
	if exit.Code != 0 {
		return all, &exitError{command: strings.Join(e.command[:min(2, len(e.command))], " "), exit: exit}
	}
	return all, nil
}

// capture takes in what is written to a pipe.
type capture struct {
	read, write *os.File
	text        bytes.Buffer
	sift        func(to io.Writer, from io.Reader)
}

func newCapture() (*capture, error) {
	r, w, err := os.Pipe()
	return &capture{read: r, write: w, sift: copyAll}, err
}

func (c *capture) drain() { c.sift(&c.text, c.read) }

func copyAll(to io.Writer, from io.Reader) { _, _ = io.Copy(to, from) }

// stopGrace is what a build gets to clean up when the tool ends in its midst.
const stopGrace = time.Second

// lookPath finds a command as the shell would, in root's view.
func lookPath(name, root string) (string, error) {
	if strings.ContainsRune(name, '/') && !filepath.IsAbs(name) {
		name = filepath.Join(root, name)
	}
	path, err := exec.LookPath(name)
	if err == nil {
		return filepath.Abs(path)
	}
	if name == "go" {
		return "", errors.New("the go command is not on PATH; install Go from https://go.dev/dl, or add its bin directory to PATH")
	}
	return "", fmt.Errorf("build.command: %w", err)
}

// environment is ours with the config's on top. GOTMPDIR lies beside the
// artifacts, so that the linker's output is renamed and not copied.
func (b *Builder) environment(set map[string]string, tmp string) []string {
	return environ(b.root, set, "GOTMPDIR="+tmp)
}

// unique leaves the last value of each variable.
func unique(env []string) []string {
	cmd := exec.Cmd{Env: env}
	return cmd.Environ()
}

// environ is our environment for a command in dir, with the config's on top.
// PWD is dir as we name it: without it the go command would name a directory
// that is reached by a symbolic link by another path than we do.
func environ(dir string, set map[string]string, ours ...string) []string {
	env := append(append(os.Environ(), "PWD="+dir), ours...)
	for key, value := range set {
		env = append(env, key+"="+value)
	}
	return env
}
