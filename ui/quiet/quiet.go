// Package quiet keeps a library from talking to the terminal before main.
//
// bubbletea asks the terminal for its background colour while packages are
// initialised, so also under `hotreload version` and with --ui plain: what is
// typed meanwhile is lost, and on a terminal that does not answer every start
// takes five seconds (its tea_init.go; gone in its second version). The question
// is not put to a terminal that calls itself dumb. So it is one until Restore.
//
// The order holds because packages are initialised by import path once what they
// import is: bubbletea waits for packages such as os/signal, this one for os
// alone. A test of the top folder sees that nothing is asked.
package quiet

import "os"

var term, set = pretend()

func pretend() (term string, set bool) {
	term, set = os.LookupEnv("TERM")
	os.Setenv("TERM", "dumb") // also where there is none: that terminal is asked, too
	return term, set
}

// Restore ends the pretence. It reports true, so that the initialisation of a
// variable can call it.
func Restore() bool {
	if set {
		os.Setenv("TERM", term)
	} else {
		os.Unsetenv("TERM")
	}
	return true
}
