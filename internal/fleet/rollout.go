package fleet

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// Silence is how long an instance may say nothing before it counts as gone: three of its
// reports.
const Silence = 6 * time.Second

// Beat is how often an instance reports though nothing has changed.
const Beat = 2 * time.Second

// Rollout is a session's view of its instances, and of what they are to run. It is a value.
type Rollout struct {
	Desired   Desired
	Instances map[string]Instance

	config  Config
	phase   phase
	began   time.Time       // the release that is on its way
	steady  time.Time       // when the canary began to serve it; zero: it does not yet
	settled int64           // the release that was last reported as done
	doubles map[string]bool // names that two instances have, as was told
}

// phase is how far a release is.
type phase int

const (
	resting phase = iota // nothing is on its way
	trying               // at the canary
	rolling              // everywhere
)

// NewRollout goes on from what was desired before.
func NewRollout(c Config, before Desired) Rollout {
	before.Canary, before.Canaries = nil, nil
	r := Rollout{Desired: before, Instances: map[string]Instance{}, config: c, doubles: map[string]bool{}}
	if before.Stable != nil {
		r.settled = before.Stable.ID
	}
	return r
}

// Outcome is what follows from an input.
type Outcome struct {
	Publish bool // Rollout.Desired has changed
	Events  []Event
}

func (o *Outcome) tell(e Event) { o.Events = append(o.Events, e) }

// Release takes a newer version.
func (r Rollout) Release(now time.Time, next Release) (Rollout, Outcome) {
	var o Outcome
	r.began, r.steady = now, time.Time{}
	canary := r.chooseCanary(next)
	if r.config.Rollout == AllAtOnce || r.Desired.Stable == nil || canary == "" {
		r = r.everywhere(next, &o)
		return r.conclude(now, &o), o
	}
	r.phase = trying
	r.Desired.Canary, r.Desired.Canaries = &next, []string{canary}
	r = r.publish(&o)
	return r, o
}

// chooseCanary is the instance that tries a release: the one that does already, else the first
// by name that there is an artifact for, else the first that one is going to be built for.
func (r Rollout) chooseCanary(next Release) string {
	may := func(name string) bool {
		i, there := r.Instances[name]
		return there && i.Protocol == Protocol && next.Refused[i.Platform] == ""
	}
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(r.Instances)), func(name string) bool { return !may(name) })
	for _, name := range r.Desired.Canaries {
		if may(name) {
			return name
		}
	}
	for _, name := range names {
		if _, there := next.Artifacts[r.Instances[name].Platform]; there {
			return name
		}
	}
	if len(names) > 0 {
		return names[0]
	}
	return ""
}

// everywhere has all instances run a release.
func (r Rollout) everywhere(next Release, o *Outcome) Rollout {
	r.phase = rolling
	r.Desired.Stable, r.Desired.Canary, r.Desired.Canaries = &next, nil, nil
	return r.publish(o)
}

func (r Rollout) publish(o *Outcome) Rollout {
	r.Desired.Serial++
	o.Publish = true
	return r
}

// Add takes an artifact for one more platform, or why there is none, for a release that was
// published without it.
func (r Rollout) Add(now time.Time, id int64, platform string, a Artifact, refused string) (Rollout, Outcome) {
	var o Outcome
	with := func(to *Release) *Release {
		if to == nil || to.ID != id {
			return to
		}
		next := *to
		if refused != "" {
			next.Refused = maps.Clone(next.Refused)
			if next.Refused == nil {
				next.Refused = map[string]string{}
			}
			next.Refused[platform] = refused
		} else {
			next.Artifacts = maps.Clone(next.Artifacts)
			next.Artifacts[platform] = a
		}
		o.Publish = true
		return &next
	}
	r.Desired.Stable, r.Desired.Canary = with(r.Desired.Stable), with(r.Desired.Canary)
	if o.Publish {
		r.Desired.Serial++
	}
	return r.conclude(now, &o), o
}

// Set takes a tunable for all instances, and those that come later.
func (r Rollout) Set(s Setting) (Rollout, Outcome) {
	var o Outcome
	settings := slices.DeleteFunc(slices.Clone(r.Desired.Settings), func(old Setting) bool { return old.Name == s.Name })
	r.Desired.Settings = append(settings, s)
	return r.publish(&o), o
}

