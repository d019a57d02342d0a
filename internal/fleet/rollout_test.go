package fleet

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

const platform = "linux/amd64"

// story is a rollout with its clock.
type story struct {
	t   *testing.T
	now time.Time
	r   Rollout
	out []Event
}

func newStory(t *testing.T, names ...string) *story {
	s := &story{t: t, now: time.Unix(1000, 0), r: NewRollout(DefaultConfig(), Desired{Project: "shop"})}
	for _, name := range names {
		s.hears(name, Waiting, 0)
	}
	return s
}

func (s *story) follow(r Rollout, o Outcome) {
	s.t.Helper()
	if published := r.Desired.Serial != s.r.Desired.Serial; published != o.Publish {
		s.t.Errorf("published: %v, but the serial goes from %d to %d", o.Publish, s.r.Desired.Serial, r.Desired.Serial)
	}
	s.r = r
	s.out = append(s.out, o.Events...)
}

func (s *story) release(version int) {
	s.t.Helper()
	s.follow(s.r.Release(s.now, Release{ID: int64(100 + version), Version: version, Artifacts: map[string]Artifact{platform: {Digest: "d"}}}))
}

func (s *story) hears(name string, c Condition, version int) {
	s.t.Helper()
	s.follow(s.r.Hear(s.now, Status{Name: name, ID: "1", Protocol: Protocol, Platform: platform, Condition: c, Release: int64(100 + version), Version: version, Reason: "because"}))
}

func (s *story) passes(d time.Duration) {
	s.t.Helper()
	for end := s.now.Add(d); s.now.Before(end); s.now = s.now.Add(Beat) {
		s.follow(s.r.Tick(s.now))
	}
	s.follow(s.r.Tick(s.now))
}

// wants checks which version each instance is to run.
func (s *story) wants(versions map[string]int) {
	s.t.Helper()
	for name, want := range versions {
		got := 0
		if r := s.r.Desired.For(name); r != nil {
			got = r.Version
		}
		if got != want {
			s.t.Errorf("%s is to run v%d, want v%d", name, got, want)
		}
	}
}

// told returns the last event of a type, and forgets all.
func told[T Event](s *story) (last T, n int) {
	for _, e := range s.out {
		if e, ok := e.(T); ok {
			last = e
			n++
		}
	}
	s.out = nil
	return last, n
}

// The first release has nothing to return to, and goes everywhere.
func TestFirstRelease(t *testing.T) {
	s := newStory(t, "a", "b")
	s.release(1)
	s.wants(map[string]int{"a": 1, "b": 1, "later": 1})
	s.hears("a", Serving, 1)
	if _, n := told[Done](s); n != 0 {
		t.Error("done, though b does not serve it")
	}
	s.hears("b", Serving, 1)
	if d, n := told[Done](s); n != 1 || d.Instances != 2 || d.Version != 1 {
		t.Errorf("%d times %+v", n, d)
	}
}

// serving is a story in which v1 serves at some instances.
func serving(t *testing.T, names ...string) *story {
	s := newStory(t, names...)
	s.release(1)
	for _, name := range names {
		s.hears(name, Serving, 1)
	}
	s.out = nil
	return s
}

func TestCanaryServes(t *testing.T) {
	s := serving(t, "a", "b")
	s.release(2)
	s.wants(map[string]int{"a": 2, "b": 1, "later": 1})
	s.hears("a", Serving, 2)
	s.follow(s.r.Tick(s.now.Add(DefaultConfig().Ready - 1)))
	s.wants(map[string]int{"a": 2, "b": 1})
	if at := s.r.Deadline(); !at.Equal(s.now.Add(DefaultConfig().Ready)) {
		t.Errorf("it is looked at again at %v", at)
	}
	s.follow(s.r.Tick(s.now.Add(DefaultConfig().Ready)))
	s.wants(map[string]int{"a": 2, "b": 2, "later": 2})
	s.hears("b", Serving, 2)
	if d, n := told[Done](s); n != 1 || d.Instances != 2 {
		t.Errorf("%d times %+v", n, d)
	}
}

