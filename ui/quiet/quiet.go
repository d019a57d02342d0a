// Package quiet keeps bubbletea from talking to the terminal before main.
//
// In goes $TERM; out comes a dumb terminal until Restore. What always holds: no command
// asks the terminal anything before main runs.
//
// While packages are initialised, bubbletea asks the terminal for its background
// colour, even for `hotreload version` and --ui plain. What the user types meanwhile is
// lost, and a terminal that does not answer delays every start by five seconds (see
// tea_init.go; its second version no longer does so). It does not ask a terminal that
// calls itself dumb.
//
// The order is certain: packages are initialised by import path as soon as their
// imports are. bubbletea waits for packages such as os/signal, this package for os
// alone. A test in e2e checks that nothing is asked.
package quiet

import "os"

var term, set = pretend()

func pretend() (term string, set bool) {
	term, set = os.LookupEnv("TERM")
	os.Setenv("TERM", "dumb") // even if it is not set: that terminal is asked, too
	return term, set
}

// Restore gives TERM its value back. It returns true so that a variable can be
// initialised with it.
func Restore() bool {
	if set {
		os.Setenv("TERM", term)
	} else {
		os.Unsetenv("TERM")
	}
	return true
}
