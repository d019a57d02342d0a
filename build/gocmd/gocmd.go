// Package gocmd runs the go command, and the commands of the user's that stand in for it.
//
// In go a command and the options of a build; out come what it printed, the
// packages that go list names, the settings that go env names. What always
// holds: when a call returns, no process of its command is alive; when its
// context ends, the command is killed with every process that it started.
//
//	options -> flags, environment -> process under supervision -> text -> []Package
package gocmd

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

	"hotreload/build/diag"
	"hotreload/internal/supervise"
)

// Runner runs commands for one project. Its methods may be called from any goroutine.
type Runner struct {
	Root string // of the project, absolute
	Many bool   // many commands will follow: while one runs, get ready for the next
	// Temporary is a directory for the temporary files of commands; empty: the user's.
	Temporary string

	starter *supervise.Starter
	dying   sync.WaitGroup // commands that were killed and not waited for
}

// NewRunner returns a runner for the project at root.
func NewRunner(root string) *Runner {
	return &Runner{Root: root, starter: supervise.NewStarter()}
}

// Prepare gets ready to start the next command sooner.
func (r *Runner) Prepare() { r.starter.Prepare() }

// Close gives up what Prepare holds ready. After it, no command is left.
func (r *Runner) Close() {
	r.starter.Close()
	r.dying.Wait()
}

// ExitError is a command that ran and failed, in contrast to one that could not run.
type ExitError struct {
	command string
	exit    supervise.Exit
}

func (e *ExitError) Error() string {
	if e.exit.Signal != "" {
		return fmt.Sprintf("%s was killed by %s", e.command, e.exit.Signal)
	}
	return fmt.Sprintf("%s exited with status %d", e.command, e.exit.Code)
}

// Failure returns the error of a command that printed text: for one that ran and
// failed, a *diag.Error.
func (r *Runner) Failure(text string, err error) error {
	var exit *ExitError
	if !errors.As(err, &exit) {
		return err
	}
	if strings.TrimSpace(text) == "" {
		text = err.Error()
	}
	return &diag.Error{Diagnostics: diag.Parse(text, r.Root, r.Root), Text: text}
}

// Call is a command to run.
type Call struct {
	Command  []string
	Dir      string
	Env      []string
	Foreign  bool                               // a command of the user's: its temporary files are its own matter
	Together bool                               // collect stderr with stdout, in the order of writing
	Leave    bool                               // do not wait for its end when the context has ended: at low priority, also that takes long
	Sift     func(to io.Writer, from io.Reader) // passes on the part of stdout to keep; nil: all of it
}

// Printed is what a command printed.
type Printed struct{ Out, Err string }

// Run runs a command in the root, and returns all that it printed in the order of writing.
func (r *Runner) Run(ctx context.Context, command, env []string) (string, error) {
	printed, err := r.Execute(ctx, Call{Command: command, Dir: r.Root, Env: env, Together: true})
	return printed.Out, err
}

// Execute runs a command until it exits or the context ends.
func (r *Runner) Execute(ctx context.Context, c Call) (Printed, error) {
	if !c.Leave {
		return r.execute(ctx, c)
	}
	done := make(chan struct{})
	var all Printed
	var failed error
	r.dying.Go(func() {
		defer close(done)
		all, failed = r.execute(ctx, c)
	})
	select {
	case <-done:
		return all, failed
	case <-ctx.Done():
		return Printed{}, context.Cause(ctx)
	}
}

func (r *Runner) execute(ctx context.Context, c Call) (Printed, error) {
	stdout, err := newCapture(c.Sift)
	if err != nil {
		return Printed{}, err
	}
	defer stdout.close()
	env, remove := r.temporary(c)
	defer remove()
	c.Env = env
	stderr := stdout
	if !c.Together {
		if stderr, err = newCapture(nil); err != nil {
			return Printed{}, err
		}
		defer stderr.close()
	}
	p, err := r.start(c, stdout, stderr)
	if err != nil {
		return Printed{}, err
	}
	kill := context.AfterFunc(ctx, p.Kill)
	defer kill()
	var reading sync.WaitGroup
	reading.Go(stdout.drain)
	if !c.Together {
		reading.Go(stderr.drain)
	}
	if r.Many {
		r.starter.Prepare()
	}
	exit := p.Wait()
	p.Reap()
	reading.Wait()
	all := Printed{Out: stdout.text.String()}
	if !c.Together {
		all.Err = stderr.text.String()
	}
	if exit.Code != 0 {
		return all, &ExitError{command: strings.Join(c.Command[:min(2, len(c.Command))], " "), exit: exit}
	}
	return all, nil
}

// start starts a command that writes to the captures, and closes their ends for writing.
func (r *Runner) start(c Call, stdout, stderr *capture) (*supervise.Process, error) {
	defer stdout.write.Close()
	defer stderr.write.Close() // may be the same
	path, err := LookPath(c.Command[0], c.Dir)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(c.Dir); c.Dir != "" && err != nil { // else the command would be said to be missing
		return nil, fmt.Errorf("run %s: %w", strings.Join(c.Command[:min(2, len(c.Command))], " "), err)
	}
	return r.starter.Start(supervise.Spec{
		Path: path, Args: c.Command, Dir: c.Dir, Env: unique(c.Env),
		StopSignal: syscall.SIGINT, Grace: stopGrace,
	}, supervise.Streams{Out: stdout.write, Err: stderr.write})
}

// capture collects what is written to a pipe.
type capture struct {
	read, write *os.File
	text        bytes.Buffer
	sift        func(to io.Writer, from io.Reader)
}

func newCapture(sift func(to io.Writer, from io.Reader)) (*capture, error) {
	if sift == nil {
		sift = func(to io.Writer, from io.Reader) { _, _ = io.Copy(to, from) }
	}
	r, w, err := os.Pipe()
	return &capture{read: r, write: w, sift: sift}, err
}

func (c *capture) drain() { c.sift(&c.text, c.read) }

func (c *capture) close() {
	c.read.Close()
	c.write.Close() // if nothing was started
}

// stopGrace is how long a build may clean up after itself when the tool exits.
const stopGrace = time.Second

// LookPath finds a command as a shell in dir would.
func LookPath(name, dir string) (string, error) {
	if strings.ContainsRune(name, '/') {
		name = InDir(name, dir)
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

// InDir is the path that a possibly relative one names in dir.
func InDir(path, dir string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// Environ is our environment for a command in dir, with more settings on top:
// ours first, then those that are set. PWD is dir as we name it: without it, the
// go command would resolve the symbolic links in dir, and name files differently
// than we do.
func Environ(dir string, set map[string]string, ours ...string) []string {
	env := append(append(os.Environ(), "PWD="+dir), ours...)
	for key, value := range set {
		env = append(env, key+"="+value)
	}
	return env
}

// unique keeps the last value of each variable.
func unique(env []string) []string {
	cmd := exec.Cmd{Env: env}
	return cmd.Environ()
}
