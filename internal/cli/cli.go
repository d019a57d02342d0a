// Package cli is the command line: flags, subcommands, and the wiring of a session.
//
// In go the program's arguments, its environment and its standard streams; out comes
// an exit status. What always holds: nothing here decides what a change means, and
// nothing here ends the process, which only main does.
//
//	Main ─▶ command ─▶ run ─▶ watch, build, runner, proxy ─▶ session ─▶ ui, control
//	              └─▶ init, config, why, send, set, doctor
package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"os"

	"github.com/spf13/cobra"

	"hotreload/build"
	"hotreload/internal/config"
	"hotreload/internal/supervise"
	"hotreload/internal/tty"
	"hotreload/internal/visible"
)

// Exit statuses. Scripts rely on them.
const (
	exitFailed  = 1   // it could not do its job
	exitUsage   = 2   // a wrong flag, config or package
	exitAtOnce  = 130 // a second Ctrl-C
	exitSuccess = 0
)

// Main runs the program with its arguments and returns its exit status. The sources are the
// files of this module that `hotreload add` copies. The same binary also serves as the
// supervisor of each process that it starts, in place of Go's tools where builds find again
// what was compiled, and as the guard of the terminal.
func Main(args []string, sources fs.FS) int {
	if supervise.IsSupervisor() {
		return supervise.Main()
	}
	if build.StandsIn() {
		return build.StandIn()
	}
	if supervise.IsInit(args) {
		return supervise.Init()
	}
	if tty.IsGuard() {
		return tty.RunGuard()
	}
	// net/http reports stray responses of the app to the standard logger, which would
	// write over the screen.
	log.SetOutput(io.Discard)
	root := newCommand(sources)
	root.SetArgs(args)
	err := root.Execute()
	status := exitStatus(err)
	if status != exitSuccess {
		fmt.Fprintln(os.Stderr, "hotreload: "+visible.Text(err.Error(), "\n\t"))
	}
	return status
}

// Command is the command line as a value, for its documentation.
func Command() *cobra.Command { return newCommand(nil) }

// exitStatus is the status that the program exits with after an error.
func exitStatus(err error) int {
	var usage usageError
	var badConfig *config.Error
	var badPackage *build.PackageError
	var foreign *build.ForeignError
	switch {
	case err == nil:
		return exitSuccess
	case errors.Is(err, errAtOnce):
		return exitAtOnce
	case errors.As(err, &usage), errors.As(err, &badConfig), errors.As(err, &badPackage), errors.As(err, &foreign):
		return exitUsage
	}
	return exitFailed
}

// usageError is a wrong flag or argument.
type usageError struct{ message string }

func (e usageError) Error() string { return e.message }
