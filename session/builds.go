package session

import (
	"errors"
	"strings"
	"time"

	"hotreload/build"
)

// This file holds the steps of a build, from its start to its result.

// overtake cancels the build under way in favour of what comes next.
func (t *step) overtake(reason string) {
	if t.job != nil && t.job.published {
		j := *t.job
		t.do(cancelBuild{})
		t.pending = union(t.pending, j.paths)
		t.overtaken = &j.asked
		t.tellSeen(&j, nil)
		t.emit(j.gen, BuildCancel{reason})
		t.job = nil
	}
	t.abandon()
}

// abandon cancels a build that nobody has heard of.
func (t *step) abandon() {
	if t.job == nil || t.job.published {
		return
	}
	t.do(cancelBuild{})
	if r := t.job.result; r != nil {
		t.discard(*r)
	}
	t.job = nil
}

// discard removes what came of a build that nobody wants any more.
func (t *step) discard(b built) {
	if b.err != nil {
		return
	}
	if fresh := b.artifact.Beyond(t.artifact); fresh.Path != "" || len(fresh.Plugins) > 0 {
		t.do(forget{fresh})
	}
}

// build starts a build that nobody is told of yet.
func (t *step) build(paths []string, first time.Time) {
	t.builds++
	t.job = &job{id: t.builds, paths: paths, first: first, began: t.now}
	if t.learning == underWay {
		t.learning = due // the build stops it
	}
	t.do(startBuild{t.request(paths)})
}

// request asks for a build of what the config says.
func (t *step) request(changed []string) build.Request {
	r := build.Request{
		Config: t.config.Build, Package: t.config.Package, ID: t.builds, Prev: t.artifact, Changed: changed,
		Anew: t.anew, Inject: t.injects(),
		Plugins: len(changed) > 0 && t.decide(changed).Rung == Plugin,
		Burnt:   t.plugsOf(t.Serving.PID).burnt,
	}
	if t.graph != nil {
		r.Packages = t.graph.Packages
	}
	return r
}

// compiles tells how far the build under way is.
func (t *step) compiles(in compiles) {
	if t.job != nil && t.job.id == in.id && t.job.published && t.graph != nil {
		t.emit(t.job.gen, Compiling{Packages: in.count, Of: t.graph.Count})
	}
}

// publish tells of the build, and acts on its result if that is in already.
func (t *step) publish(gen int, p Plan, paths []string) {
	t.Gen = gen
	asked := p
	p = t.gentlest(p)
	t.plan(gen, p)
	t.emit(gen, BuildStart{t.targets(p)})
	j := *t.job
	j.published, j.gen, j.asked, j.plan, j.paths = true, gen, asked, p, paths
	t.job = &j
	if j.result != nil && t.loading == nil {
		t.conclude(*j.result)
	}
}

// targets are the packages that a build makes.
func (s State) targets(p Plan) []string {
	var targets []string
	if p.Rung != Plugin {
		targets = append(targets, s.config.Package)
	}
	for _, plugin := range s.config.Build.Plugin {
		targets = append(targets, plugin.Package)
	}
	return targets
}

// builtOne takes the end of a build; of one that was overtaken nothing is shown.
func (t *step) builtOne(b built) {
	t.leftByBuild(b)
	switch {
	case t.job == nil || t.job.id != b.id:
		t.discard(b)
	case !t.job.published:
		j := *t.job
		j.result = &b
		t.job = &j
	case t.loading != nil: // one after the other
		j := *t.job
		j.result = &b
		t.job = &j
	default:
		t.conclude(b)
	}
}

// finish acts on the result of the build under way.
func (t *step) finish(b built) {
	j := t.job
	t.job = nil
	c := Cycle{
		Result: Failed, Rung: j.plan.Rung, Reason: j.plan.Reason,
		WatchMS: milliseconds(j.began.Sub(j.first)), GenerateMS: milliseconds(j.generated), BuildMS: milliseconds(b.took),
		TotalMS: milliseconds(t.now.Sub(j.first)),
	}
	if b.err != nil {
		failed := failure(b.err, b.took)
		t.Diagnostics = failed.Diagnostics
		t.emit(j.gen, failed)
		t.broke(j.gen, c)
		t.showFailure("The build failed", failed)
		return
	}
	t.failing, t.owed = false, nil
	t.Diagnostics = t.rejections()
	t.hasBuilt(b.artifact)
	plugins := b.artifact.Beyond(t.artifact).Plugins
	t.emit(j.gen, BuildOK{Targets: t.targets(j.plan), MS: milliseconds(b.took), Same: b.artifact.Same && len(plugins) == 0})
	if t.relist {
		t.relist, t.listing = false, true
		t.lists++
		t.do(listGraph{t.lists, t.config})
	}
	if b.artifact.Same && t.rerun == "" && (t.Serving.PID != 0 || t.applying != nil) {
		if len(plugins) > 0 {
			t.loadOrStart(j.gen, b.artifact, j.first, c)
			return
		}
		c.Result, c.Rung = NoOp, None
		c.Reason = "the build came out byte-identical to what runs"
		t.cycle(j.gen, c)
		return
	}
	if b.artifact.Same && t.rerun != "" { // not what the build was for brings the new process
		c.Reason = "the build came out byte-identical; " + t.rerun + strings.TrimPrefix(j.plan.Reason, j.asked.Reason)
	}
	t.start(j.gen, b.artifact, j.first, c)
}

// notTheNewest is why a new process is needed after one that did not stay up.
const notTheNewest = "what was built last does not run"

// needsRerun notes why a new process is needed even if the build comes out the same.
func (t *step) needsRerun(reason string) {
	if t.rerun == "" {
		t.rerun = reason
	}
}

// broke closes the cycle of a build that failed, or that could not be begun.
func (t *step) broke(gen int, c Cycle) {
	t.failing, t.relist = true, true // what mends it may bring in packages
	t.cycle(gen, c)
	if owed := t.owed; owed != nil {
		t.owed = nil
		t.act(t.fresh(), *owed, nil, t.now)
	}
}

// failure describes a failed build, also one for which nothing could be run.
func failure(err error, took time.Duration) BuildError {
	var failed *build.Error
	if errors.As(err, &failed) {
		return BuildError{Diagnostics: failed.Diagnostics, Text: failed.Text, MS: milliseconds(took)}
	}
	text := err.Error()
	return BuildError{
		Diagnostics: []build.Diagnostic{{Severity: "error", Message: text}},
		Text:        text, MS: milliseconds(took),
	}
}
