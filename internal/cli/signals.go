package cli

import (
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	// forceAfter is how long the tool waits after a second Ctrl-C for the app's processes to
	// die and the screen to be written, before it exits regardless.
	forceAfter = 500 * time.Millisecond
	// sameIntent is how long after the signal that ends the session others may be its echo:
	// a terminal, and a parent that passes on what it gets, both signal us.
	sameIntent = 500 * time.Millisecond
)

// handleSignals quits the session at the first signal and kills what it runs at a second
// Ctrl-C. It closes forced when even that has not helped. interrupt is for a Ctrl-C that the
// terminal makes no signal of, because a screen reads the keys.
func handleSignals(quit func(reason string), kill func(), lent *atomic.Bool) (interrupt func(), forced <-chan struct{}) {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // nohup
		signal.Notify(signals, syscall.SIGHUP)
	}
	// Without this, a write to a closed pipe would kill the tool.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	done := make(chan struct{})
	go func() { // ends with the process
		heed(signals, quit, kill, lent)
		time.Sleep(forceAfter)
		close(done)
	}()
	interrupt = func() {
		select {
		case signals <- os.Interrupt:
		default: // two that are not dealt with say it all
		}
	}
	return interrupt, done
}

// heed returns when it has called quit, at the first signal, and kill, at a Ctrl-C that
// somebody typed after that. Other signals never kill: they come from programs, which may
// send several for one reason.
func heed(signals <-chan os.Signal, quit func(reason string), kill func(), lent *atomic.Bool) {
	next := func() os.Signal {
		for {
			if s := <-signals; s != os.Interrupt || !lent.Load() {
				return s
			}
		}
	}
	quit(next().String())
	began := time.Now()
	for next() != os.Interrupt || time.Since(began) < sameIntent {
	}
	kill()
}
