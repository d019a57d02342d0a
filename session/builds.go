package session

import (
	"errors"
	"slices"
	"time"

	"hotreload/build"
)

// This file has the builds, from the start of one to its result.

// builds is what is built and what is being built.
type builds struct {
	last     int            // ID of the last build
	job      *job           // under way
	artifact build.Artifact // the last good one
	stale    []former       // to be removed when no process can need them
	failing  bool           // the last build failed
	rerun    string         // why a new process is needed even if the build comes out the same; empty if it is not
	full     bool           // the user asked for a build, so the go command makes the next one
	learning learning       // how the app can be built without the go command
	relisted bool           // the graph was listed again in order to learn
	sharing  learning       // how a part of the app can be linked alone
	saved    bool           // there was a change after the first build, and it was built directly
}

// published reports whether a build is under way that has been reported.
func (b builds) published() bool { return b.job != nil && b.job.published }

// job is a build under way, with the generators before it. A speculative one began
// when its batch opened, and is not reported before the batch has settled.
type job struct {
	id        int
	changes   []change // what it is for, in case it is overtaken
	first     time.Time
	began     time.Time
	result    *built // came in before the batch had settled
	published bool
	explained bool // that it takes longer
	gen       int  // once it is published: the number of its cycle
	asked     Plan // once it is published
	plan      Plan // the same, as it was reported

	reads      time.Time     // when the build began
	generating bool          // the generators run, and the build has not begun
	running    int           // the generator that runs
	runs       []int         // how often each has run for this job
	generated  time.Duration // what they took
}

// former is what of an artifact there is a newer one of.
type former struct {
	build.Artifact
	pid int // the process that may have its plugins
}

// isOf reports whether a process may still need the files.
func (f former) isOf(s Serving) bool {
	if f.Path != "" && f.Path == s.artifact.Path || f.pid == s.PID && f.pid != 0 && len(f.Plugins) > 0 {
		return true
	}
	return slices.ContainsFunc(f.Plugins, func(p build.Plugin) bool {
		return s.artifact.Plugin(p.Name).Path == p.Path
	})
}

// passed notes that a process has taken the place of another one.
func (b builds) passed(was, pid int) builds {
	b.stale = slices.Clone(b.stale)
	for i := range b.stale {
		if b.stale[i].pid == was {
			b.stale[i].pid = pid
		}
	}
	return b
}

// forJob changes the job under way.
func (t *step) forJob(change func(*job)) {
	j := *t.builds.job
	change(&j)
	t.builds.job = &j
}

// endJob ends the job under way. What was held for its end is in what it leaves.
func (t *step) endJob() {
	t.builds.job = nil
	t.changes.backlog = t.changes.backlog.without(theBuildEnds, theGeneratorEnds)
}

// overtake cancels the build under way in favour of a plan, which is told with its own
// reason.
func (t *step) overtake(p Plan) {
	if t.builds.published() {
		j := *t.builds.job
		t.do(cancelBuild{})
		t.reportMeanwhile(j, nil)
		t.emit(j.gen, BuildCancel{p.cause()})
		t.endJob()
		t.changes.backlog = t.changes.backlog.add(itsTurn, j.changes)
		t.changes.backlog.owed = &j.asked
	}
	t.abandon()
}

// cause is what happened, in a few words.
func (p Plan) cause() string {
	if p.saved != "" {
		return p.saved + " has changed"
	}
	return p.Reason
}

// abandon cancels a build that has not been reported.
func (t *step) abandon() {
	if t.builds.job == nil || t.builds.published() {
		return
	}
	t.do(cancelBuild{})
	if r := t.builds.job.result; r != nil {
		t.discard(*r)
	}
	t.endJob()
}

// discard removes the result of a build that is no longer wanted.
func (t *step) discard(b built) {
	if b.err != nil {
		return
	}
	if fresh := b.artifact.Beyond(t.builds.artifact); fresh.Path != "" || len(fresh.Plugins) > 0 {
		t.do(forget{fresh})
	}
}

// build starts a build that is not reported yet.
func (t *step) build(changes []change, first time.Time) {
	t.newJob(job{changes: changes, first: first, reads: t.now})
	t.do(startBuild{t.request(changes)})
}

