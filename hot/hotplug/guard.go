package hotplug

import (
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// guarded makes an error of a panic.
func guarded(what string, f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%s panicked: %v\n%s", what, r, debug.Stack())
		}
	}()
	return f()
}

// within runs f, with a panic as an error, and gives up waiting for it after some time.
// What hangs cannot be ended: its goroutine stays as long as it does.
func within(d time.Duration, what string, f func() error) error {
	done := make(chan error, 1)
	go func() {
		err := errors.New(what + " ended its goroutine")
		defer func() { done <- err }()
		err = guarded(what, f)
	}()
	late := time.NewTimer(d)
	defer late.Stop()
	select {
	case err := <-done:
		return err
	case <-late.C:
		return fmt.Errorf("%s had not returned after %v", what, d.Round(time.Millisecond))
	}
}
