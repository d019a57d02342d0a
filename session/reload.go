package session

import (
	"reflect"
	"slices"
	"time"

	"hotreload/watch"
)

// This file holds the steps that take over a changed config.

// read has the config read anew; what changed with it waits.
func (t *step) read(paths []string, first time.Time) {
	t.reads++
	t.pending = paths
	t.reload = &batch{paths: paths, first: first}
	t.do(readConfig{t.reads})
}

// configRead acts on the config file's new content.
func (t *step) configRead(r reloaded) {
	if t.reload == nil || r.id != t.reads || t.quitting != "" {
		return // a newer one is on its way, or it will be read later
	}
	paths, first := t.reload.paths, t.reload.first
	t.reload, t.pending = nil, nil
	gen := t.answer()
	if r.err != nil {
		t.plan(gen, Plan{Rung: None, Reason: r.err.Error() + "; the former settings stay"})
		t.cycle(gen, Cycle{Result: Failed, Rung: None, Reason: t.Plan.Reason, TotalMS: milliseconds(t.now.Sub(first))})
		paths = slices.DeleteFunc(slices.Clone(paths), func(path string) bool { return path == t.configFile })
		if p := t.judge(paths).Plan; p.Rung != None { // what changed with it
			t.act(t.fresh(), p, paths, first)
		}
		return
	}
	old, injected := t.config, t.injects()
	t.config, t.Package = t.withOpenDoor(r.config), r.config.Package
	t.generatorsRead(old.Build)
	t.tellHandover()
	name := t.relative(t.configFile)
	p := t.judge(paths).Plan
	changed := func(table string) Plan {
		return Plan{Rung: Restart, Reason: name + " changed its [" + table + "] table"}
	}
	if !reflect.DeepEqual(old.Runner, r.config.Runner) {
		t.needsRerun(changed("runner").Reason)
	}
	if old.Proxy != t.config.Proxy {
		t.needsRerun(changed("proxy").Reason)
	}
	switch {
	case old.Package != r.config.Package || !reflect.DeepEqual(old.Build, r.config.Build):
		t.learning = needless // until the build that is to come
		p = changed("build")
		p.Build = true
		t.relist = true
	case t.injects() != injected:
		t.learning = needless
		p = changed("runner")
		p.Build = true
	case p.Build:
	case !reflect.DeepEqual(old.Runner, r.config.Runner):
		p = changed("runner")
	case old.Proxy != t.config.Proxy:
		p = changed("proxy")
	case p.Rung != None:
	case r.config.Proxy != t.config.Proxy:
		p.Reason = name + " changed where the front door is, which takes effect at the next start"
	case reflect.DeepEqual(Watched(old), Watched(t.config)):
		p.Reason = name + " says what it said before"
	default:
		p.Reason = name + " changed what is watched"
	}
	if !reflect.DeepEqual(Watched(old), Watched(t.config)) {
		t.do(watchAnew{Watched(t.config)})
	} else {
		t.follow() // env files may be others
	}
	t.act(gen, p, paths, first)
}

// rewatched takes over from the former watcher, which can tell no more: what it
// has told of counts as settled.
func (t *step) rewatched(in rewatched) {
	t.emit(t.Gen, in.ready)
	t.follow()
	if b := t.batch; b != nil {
		t.changes(watch.Batch{Paths: b.paths, Settled: true, First: b.first})
	}
}
