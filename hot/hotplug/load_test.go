package hotplug

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"hotreload/hot/internal/process"
	"hotreload/internal/appsock/wire"
)

func TestLoad(t *testing.T) {
	s := plugged[counter](t, files{"one.so": newFirst, "two.so": newSecond})
	_ = s.Do(func(c counter) error { c.Add(); return nil })
	done, err := s.load(load("two.so"))
	if err != nil {
		t.Fatal(err)
	}
	want := wire.Loaded{
		Name: "counter", Path: "two.so",
		Carried: []string{}, Converted: []string{"second.n"},
		Dropped: []string{"second.closed"}, Zeroed: []string{"second.note"},
	}
	if diff := cmp.Diff(want, done); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	_ = s.Do(func(c counter) error {
		if got := c.Add(); c.Version() != "second" || got != 2 {
			t.Errorf("the %s version counts to %d", c.Version(), got)
		}
		return nil
	})
}

// closing is a version that tells when it is closed.
type closing struct {
	first
	name string
}

func (c *closing) Close() error { c.closed <- c.name; return nil }

// The version that serves no more is closed, and one that does not come to serve.
func TestClose(t *testing.T) {
	closed := make(chan string, 1)
	s := plugged[counter](t, files{
		"one.so": func() counter { return &closing{first{closed: closed}, "one"} },
		"two.so": func() (counter, error) { return &closing{first{closed: closed}, "two"}, nil },
		"bad.so": func() counter { return &unwilling{closing{first{closed: closed}, "bad"}} },
	})
	if _, err := s.load(load("two.so")); err != nil {
		t.Fatal(err)
	}
	if got := <-closed; got != "one" {
		t.Errorf("version %s was closed, want one", got)
	}
	if _, err := s.load(load("bad.so")); err == nil || err.Error() != "no room" {
		t.Errorf("the error is %v", err)
	}
	if got := <-closed; got != "bad" {
		t.Errorf("version %s was closed, want bad", got)
	}
}

// unwilling takes nothing over.
type unwilling struct{ closing }

func (*unwilling) Import(any) error { return errors.New("no room") }

// Whatever is wrong with a version, the one before serves on, and the reason says what.
func TestRejected(t *testing.T) {
	all := files{
		"one.so":   newFirst,
		"none.so":  nil,
		"other.so": func() fmt.Stringer { return nil },
		"args.so":  func(int) counter { return nil },
		"panic.so": func() { panic("flag redefined: v") },
		"new.so":   func() counter { panic("no database") },
		"error.so": func() (counter, error) { return nil, errors.New("no database") },
		"nil.so":   func() counter { return nil },
		"typed.so": func() counter { return (*second)(nil) },
		"imp.so":   func() counter { return &panicking{} },
	}
	for path, want := range map[string]string{
		"gone.so":  "no such plugin",
		"one.so":   "one.so was opened before, and Go can open a plugin's file only once",
		"none.so":  "plugin counter has no function New: symbol New not found",
		"other.so": "plugin counter: New has type func() fmt.Stringer; want func() hotplug.counter or func() (hotplug.counter, error)",
		"args.so":  "plugin counter: New has type func(int) hotplug.counter; want func() hotplug.counter or func() (hotplug.counter, error)",
		"panic.so": "init of plugin counter panicked: flag redefined: v",
		"new.so":   "New of plugin counter panicked: no database",
		"error.so": "no database",
		"nil.so":   "plugin counter: New returned nil",
		"typed.so": "plugin counter: New returned nil",
		"imp.so":   "Import panicked: no",
	} {
		s := plugged[counter](t, all)
		_, err := s.load(load(path))
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: the error is %v, want %s", path, err, want)
		}
		if got := serving(t, s); got != "first" {
			t.Errorf("%s: the %s version serves", path, got)
		}
	}
}

type panicking struct{ second }

func (*panicking) Import(any) error { panic("no") }

// A call that does not end keeps its version: the new one is given up, and no call
// waits longer than that.
func TestLoadGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := plugged[counter](t, files{"one.so": newFirst, "two.so": newSecond, "three.so": newSecond})
		inside, leave := make(chan struct{}), make(chan struct{})
		go func() {
			_ = s.Do(func(counter) error { close(inside); <-leave; return nil })
		}()
		<-inside
		rejected := make(chan error)
		go func() {
			_, err := s.load(load("two.so"))
			rejected <- err
		}()
		synctest.Wait() // the gate is shut
		began := time.Now()
		if got := serving(t, s); got != "first" || time.Since(began) != time.Second {
			t.Errorf("the %s version served after %v, want the first after 1 s", got, time.Since(began))
		}
		if err := <-rejected; err == nil || err.Error() != "a call to the previous version had not ended after 1s" {
			t.Errorf("the error is %v", err)
		}
		close(leave)
		if _, err := s.load(load("three.so")); err != nil {
			t.Error(err)
		}
		if got := serving(t, s); got != "second" {
			t.Errorf("the %s version serves", got)
		}
	})
}

