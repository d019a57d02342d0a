package session

import (
	"maps"
	"slices"

	"hotreload/runner"
)

// This file holds how a new version takes over from the one before: the choice, and the
// steps of a swap.

// Packages that tell that an app can share what it listens on.
const (
	hotPackage        = "hotreload/hot"
	activationPackage = "github.com/coreos/go-systemd/v22/activation"
)

// handover is how new versions take over, and why.
type handover struct {
	swap   bool
	reason string // empty where nothing is known or asked for
}

// chooseHandover reads it off the config and the package graph.
func (s State) chooseHandover() handover {
	asked := s.config.Runner.Handover == "socket"
	switch c := s.config.Runner; {
	case c.Handover == "restart":
		return handover{}
	case !runner.CanSwap && (asked || s.uses(hotPackage) || len(c.Listen) > 0):
		return handover{reason: "sockets cannot be passed to another process on this system"}
	case s.uses(hotPackage):
		return handover{true, "the app uses " + hotPackage}
	case len(c.Listen) > 0 && s.uses(activationPackage):
		return handover{true, "the app takes its listeners from " + activationPackage}
	case len(c.Listen) > 0:
		return handover{true, "the app is passed what runner.listen names"}
	case s.uses(activationPackage):
		return handover{reason: "the app uses " + activationPackage + ", but runner.listen does not say what to pass it"}
	case asked:
		return handover{reason: "runner.handover is socket, but the app does not use " + hotPackage + " and runner.listen is empty"}
	}
	return handover{}
}

func (s State) uses(path string) bool { return s.graph != nil && s.graph.Packages[path] }

// tellHandover tells how new versions take over, when that is another way than before.
func (t *step) tellHandover() {
	now := t.chooseHandover()
	if now == t.handover {
		return
	}
	t.handover = now
	switch {
	case now.swap:
		t.emit(t.Gen, Note{"a new version takes over while the old one serves to the end: " + now.reason})
	case now.reason != "":
		t.emit(t.Gen, Note{"a new version is started when the old one has stopped: " + now.reason})
	}
}

// gentlest makes a swap of a restart where two versions can overlap, and a restart of
// a plugin's rung where the process that runs cannot load one.
func (s State) gentlest(p Plan) Plan {
	h := s.chooseHandover()
	if p.Rung == Plugin {
		why := s.whyNotLoad(nil)
		if why == "" {
			return p
		}
		p.Rung = Restart
		p.Reason += "; " + why
	}
	switch {
	case p.Rung != Restart || !h.swap || !s.Serving.Ready:
	case s.Serving.Shared:
		p.Rung = Swap
		p.Reason += "; " + h.reason
	default:
		p.Reason += "; the process that runs listens by itself, without hot.Listen, so two cannot overlap"
	}
	return p
}

// swapped tells of a process that took another one's place.
func (t *step) swapped(gen int, s runner.Swap) {
	done := SwapDone{
		Strategy: s.Strategy, MS: milliseconds(s.Took), Reason: t.chooseHandover().reason,
		Carried: slices.Sorted(slices.Values(s.Names)), Dropped: maps.Clone(s.Dropped),
	}
	if done.Carried == nil {
		done.Carried = []string{}
	}
	if done.Dropped == nil {
		done.Dropped = map[string]string{}
	}
	t.emit(gen, done)
}

// fallBack goes on with a restart where the new version could not run beside the old.
func (t *step) fallBack(gen int) {
	if t.applying == nil || t.applying.gen != gen {
		return // a newer one comes instead
	}
	a := *t.applying
	a.beside, a.overlaps = 0, false
	t.applying = &a
}

// rolledBack notes that the version before is started again.
func (t *step) rolledBack(r runner.RolledBack) {
	t.needsRerun(notTheNewest)
	t.Serving.artifact = r.Artifact
	t.emit(r.Gen, SwapRollback{Strategy: r.Strategy, MS: milliseconds(r.Served), Reason: r.Reason, To: r.To})
}

// forgetFormer removes the artifacts that nothing will run again.
func (t *step) forgetFormer() {
	var kept []former
	for _, f := range t.stale {
		if f.isOf(t.Serving) {
			kept = append(kept, f)
			continue
		}
		t.do(forget{f.Artifact})
	}
	t.stale = kept
}
