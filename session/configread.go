package session

import (
	"reflect"
	"time"

	"hotreload/watch"
)

// This file takes over a changed config.

// read has the config read again; what changed with it waits.
func (t *step) read(changes []change, first time.Time) {
	t.changes.reads++
	t.changes.backlog = t.changes.backlog.add(itsTurn, changes).awaits(theConfigIsRead, first)
	t.do(readConfig{t.changes.reads})
}

// configRead acts on the config file's new content.
func (t *step) configRead(r reloaded) {
	b := t.changes.backlog
	if len(b.waiting(theConfigIsRead)) == 0 || r.id != t.changes.reads || t.quitting != "" {
		return // a newer one is on its way, or it will be read later
	}
	t.changes.backlog = b.decided()
	gen := t.answer()
	if r.err != nil {
		t.configRejected(gen, r.err, t.ruled(b.pending()), b.first)
		return
	}
	old, injected := t.config, t.injects()
	t.config, t.Package = t.withOpenProxy(r.config), r.config.Package
	t.generatorsRead(old.Build)
	t.tellUnknown(old.Unknown)
	t.tellHandover()
	changes := t.ruled(b.pending())
	p := t.judge(changes).Plan
	name := t.named(t.configFile) + " "
	runner, proxy := !reflect.DeepEqual(old.Runner, r.config.Runner), old.Proxy.Target != t.config.Proxy.Target
	if runner {
		t.needsRerun(name + "changed its [runner] table")
	}
	if proxy {
		t.needsRerun(name + "changed its [proxy] table")
	}
	watched := !reflect.DeepEqual(Watched(old), Watched(t.config))
	build := old.Package != r.config.Package || !reflect.DeepEqual(old.Build, r.config.Build)
	switch inject := t.injects() != injected; {
	case build:
		t.builds.learning = needless // until the build that is to come
		t.listing.again = true
		p = Plan{Rung: Restart, Build: true, Reason: name + "changed its [build] table"}
	case inject:
		t.builds.learning = needless
		p = Plan{Rung: Restart, Build: true, Reason: name + "changed its [runner] table"}
	case p.Build:
	case runner:
		p = Plan{Rung: Restart, Reason: name + "changed its [runner] table"}
	case proxy:
		p = Plan{Rung: Restart, Reason: name + "changed its [proxy] table"}
	case p.Rung == None:
		p.Reason = name + t.whyNothing(old, r.config, watched)
	}
	if watched {
		t.do(rewatch{Watched(t.config)})
	} else {
		t.follow() // env files may be others
	}
	t.act(gen, p, changes, b.first)
}

// whyNothing says why nothing follows from a changed config.
func (s State) whyNothing(old, c Config, watched bool) string {
	switch {
	case old.Proxy.Overlay != c.Proxy.Overlay:
		return "changed whether pages show errors"
	case c.Proxy != s.config.Proxy:
		return "changed how the proxy is set up, which takes effect at the next start"
	case watched:
		return "changed what is watched"
	}
	return "has the same settings as before"
}

// configRejected goes on with the former config, and acts on what changed with it.
func (t *step) configRejected(gen int, err error, changes []change, first time.Time) {
	t.plan(gen, Plan{Rung: None, Reason: err.Error() + "; the old settings stay"})
	t.cycle(gen, Cycle{Result: Failed, Rung: None, Reason: t.Plan.Reason, TotalMS: milliseconds(t.now.Sub(first))})
	_, others := split(changes, func(c change) bool { return c.path == t.configFile })
	if p := t.judge(others).Plan; p.Rung != None {
		t.act(t.fresh(), p, others, first)
	}
}

// rewatched takes over from the former watcher, which can tell no more: what it
// has told of counts as settled.
func (t *step) rewatched(in rewatched) {
	t.emit(t.Gen, in.ready)
	t.follow()
	if b := t.changes.open; b != nil {
		t.batch(watch.Batch{Paths: b.paths(), Settled: true, First: b.first})
	}
}

// tellUnknown reports that the package is not known, unless that was reported before.
func (t *step) tellUnknown(told string) {
	if why := t.config.Unknown; why != "" && why != told {
		t.emit(t.Gen, Note{why})
	}
}

// readConfig reads the config again.
func (l *loop) readConfig(id int) {
	l.work.Go(func() {
		c, err := l.options.ReadConfig(l.ctx)
		l.input(reloaded{id, c, err})
	})
}
