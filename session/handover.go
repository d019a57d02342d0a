package session

import (
	"maps"
	"slices"
	"strings"

	"hotreload/runner"
)

// This file chooses how a new version takes over from the one before, and follows a
// swap.

// ActivationPackage is imported by apps that take the listeners they are passed.
const ActivationPackage = "github.com/coreos/go-systemd/v22/activation"

// handover is how new versions take over, and why.
type handover struct {
	strategy runner.Strategy
	alone    bool   // only one version runs at a time, and requests wait at the proxy
	reason   string // empty: there is nothing to explain
}

// swaps reports whether a new version can take over without refusing a request.
func (h handover) swaps() bool { return h.strategy.Passes() || h.strategy == runner.Proxy }

// overlaps reports whether the new version runs beside the one before.
func (h handover) overlaps() bool { return h.swaps() && !h.alone }

// chooseHandover chooses by the config and the package graph.
func (s State) chooseHandover() handover {
	c := s.config.Runner
	restart := func(why string) handover { return handover{strategy: runner.Restart, reason: why} }
	socket := func(why string) handover { return s.passing(runner.Socket, why) }
	sockets, proxied := c.Handover == "socket", s.config.Proxy.Listen != ""
	hot := s.usesHot() && !(proxied && c.Handover == "auto" && s.service.byItself)
	passing := hot || len(c.Listen) > 0
	switch {
	case c.Handover == "restart":
		return restart("")
	case c.Handover == "inject":
		return s.chooseInjection()
	case c.Handover == "proxy" && !proxied:
		return restart("runner.handover is proxy, but there was no proxy.listen when hotreload started")
	case c.Handover == "proxy":
		return s.throughProxy()
	case !s.service.canSwap && (sockets || passing && !proxied):
		return restart("sockets cannot be passed to another process on this system")
	case s.service.canSwap && hot:
		return socket("the app uses hot")
	case s.service.canSwap && len(c.Listen) > 0 && s.uses(ActivationPackage):
		return socket("the app takes its listeners from " + ActivationPackage)
	case s.service.canSwap && len(c.Listen) > 0:
		return socket("the app gets the listeners that runner.listen names")
	case sockets:
		return restart("runner.handover is socket, but the app does not use hot and runner.listen is empty")
	case proxied:
		return s.throughProxy()
	case s.uses(ActivationPackage) && s.listing.graph.Imported(ActivationPackage): // else the user does not know of it
		return restart("the app uses " + ActivationPackage + ", but runner.listen names no listeners to pass to it")
	}
	return restart("")
}

// chooseInjection chooses for runner.handover = "inject". If nothing can be injected, or
// nothing has to be, the choice is the one for "auto".
func (s State) chooseInjection() handover {
	auto := s
	auto.config.Runner.Handover = "auto"
	h := auto.chooseHandover()
	switch {
	case !s.service.canSwap && h.reason == "":
		h.reason = "sockets cannot be passed to another process on this system"
	case s.usesHot():
		h.reason += ", so nothing is injected"
	case !s.injects():
	case s.builds.artifact.Uninjected != "":
		h.reason = strings.TrimSuffix("nothing could be injected: "+s.builds.artifact.Uninjected+"; "+h.reason, "; ")
	default:
		h = s.passing(runner.Inject, "hotreload is built into its net and net/http")
	}
	return h
}

// passing is a handover of listeners. If only one version can run at a time, the listeners
// stay open in between.
func (s State) passing(by runner.Strategy, why string) handover {
	h := handover{strategy: by, alone: s.service.alone != "", reason: why}
	if h.alone {
		h.reason += "; " + s.service.alone + "; connections wait meanwhile"
	}
	return h
}

// injects reports whether the next build gets what hands over for the app.
func (s State) injects() bool {
	return s.config.Runner.Handover == "inject" && s.service.canSwap && !s.usesHot() && (s.listing.graph == nil || s.listing.graph.Net)
}

// usesHot reports whether the app imports package hot, from wherever its copy lies.
func (s State) usesHot() bool { return s.listing.graph != nil && s.listing.graph.Hot != "" }

// tellHandover reports how new versions take over, when that has changed.
func (t *step) tellHandover() {
	now := t.chooseHandover()
	if now == t.service.handover {
		return
	}
	t.service.handover = now
	switch {
	case now.overlaps():
		t.emit(t.Gen, Note{"a new version takes over while the old one finishes its requests: " + now.reason})
	case now.reason != "":
		t.emit(t.Gen, Note{"a new version is started when the old one has stopped: " + now.reason})
	}
}

// gentlest turns a restart into a swap where no request needs to be refused, and a
// plugin's load into a restart where the running process cannot load it.
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
	case p.Rung != Restart || !h.swaps() || !s.Serving.Ready:
	case h.strategy == runner.Proxy && s.listens(), s.Serving.Shared:
		p.Rung = Swap
		p.Reason += "; " + h.reason
	case h.strategy == runner.Inject:
		p.Reason += "; the running process was not built to hand over, or listens on nothing that can be passed on, so two cannot overlap"
	case h.strategy == runner.Socket:
		p.Reason += "; the running process listens by itself, without hot.Listen, so two cannot overlap"
	}
	return p
}

// swapped reports a process that took over from another one.
func (t *step) swapped(gen int, s runner.Swap) {
	done := SwapDone{
		Strategy: string(s.Strategy), MS: milliseconds(s.Took), Reason: t.chooseHandover().reason,
		Carried: slices.Sorted(slices.Values(s.Names)), Dropped: maps.Clone(s.Dropped),
	}
	if done.Carried == nil {
		done.Carried = []string{}
	}
	if done.Dropped == nil {
		done.Dropped = map[string]string{}
	}
	t.emit(gen, done)
	if s.Busy {
		t.emit(gen, Note{"requests of the version before did not end in time: new connections waited for them, and what they change from now on is lost (hot.Keep); " +
			"a handler that waits for something can return when hot.Draining is closed"})
	}
	if t.isApplying(gen) {
		t.forApplying(func(a *applying) { a.swapped = true })
	}
}

// fallBack follows a version that is started once the old one has stopped, because it could
// not run beside it.
func (t *step) fallBack(r runner.Exited) {
	if !t.isApplying(r.Gen) {
		return // a newer one comes instead
	}
	proxied := t.chooseHandover().strategy == runner.Proxy
	t.forApplying(func(a *applying) {
		a.beside, a.overlaps = 0, false
		a.held = proxied || r.Exclusive != ""
		a.exclusive = r.Exclusive
	})
	if proxied && r.Exclusive == "" {
		t.learnAlone("two versions of the app want the same port")
	}
}

// learnAlone notes that two versions of the app cannot run side by side.
func (t *step) learnAlone(why string) {
	t.service.alone = why
	t.tellHandover()
}

// learnExclusive does so once a version serves that failed beside the one before it.
func (t *step) learnExclusive(gen int) {
	if !t.isApplying(gen) || t.service.applying.exclusive == "" {
		return
	}
	t.learnAlone("two versions of the app cannot run side by side (" + t.service.applying.exclusive + ")")
	t.emit(gen, Note{`to have each version started only when the one before has stopped, in later sessions too, set handover = "restart" in [runner]`})
}

// rolledBack reports that the previous version is started again.
func (t *step) rolledBack(r runner.RolledBack) {
	t.needsRerun(notTheNewest)
	t.Serving.artifact = r.Artifact
	t.emit(r.Gen, SwapRollback{Strategy: string(r.Strategy), MS: milliseconds(r.Served), Reason: r.Reason, To: r.To})
}