// A canary that fails, at once or after it has begun to serve, returns alone.
func TestCanaryFails(t *testing.T) {
	for _, before := range [][]Condition{nil, {Starting}, {Starting, Serving}} {
		s := serving(t, "a", "b")
		s.release(2)
		for _, c := range before {
			s.hears("a", c, 2)
		}
		s.hears("a", Failing, 2)
		s.wants(map[string]int{"a": 1, "b": 1})
		s.passes(2 * DefaultConfig().Ready)
		s.wants(map[string]int{"a": 1, "b": 1})
		if r, n := told[RolledBack](s); n != 1 || r != (RolledBack{Version: 2, To: 1, Instance: "a", Reason: "because"}) {
			t.Errorf("%d times %+v", n, r)
		}
	}
}

// What a canary says of another release decides nothing.
func TestCanaryIsLate(t *testing.T) {
	s := serving(t, "a", "b")
	s.release(2)
	s.release(3)
	s.hears("a", Failing, 2)
	s.wants(map[string]int{"a": 3, "b": 1})
	s.hears("b", Failing, 1)
	s.wants(map[string]int{"a": 3, "b": 1})
	s.hears("a", Serving, 3)
	s.follow(s.r.Tick(s.now.Add(DefaultConfig().Ready)))
	s.wants(map[string]int{"a": 3, "b": 3})
}

// A canary that goes leaves its place to another one, and the last one to nobody.
func TestCanaryGoes(t *testing.T) {
	s := serving(t, "a", "b")
	s.release(2)
	s.hears("a", Leaving, 0)
	s.wants(map[string]int{"b": 2, "later": 1})
	s.now = s.now.Add(Silence)
	s.follow(s.r.Tick(s.now))
	s.wants(map[string]int{"b": 2, "later": 2})
	if _, n := told[Gone](s); n != 2 {
		t.Errorf("%d instances are gone", n)
	}
}

// An instance at which a version fails when the canary has served it is told of, and goes its
// own way.
func TestOneFails(t *testing.T) {
	s := serving(t, "a", "b", "c")
	s.release(2)
	s.hears("a", Serving, 2)
	s.follow(s.r.Tick(s.now.Add(DefaultConfig().Ready)))
	s.hears("b", Serving, 2)
	s.hears("c", Failing, 2)
	s.wants(map[string]int{"a": 2, "b": 2, "c": 2})
	if d, n := told[Done](s); n != 1 || d.Instances != 2 || d.Failed != 1 {
		t.Errorf("%d times %+v", n, d)
	}
}

// An instance that returns, as itself or started anew, runs what the others do.
func TestReturns(t *testing.T) {
	s := serving(t, "a", "b")
	s.now = s.now.Add(Silence)
	s.hears("a", Serving, 1)
	s.follow(s.r.Tick(s.now))
	if g, n := told[Gone](s); n != 1 || g.Instance.Name != "b" {
		t.Errorf("%d times %+v", n, g)
	}
	s.release(2)
	s.hears("a", Serving, 2)
	s.follow(s.r.Tick(s.now.Add(DefaultConfig().Ready)))
	s.hears("b", Serving, 1)
	s.wants(map[string]int{"b": 2})
	if j, n := told[Joined](s); n != 1 || j.Instance.Name != "b" {
		t.Errorf("%d times %+v", n, j)
	}
}

// Other platforms have what was built for them, once it is, and are told if it cannot be.
func TestPlatforms(t *testing.T) {
	s := newStory(t, "a")
	s.follow(s.r.Hear(s.now, Status{Name: "b", ID: "1", Protocol: Protocol, Platform: "linux/arm64", Condition: Waiting}))
	s.release(1)
	s.hears("a", Serving, 1)
	if _, n := told[Done](s); n != 0 {
		t.Error("done, though nothing is built for b")
	}
	s.follow(s.r.Add(s.now, 101, "linux/arm64", Artifact{}, "it needs cgo"))
	if d, n := told[Done](s); n != 1 || d.Instances != 1 {
		t.Errorf("%d times %+v", n, d)
	}
	s.follow(s.r.Add(s.now, 99, "linux/arm64", Artifact{Digest: "x"}, "")) // of a release that is gone
	if _, there := s.r.Desired.Stable.Artifacts["linux/arm64"]; there {
		t.Error("it has another release's artifact")
	}
}

