package hotplug

import (
	"fmt"
	"runtime/debug"
	"time"
)

// guarded makes an error of a panic.
func guarded[V any](what string, f func() (V, error)) (value V, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%s panicked: %v\n%s", what, r, debug.Stack())
		}
	}()
	return f()
}

// within runs f, with a panic as an error, and gives up waiting for it after some time.
// What hangs cannot be ended: its goroutine stays as long as it does.
func within[V any](d time.Duration, what string, f func() (V, error)) (V, error) {
	type result struct {
		value V
		err   error
	}
	done := make(chan result, 1)
	go func() {
		r := result{err: fmt.Errorf("%s ended its goroutine", what)}
		defer func() { done <- r }()
		r.value, r.err = guarded(what, f)
	}()
	late := time.NewTimer(d)
	defer late.Stop()
	select {
	case r := <-done:
		return r.value, r.err
	case <-late.C:
		var none V
		return none, fmt.Errorf("%s had not returned after %v", what, d.Round(time.Millisecond))
	}
}

// nothing is what f returns that returns no value.
func nothing(f func() error) func() (struct{}, error) {
	return func() (struct{}, error) { return struct{}{}, f() }
}