// newJob begins a job. It stops what the builder does in the background.
func (t *step) newJob(j job) {
	t.builds.last++
	j.id, j.began = t.builds.last, t.now
	t.builds.job = &j
	if t.builds.learning == underWay {
		t.builds.learning = due
	}
	if t.builds.sharing == underWay {
		t.builds.sharing = due
	}
}

// request asks for a build of what the config says.
func (t *step) request(changed []change) build.Request {
	r := build.Request{
		Config: t.config.Build, Package: t.config.Package, ID: t.builds.last, Prev: t.builds.artifact, Changed: pathsOf(changed),
		Whole: len(t.config.Runner.Wrap) > 0 || t.service.fleet, Full: t.builds.full, Inject: t.injects(),
		Plugins: len(changed) > 0 && t.decide(changed).Rung == Plugin,
		Burnt:   t.plugins.of(t.Serving.PID).burnt,
	}
	if t.listing.graph != nil {
		r.Packages, r.Included = t.listing.graph.Packages, t.listing.graph.Included()
	}
	return r
}

// compiles reports how far the build under way is.
func (t *step) compiles(in compiles) {
	if t.builds.published() && t.builds.job.id == in.id && t.listing.graph != nil {
		if in.others >= many && !t.builds.job.explained {
			t.forJob(func(j *job) { j.explained = true })
			t.emit(t.builds.job.gen, Note{t.whySlow()})
		}
		t.emit(t.builds.job.gen, Compiling{Packages: in.count, Of: t.listing.graph.Count})
	}
}

// many is how many packages that the user does not write a build may compile without a word.
const many = 10

// whySlow says why a build compiles packages that the user does not write.
func (s State) whySlow() string {
	if s.injects() {
		return "this build takes longer: hotreload adds a few lines to net and net/http (runner.handover), " +
			"so all packages that use them are compiled again; the go command keeps them for the next build"
	}
	return "this build takes longer: the go command has not compiled the packages yet that the app uses; it keeps them for the next build"
}

// publish reports the build, and acts on its result if that is in already.
func (t *step) publish(gen int, p Plan, changes []change) {
	t.Gen = gen
	t.changes.backlog = t.changes.backlog.without(theGraphAddsToIt) // it reads that
	asked := p
	p = t.gentlest(p)
	t.plan(gen, p)
	t.emit(gen, BuildStart{t.targets(p)})
	t.forJob(func(j *job) {
		j.published, j.gen, j.asked, j.plan, j.changes = true, gen, asked, p, changes
	})
	t.concludeIfDone()
}

// targets are the packages that a build makes.
func (s State) targets(p Plan) []string {
	targets := []string{} // never nil, for JSON
	if p.Rung != Plugin {
		targets = append(targets, s.config.Package)
	}
	for _, plugin := range s.config.Build.Plugin {
		targets = append(targets, plugin.Package)
	}
	return targets
}

// buildEnded takes the end of a build. The end of one that was overtaken is not shown.
func (t *step) buildEnded(b built) {
	t.leftByBuild(b)
	if t.builds.job == nil || t.builds.job.id != b.id {
		t.discard(b)
		return
	}
	t.forJob(func(j *job) { j.result = &b })
	t.concludeIfDone()
}

// concludeIfDone acts on the result of a build that has been reported, unless a load
// is under way: one comes after the other.
func (t *step) concludeIfDone() {
	if t.builds.published() && t.builds.job.result != nil && t.plugins.loading == nil && t.quitting == "" {
		t.conclude(*t.builds.job.result)
	}
}

// notTheNewest is why a new process is needed after one that did not stay up.
const notTheNewest = "the last build is not running"

// needsRerun notes why a new process is needed even if the build comes out the same.
func (t *step) needsRerun(reason string) {
	if t.builds.rerun == "" {
		t.builds.rerun = reason
	}
}

// supersede takes an artifact in the place of the one before, whose files are
// removed when no process can need them.
func (t *step) supersede(a build.Artifact) {
	if gone := t.builds.artifact.Beyond(a); gone.Path != "" || len(gone.Plugins) > 0 {
		t.builds.stale = append(slices.Clone(t.builds.stale), former{gone, t.Serving.PID})
	}
	t.builds.artifact = a
}

// forgetFormer removes the artifacts that nothing will run again.
func (t *step) forgetFormer() {
	var kept []former
	for _, f := range t.builds.stale {
		if f.isOf(t.Serving) {
			kept = append(kept, f)
			continue
		}
		t.do(forget{f.Artifact})
	}
	t.builds.stale = kept
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
