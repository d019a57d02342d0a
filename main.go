// Command hotreload watches a Go project, rebuilds what a change touches and
// makes the change live. See README.md.
package main

import (
	"errors"
	"fmt"
	"os"

	"hotreload/build"
	"hotreload/config"
	"hotreload/proc"
	"hotreload/ui/tui"
)

// Exit statuses that scripts rely on.
const (
	exitFailed  = 1   // it could not do its job
	exitUsage   = 2   // a wrong flag, config or package
	exitAtOnce  = 130 // a second Ctrl-C
	exitSuccess = 0
)

func main() {
	if proc.IsSupervisor() {
		os.Exit(proc.Supervise())
	}
	if tui.IsGuard() {
		os.Exit(tui.Guard())
	}
	os.Exit(Main(os.Args[1:]))
}

// Main runs the program with its arguments and returns its exit status.
func Main(args []string) int {
	root := newCommand()
	root.SetArgs(args)
	err := root.Execute()
	status := exitStatus(err)
	if status != exitSuccess && status != exitAtOnce {
		fmt.Fprintln(os.Stderr, "hotreload: "+err.Error())
	}
	return status
}

// exitStatus is what an error ends the program with.
func exitStatus(err error) int {
	var usage usageError
	var badConfig *config.Error
	var badPackage *build.PackageError
	switch {
	case err == nil:
		return exitSuccess
	case errors.Is(err, errAtOnce):
		return exitAtOnce
	case errors.As(err, &usage), errors.As(err, &badConfig), errors.As(err, &badPackage):
		return exitUsage
	}
	return exitFailed
}

// usageError is a wrong flag or argument.
type usageError struct{ message string }

func (e usageError) Error() string { return e.message }
