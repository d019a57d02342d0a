package session

import (
	"maps"
	"slices"
	"strings"

	"hotreload/build"
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
	swap     bool
	strategy string // runner.Socket or runner.Inject, where it is a swap
	reason   string // empty where nothing is known or asked for
}

// chooseHandover reads it off the config, the package graph and what was built.
func (s State) chooseHandover() handover {
	switch {
	case s.config.Runner.Handover == "restart":
		return handover{}
	case s.config.Runner.Handover != "inject":
		return s.chooseSocket()
	case s.uses(hotPackage) && runner.CanSwap:
		return handover{true, runner.Socket, "the app uses " + hotPackage + ", so nothing is injected"}
	case !runner.CanSwap || !s.injects():
		return s.chooseSocket()
	case s.artifact.Uninjected != "":
		next := s.chooseSocket()
		next.reason = strings.TrimSuffix("nothing could be injected: "+s.artifact.Uninjected+"; "+next.reason, "; ")
		return next
	}
	return handover{true, runner.Inject, "hotreload is built into its net and net/http"}
}

// chooseSocket is for an app that knows that it is passed its listeners.
func (s State) chooseSocket() handover {
	asked := s.config.Runner.Handover != "auto"
	switch c := s.config.Runner; {
	case !runner.CanSwap && (asked || s.uses(hotPackage) || len(c.Listen) > 0):
		return handover{reason: "sockets cannot be passed to another process on this system"}
	case s.uses(hotPackage):
		return handover{true, runner.Socket, "the app uses " + hotPackage}
	case len(c.Listen) > 0 && s.uses(activationPackage):
		return handover{true, runner.Socket, "the app takes its listeners from " + activationPackage}
	case len(c.Listen) > 0:
		return handover{true, runner.Socket, "the app is passed what runner.listen names"}
	case s.uses(activationPackage):
		return handover{reason: "the app uses " + activationPackage + ", but runner.listen does not say what to pass it"}
	case c.Handover == "socket":
		return handover{reason: "runner.handover is socket, but the app does not use " + hotPackage + " and runner.listen is empty"}
	}
	return handover{}
}

// injects reports whether the next build is to hand over without the app's knowing.
func (s State) injects() bool {
	return s.config.Runner.Handover == "inject" && runner.CanSwap && !s.uses(hotPackage) && (s.graph == nil || s.graph.Net)
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

// gentlest makes a swap of a restart where two versions can overlap.
func (s State) gentlest(p Plan) Plan {
	h := s.chooseHandover()
	switch {
	case p.Rung != Restart || !h.swap || !s.Serving.Ready:
	case s.Serving.Shared:
		p.Rung = Swap
		p.Reason += "; " + h.reason
	case h.strategy == runner.Inject:
		p.Reason += "; the process that runs was not built to hand over, or listens on nothing that can be passed on, so two cannot overlap"
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
	var kept []build.Artifact
	for _, a := range t.stale {
		if a.Path == t.Serving.artifact.Path {
			kept = append(kept, a)
			continue
		}
		t.do(forget{a})
	}
	t.stale = kept
}