// Hear takes what an instance reports.
func (r Rollout) Hear(now time.Time, s Status) (Rollout, Outcome) {
	var o Outcome
	before, known := r.Instances[s.Name]
	i := Instance{Status: s, Heard: now}
	if s.Condition == Leaving {
		if known && before.ID == s.ID {
			r.Instances = maps.Clone(r.Instances)
			r = r.without(now, before, s.Reason, &o)
		}
		return r, o
	}
	if known && before.Place != s.Place { // the first one counts, as long as it is there
		if !r.doubles[s.Name] {
			r.doubles = maps.Clone(r.doubles)
			r.doubles[s.Name] = true
			o.tell(Noted{fmt.Sprintf("a second instance is called %s, and is ignored; give it another name, with --name", s.Name)})
		}
		return r, o
	}
	r.Instances = maps.Clone(r.Instances)
	r.Instances[s.Name] = i
	if !known || before.ID != s.ID {
		o.tell(Joined{i})
		if s.Protocol != Protocol {
			o.tell(Noted{fmt.Sprintf("the agent of %s is hotreload %s, which speaks protocol %d, and this session %d: it takes no version; run the same hotreload at both ends", s.Name, s.Tool, s.Protocol, Protocol)})
		}
		before = Instance{}
	}
	changed := before.Release != s.Release || before.Condition != s.Condition
	switch {
	case !changed && before.Serving == s.Serving:
		return r, o
	case changed && s.Condition == Starting && s.Bytes > 0:
		o.tell(Updated{i})
	case changed && s.Condition == Serving:
		o.tell(Ready{i})
	case changed && s.Condition == Failing:
		o.tell(Failed{i})
	default:
		o.tell(Changed{i})
	}
	r = r.judgeCanary(now, i, &o)
	return r.conclude(now, &o), o
}

// judgeCanary acts on what the canary reports of the release that it tries.
func (r Rollout) judgeCanary(now time.Time, i Instance, o *Outcome) Rollout {
	if r.phase != trying || !slices.Contains(r.Desired.Canaries, i.Name) || i.Release != r.Desired.Canary.ID {
		return r
	}
	switch i.Condition {
	case Serving:
		if r.steady.IsZero() {
			r.steady = now
		}
	case Failing:
		failed := *r.Desired.Canary
		r.phase, r.steady = resting, time.Time{}
		r.Desired.Canary, r.Desired.Canaries = nil, nil
		r = r.publish(o)
		o.tell(RolledBack{Version: failed.Version, To: r.Desired.Stable.Version, Instance: i.Name, Reason: i.Reason})
	default:
		r.steady = time.Time{}
	}
	return r
}

// without forgets an instance. If it was the canary, another one is.
func (r Rollout) without(now time.Time, i Instance, reason string, o *Outcome) Rollout {
	delete(r.Instances, i.Name)
	o.tell(Gone{i, reason})
	if r.phase == trying && slices.Contains(r.Desired.Canaries, i.Name) {
		r.Desired.Canaries = nil
		r.steady = time.Time{}
		if next := r.chooseCanary(*r.Desired.Canary); next != "" {
			r.Desired.Canaries = []string{next}
			r = r.publish(o)
		} else { // nothing is left that could fail
			r = r.everywhere(*r.Desired.Canary, o)
		}
	}
	return r.conclude(now, o)
}

// Tick looks at the time.
func (r Rollout) Tick(now time.Time) (Rollout, Outcome) {
	var o Outcome
	for _, name := range slices.Sorted(maps.Keys(r.Instances)) {
		if i := r.Instances[name]; now.Sub(i.Heard) >= Silence {
			r.Instances = maps.Clone(r.Instances)
			r = r.without(now, i, fmt.Sprintf("nothing has been heard of it for %v", Silence), &o)
		}
	}
	if r.phase == trying && !r.steady.IsZero() && now.Sub(r.steady) >= r.config.Ready {
		r = r.everywhere(*r.Desired.Canary, &o)
	}
	return r.conclude(now, &o), o
}

// conclude reports a release that serves wherever it can.
func (r Rollout) conclude(now time.Time, o *Outcome) Rollout {
	if r.phase != rolling || len(r.Instances) == 0 || r.settled == r.Desired.Stable.ID {
		return r
	}
	done := Done{Version: r.Desired.Stable.Version, Took: now.Sub(r.began)}
	for _, i := range r.Instances {
		switch {
		case i.Protocol != Protocol:
		case i.Release != r.Desired.Stable.ID:
			if r.Desired.Stable.Refused[i.Platform] != "" {
				continue
			}
			return r
		case i.Condition == Serving:
			done.Instances++
		case i.Condition == Failing:
			done.Failed++
		default:
			return r
		}
	}
	r.phase, r.settled = resting, r.Desired.Stable.ID
	o.tell(done)
	return r
}

// Deadline is when Tick has something to look at.
func (r Rollout) Deadline() (at time.Time) {
	earliest := func(t time.Time) {
		if at.IsZero() || t.Before(at) {
			at = t
		}
	}
	for _, i := range r.Instances {
		earliest(i.Heard.Add(Silence))
	}
	if r.phase == trying && !r.steady.IsZero() {
		earliest(r.steady.Add(r.config.Ready))
	}
	return at
}

// Used are the digests of artifacts that instances may need: of what is desired.
func (r Rollout) Used() map[string]bool {
	used := map[string]bool{}
	for _, release := range []*Release{r.Desired.Stable, r.Desired.Canary} {
		if release != nil {
			for platform := range release.Artifacts {
				for _, digest := range release.Files(platform) {
					used[digest] = true
				}
			}
		}
	}
	return used
}
