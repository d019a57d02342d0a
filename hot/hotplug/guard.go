package hotplug

import (
	"fmt"
	"runtime/debug"
	"time"
)

// guarded calls f, and returns a panic as an error.
func guarded[V any](what string, f func() (V, error)) (value V, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%s panicked: %v\n%s", what, r, debug.Stack())
		}
	}()
	return f()
}

// withTimeout is guarded, and stops waiting for f after some time. Go cannot end a goroutine:
// one that hangs stays.
func withTimeout[V any](d time.Duration, what string, f func() (V, error)) (V, error) {
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

// noValue adapts a function that returns only an error.
func noValue(f func() error) func() (struct{}, error) {
	return func() (struct{}, error) { return struct{}{}, f() }
}