// exporting hands over when it is told to.
type exporting struct {
	first
	hand chan int
}

func (e *exporting) Export() (any, error) { return map[string]int{"n": <-e.hand}, nil }

// importing is a version that takes over from exporting.
type importing struct{ second }

func (i *importing) Import(old any) error {
	i.n = int64(old.(map[string]int)["n"])
	return nil
}

func TestExport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hand := make(chan int)
		s := plugged[counter](t, files{
			"one.so":   func() counter { return &exporting{hand: hand} },
			"two.so":   func() counter { return &importing{} },
			"three.so": func() counter { return &importing{} },
		})
		_, err := s.load(load("two.so"))
		if err == nil || err.Error() != "Export of the previous version had not returned after 1s" {
			t.Errorf("the error of one that hangs is %v", err)
		}
		hand <- 1 // that one ends
		go func() { hand <- 41 }()
		if _, err := s.load(load("three.so")); err != nil {
			t.Fatal(err)
		}
		_ = s.Do(func(c counter) error {
			if got := c.Add(); got != 42 {
				t.Errorf("it counts to %d, want 42", got)
			}
			return nil
		})
	})
}

// tally is a version's value with a lock, a map and a number of its own type.
type (
	tallyOne struct {
		mu  sync.Mutex
		all map[string]int32
	}
	tallyTwo struct {
		all map[string]int64
		mu  sync.Mutex
	}
)

func (c *tallyOne) Version() string { return "one" }
func (c *tallyOne) Add() int        { c.mu.Lock(); defer c.mu.Unlock(); c.all["n"]++; return int(c.all["n"]) }
func (c *tallyTwo) Version() string { return "two" }
func (c *tallyTwo) Add() int        { c.mu.Lock(); defer c.mu.Unlock(); c.all["n"]++; return int(c.all["n"]) }

// Nothing that is written while versions come and go is lost or torn.
func TestWritersDuringLoads(t *testing.T) {
	const loads, writers, each = 20, 4, 2000
	all := files{"one.so": func() counter { return &tallyOne{all: map[string]int32{}} }}
	for i := range loads {
		all[fmt.Sprint(i)] = func() counter { return &tallyTwo{all: map[string]int64{}} }
		if i%2 == 1 {
			all[fmt.Sprint(i)] = func() counter { return &tallyOne{all: map[string]int32{}} }
		}
	}
	s := plugged[counter](t, all)
	var work sync.WaitGroup
	for range writers {
		work.Go(func() {
			for range each {
				_ = s.Do(func(c counter) error { c.Add(); return nil })
			}
		})
	}
	for i := range loads {
		if _, err := s.load(wire.Load{Name: "counter", Path: fmt.Sprint(i), WithinMS: 60_000}); err != nil {
			t.Error(err)
		}
	}
	work.Wait()
	_ = s.Do(func(c counter) error {
		if got := c.Add(); got != writers*each+1 {
			t.Errorf("it counts to %d, want %d", got, writers*each+1)
		}
		return nil
	})
}

func BenchmarkDo(b *testing.B) {
	s := plugged[counter](b, files{"one.so": newFirst})
	f := func(counter) error { return nil }
	b.Run("alone", func(b *testing.B) {
		for b.Loop() {
			_ = s.Do(f)
		}
	})
	b.Run("parallel", func(b *testing.B) {
		b.RunParallel(func(p *testing.PB) {
			for p.Next() {
				_ = s.Do(f)
			}
		})
	})
}

// An updater of a plugin's is told while its version serves. Else each version would add one.
func TestUpdatersOfVersions(t *testing.T) {
	s := plugged[counter](t, files{"one.so": newFirst, "two.so": newSecond, "nil.so": func() counter { return nil }})
	p := s.host.process
	p.Bring([]string{"plug/1", "helper"})
	p.Serves("counter", []string{"plug/1", "helper"})
	var told []string
	join := func(pkg string) {
		p.OnChange(pkg, pkg, func(process.Change) error { told = append(told, pkg); return nil })
	}
	expect := func(when string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, told); diff != "" {
			t.Errorf("%s: -want +got:\n%s", when, diff)
		}
		told = nil
	}
	join("app")
	join("helper")
	join("plug/1")
	p.Changed(process.Change{Kind: process.TunableSet, Name: "limit"})
	expect("at first", "app", "helper", "plug/1")
	join("plug/2")
	s.host.load(wire.Load{Name: "counter", Path: "two.so", Packages: []string{"plug/2", "helper"}})
	expect("at a load", "app", "helper", "plug/2")
	join("plug/3")
	s.host.load(wire.Load{Name: "counter", Path: "nil.so", Packages: []string{"plug/3", "helper"}})
	p.Changed(process.Change{Kind: process.TunableSet, Name: "limit"})
	expect("after a version that was rejected", "app", "helper", "plug/2")
}
