package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// loopCommand is a subcommand for the bench itself: the shell loop that people
// write, which for each line on stdin builds, stops the old version and starts
// the new one.
const loopCommand = "loop"

// looper is such a loop.
type looper struct {
	build []string // the command, to which the output and the package are added
	pkg   string
	args  []string // of the app
	out   string   // directory for the executables

	count int
	app   *exec.Cmd // nil while none runs
}

// loop is the subcommand: loop -out DIR [-flags "FLAG…"] PACKAGE [ARGUMENT…].
func loop(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("bench "+loopCommand, flag.ContinueOnError)
	out := flags.String("out", "", "`directory` for the executables")
	buildFlags := flags.String("flags", "", "`flags` for go build")
	if err := parse(flags, args); err != nil {
		return err
	}
	if flags.NArg() == 0 {
		flags.Usage()
		return errUsage
	}
	l := &looper{
		build: append([]string{"go", "build"}, strings.Fields(*buildFlags)...),
		pkg:   flags.Arg(0), args: flags.Args()[1:], out: *out,
	}
	lines := make(chan struct{})
	go func() { // ends with the process
		defer close(lines)
		for in := bufio.NewScanner(os.Stdin); in.Scan(); {
			lines <- struct{}{}
		}
	}()
	for {
		if err := l.turn(ctx); err != nil {
			return errors.Join(err, l.stop())
		}
		select {
		case <-ctx.Done():
			return l.stop()
		case _, more := <-lines:
			if !more {
				return l.stop()
			}
		}
	}
}

// turn brings what the tree holds to life.
func (l *looper) turn(ctx context.Context) error {
	l.count++
	program := filepath.Join(l.out, "app-"+strconv.Itoa(l.count)+".exe") // Windows wants the ending
	command := append(l.build[:len(l.build):len(l.build)], "-o", program, l.pkg)
	build := exec.CommandContext(ctx, command[0], command[1:]...)
	build.Stdout, build.Stderr = os.Stdout, os.Stderr
	build.Cancel = func() error { return build.Process.Signal(os.Interrupt) }
	build.WaitDelay = interruptGrace
	var exit *exec.ExitError
	if err := build.Run(); errors.As(err, &exit) && l.app != nil && ctx.Err() == nil {
		return nil // it has said why; the old version goes on
	} else if err != nil {
		return fmt.Errorf("%s: %w", strings.Join(command, " "), err)
	}
	if err := l.stop(); err != nil {
		return err
	}
	app := exec.Command(program, l.args...) // ended by stop
	app.Stdout, app.Stderr = os.Stdout, os.Stderr
	if err := app.Start(); err != nil {
		return fmt.Errorf("start the app: %w", err)
	}
	l.app = app
	return nil
}

// stop asks the app to end and waits until it has.
func (l *looper) stop() error {
	if l.app == nil {
		return nil
	}
	app := l.app
	l.app = nil
	if app.Process.Signal(syscall.SIGTERM) != nil { // Windows has no such signal
		_ = app.Process.Kill() // it has ended already
	}
	var exit *exec.ExitError
	if err := app.Wait(); err != nil && !errors.As(err, &exit) {
		return fmt.Errorf("wait for the app's end: %w", err)
	}
	if err := os.Remove(app.Path); err != nil {
		return fmt.Errorf("remove the old executable: %w", err)
	}
	return nil
}
