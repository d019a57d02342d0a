package hotplug

import (
	"errors"
	"testing"

	"go.uber.org/goleak"

	"hotreload/hot/internal/process"
	"hotreload/internal/appsock/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// files are plugins that are not on any disk: what their New is, by their path.
type files map[string]any

func (f files) open(path string) (lookup, error) {
	symbol, ok := f[path]
	if !ok {
		return nil, errors.New("no such plugin")
	}
	if fail, ok := symbol.(func()); ok {
		fail()
	}
	return func(name string) (any, error) {
		if name != "New" || symbol == nil {
			return nil, errors.New("symbol " + name + " not found")
		}
		return symbol, nil
	}, nil
}

// counter is what the plugins of these tests are for.
type counter interface {
	Add() int
	Version() string
}

// first and second are two versions of a plugin's value.
type first struct {
	n      int32
	closed chan string // gets the version that was closed; nil: not needed
}

func (c *first) Add() int        { c.n++; return int(c.n) }
func (c *first) Version() string { return "first" }

type second struct {
	n    int64
	note string
}

func (c *second) Add() int        { c.n++; return int(c.n) }
func (c *second) Version() string { return "second" + c.note }

// plugged is a slot in which the plugin one.so is.
func plugged[T any](t testing.TB, f files) *Slot[T] {
	t.Helper()
	h := newHost(process.New(""), f.open)
	s := &Slot[T]{name: "counter", host: h}
	if err := s.plug("one.so"); err != nil {
		t.Fatal(err)
	}
	h.place("counter").fill(s)
	t.Cleanup(h.loads.Wait)
	return s
}

// load is a demand for another version.
func load(path string) wire.Load { return wire.Load{Name: "counter", Path: path, WithinMS: 1000} }

// serving is which one serves.
func serving(t *testing.T, s *Slot[counter]) (name string) {
	t.Helper()
	if err := s.Do(func(c counter) error { name = c.Version(); return nil }); err != nil {
		t.Fatal(err)
	}
	return name
}

func newFirst() counter  { return &first{} }
func newSecond() counter { return &second{} }
