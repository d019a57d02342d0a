package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// workspace is the temporary directory in which everything happens, with the
// environment and the ports that all contenders share.
type workspace struct {
	dir  string
	env  []string
	self string // this program
	port int    // the last one given out
}

const (
	// The ports lie below what systems give to outgoing connections, so that the
	// poll never takes one that an app is about to bind.
	firstPort, lastPort = 20000, 29999
	// interruptGrace is what a go command gets to clean up.
	interruptGrace = 5 * time.Second
)

// newWorkspace makes the directory. What the go command and hotreload keep goes
// into it too, but for the build cache, which is the user's own.
func newWorkspace(ctx context.Context) (*workspace, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program's own file: %w", err)
	}
	dir, err := os.MkdirTemp("", "hotreload-bench-")
	if err != nil {
		return nil, fmt.Errorf("make a working directory: %w", err)
	}
	w := &workspace{dir: dir, self: self, port: firstPort + os.Getpid()%5000, env: os.Environ()}
	if err := w.settle(ctx); err != nil {
		w.close(&err)
		return nil, err
	}
	return w, nil
}

// settle finds out and makes what the environment of all contenders names.
func (w *workspace) settle(ctx context.Context) error {
	dir, err := filepath.EvalSymlinks(w.dir) // macOS: /tmp is a link
	if err != nil {
		return fmt.Errorf("resolve the working directory: %w", err)
	}
	w.dir = dir
	cache, err := w.run(ctx, ".", "go", "env", "GOCACHE")
	if err != nil {
		return err
	}
	for _, name := range []string{"tmp", "cache"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			return fmt.Errorf("make a working directory: %w", err)
		}
	}
	w.env = append(w.env,
		"GOCACHE="+strings.TrimSpace(string(cache)),
		"GOTMPDIR="+filepath.Join(dir, "tmp"),
		"XDG_CACHE_HOME="+filepath.Join(dir, "cache"),
		"GOWORK=off",
	)
	return nil
}

// close removes the directory. Nothing may be running in it.
func (w *workspace) close(err *error) {
	if removeErr := os.RemoveAll(w.dir); removeErr != nil {
		*err = errors.Join(*err, fmt.Errorf("remove the working directory: %w", removeErr))
	}
}

// run runs a command in dir and returns what it printed on stdout; its error
// says what was run and what it said.
func (w *workspace) run(ctx context.Context, dir string, command ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Dir, cmd.Env = dir, w.env
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = interruptGrace
	out, err := cmd.Output()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case errors.As(err, &exit):
		return nil, fmt.Errorf("%s: %w\n%s%s", strings.Join(command, " "), err, out, exit.Stderr)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", strings.Join(command, " "), err)
	}
	return out, nil
}

// environment is what a contender that works in dir gets, each key once.
func (w *workspace) environment(dir string) []string {
	return (&exec.Cmd{Dir: dir, Env: w.env}).Environ()
}

// address finds a free one.
func (w *workspace) address(ctx context.Context) (string, error) {
	var config net.ListenConfig
	for w.port++; w.port <= lastPort; w.port++ {
		address := fmt.Sprintf("127.0.0.1:%d", w.port)
		l, err := config.Listen(ctx, "tcp", address)
		if err != nil {
			continue
		}
		return address, l.Close()
	}
	return "", fmt.Errorf("find a free port: none is left below %d", lastPort)
}

// machine says what was measured on.
func machine() string {
	return fmt.Sprintf("%s %s/%s, %d cores", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
}
