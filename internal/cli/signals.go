package cli

import (
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"
)

// forceAfter is how long the tool waits after a second Ctrl-C for the app's processes to
// die and the screen to be written, before it exits regardless.
const forceAfter = 500 * time.Millisecond

// handleSignals quits the session at the first signal and kills what it runs at the
// second. It closes forced when even that has not helped.
func handleSignals(quit func(reason string), kill func(), lent *atomic.Bool) (forced <-chan struct{}) {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // nohup
		signal.Notify(signals, syscall.SIGHUP)
	}
	// Without this, a write to a closed pipe would kill the tool.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	done := make(chan struct{})
	go func() { // ends with the process
		first := <-signals
		for first == os.Interrupt && lent.Load() {
			first = <-signals
		}
		quit(first.String())
		<-signals
		kill()
		time.Sleep(forceAfter)
		close(done)
	}()
	return done
}
