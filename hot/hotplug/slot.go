package hotplug

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
)

// Slot holds one plugin, in one version at a time. Its methods may be called from any
// goroutine.
type Slot[T any] struct {
	name string
	host *host
	now  atomic.Pointer[version[T]]
	// moving is closed when the state has moved: the gate of the serving version, or of the
	// next one, is open.
	moving atomic.Pointer[chan struct{}]
}

// version is one build of a plugin, and the value that its New returned.
type version[T any] struct {
	value T
	*gate
	ending atomic.Pointer[ending] // of the requests in it
}

// ending tells requests that a newer version waits for them.
type ending struct {
	ctx  context.Context
	tell context.CancelFunc
}

func newVersion[T any](value T) *version[T] {
	v := &version[T]{value: value, gate: newGate()}
	v.renew()
	return v
}

// renew makes a new ending, for the requests from now on.
func (v *version[T]) renew() {
	ctx, cancel := context.WithCancel(context.Background())
	v.ending.Store(&ending{ctx, cancel})
}

// Do calls f with the plugin's value, and returns f's error. While f runs, its version stays
// in service. While state moves to a newer version, Do waits first. Do not call Do from f: a
// newer version that is to load would wait for f, and be rejected.
func (s *Slot[T]) Do(f func(T) error) error {
	v := s.pin(nil)
	defer v.leave()
	return f(v.value)
}

// pin enters the version that serves, or returns nil if cancelled is closed first.
func (s *Slot[T]) pin(cancelled <-chan struct{}) *version[T] {
	for {
		v := s.now.Load()
		if v.enter() {
			return v
		}
		select {
		case <-*s.moving.Load(): // it was there before the gate was shut
		case <-cancelled:
			return nil
		}
	}
}

// HTTP returns a handler that passes each request to the version that serves when it comes.
// The request keeps that version until it has been answered. If a newer version has waited
// for it for a while, the request's context ends: a stream that never ends by itself, of
// server-sent events or a WebSocket, should return then.
func HTTP[T http.Handler](s *Slot[T]) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := s.pin(r.Context().Done())
		if v == nil {
			return // its client is gone
		}
		defer v.leave()
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		defer context.AfterFunc(v.ending.Load().ctx, cancel)()
		v.value.ServeHTTP(w, r.WithContext(ctx))
	})
}

// plug opens the first version.
func (s *Slot[T]) plug(path string) error {
	value, err := makeNew[T](s.host, s.name, path)
	if err != nil {
		return err
	}
	opened := make(chan struct{})
	close(opened)
	s.moving.Store(&opened)
	s.now.Store(newVersion(value))
	return nil
}

// makeNew opens a plugin's file and calls its New.
func makeNew[T any](h *host, name, path string) (value T, err error) {
	lookup, err := h.openFile(name, path)
	if err != nil {
		return value, err
	}
	symbol, err := lookup("New")
	if err != nil {
		return value, fmt.Errorf("plugin %s has no function New: %w", name, err)
	}
	var construct func() (T, error)
	switch f := symbol.(type) {
	case func() T:
		construct = func() (T, error) { return f(), nil }
	case func() (T, error):
		construct = f
	default:
		want := fmt.Sprintf("%T", construct)
		return value, fmt.Errorf("plugin %s: New has type %s; want func() %s or %s%s",
			name, describe(symbol), typeName[T](), want, alike[T](symbol))
	}
	value, err = withTimeout(newTimeout, "New of plugin "+name, construct)
	if err == nil && isNil(value) {
		err = fmt.Errorf("plugin %s: New returned nil", name)
	}
	return value, err
}