// A release needs its plugins, too.
func TestUsed(t *testing.T) {
	s := newStory(t)
	s.follow(s.r.Release(s.now, Release{
		ID: 1, Artifacts: map[string]Artifact{platform: {Digest: "app"}, "linux/arm64": {Digest: "arm"}},
		Plugins: map[string][]Plugin{platform: {{Name: "greet", File: Artifact{Digest: "greet"}}}},
	}))
	if got := slices.Sorted(maps.Keys(s.r.Used())); !slices.Equal(got, []string{"app", "arm", "greet"}) {
		t.Errorf("%v", got)
	}
}

// Whoever joins later is told what was set.
func TestSettings(t *testing.T) {
	s := serving(t, "a")
	s.follow(s.r.Set(Setting{"rate", "1"}))
	s.follow(s.r.Set(Setting{"greeting", "hello"}))
	s.follow(s.r.Set(Setting{"rate", "2"}))
	if want := []Setting{{"greeting", "hello"}, {"rate", "2"}}; !slices.Equal(s.r.Desired.Settings, want) {
		t.Errorf("%v", s.r.Desired.Settings)
	}
}

// An agent of another version is told of, and neither tries a release nor is waited for.
func TestOtherProtocol(t *testing.T) {
	s := newStory(t, "b")
	s.follow(s.r.Hear(s.now, Status{Name: "a", ID: "1", Platform: platform, Protocol: Protocol + 1, Tool: "v9", Condition: Waiting}))
	if n, count := told[Noted](s); count != 1 || !strings.Contains(n.Text, "v9") {
		t.Errorf("%d times %+v", count, n)
	}
	s.release(1)
	s.hears("b", Serving, 1)
	if d, n := told[Done](s); n != 1 || d.Instances != 1 {
		t.Errorf("%d times %+v", n, d)
	}
	s.release(2)
	s.wants(map[string]int{"b": 2, "a": 1})
}

// A second instance of a name is ignored; the same one, started again, is not.
func TestSameName(t *testing.T) {
	s := serving(t, "a")
	double := Status{Name: "a", ID: "2", Place: "elsewhere", Protocol: Protocol, Platform: platform, Condition: Failing, Release: 101, Version: 1}
	for range 3 {
		s.follow(s.r.Hear(s.now, double))
	}
	if n, count := told[Noted](s); count != 1 || !strings.Contains(n.Text, "--name") {
		t.Errorf("%d times %+v", count, n)
	}
	if i := s.r.Instances["a"]; i.Condition != Serving {
		t.Errorf("a is %s", i.Condition)
	}
	again := s.r.Instances["a"].Status
	again.ID, again.Condition = "3", Waiting
	s.follow(s.r.Hear(s.now, again))
	if _, n := told[Joined](s); n != 1 || s.r.Instances["a"].Condition != Waiting {
		t.Errorf("it joins %d times, and is %s", n, s.r.Instances["a"].Condition)
	}
}

// Where all instances are on another platform than the session, one of them tries what is built
// for it.
func TestForeignCanary(t *testing.T) {
	s := newStory(t)
	hears := func(name string, c Condition, version int) {
		s.follow(s.r.Hear(s.now, Status{Name: name, ID: "1", Protocol: Protocol, Platform: "linux/arm64", Condition: c, Release: int64(100 + version), Version: version, Reason: "because"}))
	}
	built := func(version int) {
		s.follow(s.r.Add(s.now, int64(100+version), "linux/arm64", Artifact{Digest: "arm"}, ""))
	}
	hears("x", Waiting, 0)
	hears("y", Waiting, 0)
	s.release(1)
	s.wants(map[string]int{"x": 1, "y": 1})
	built(1)
	hears("x", Serving, 1)
	hears("y", Serving, 1)
	s.release(2)
	s.wants(map[string]int{"x": 2, "y": 1})
	built(2)
	if _, there := s.r.Desired.Canary.Artifacts["linux/arm64"]; !there {
		t.Error("what is built for the canary does not reach it")
	}
	hears("x", Failing, 2)
	s.wants(map[string]int{"x": 1, "y": 1})
	if _, n := told[RolledBack](s); n != 1 {
		t.Errorf("rolled back %d times", n)
	}
}
